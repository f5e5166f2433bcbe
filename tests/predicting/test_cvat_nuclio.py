"""CVAT's AI tools: what a real server sent to functions, answered by predictors as it takes it."""

from __future__ import annotations

import base64
import io
import json
import random
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cvat_lambda import listed, stored
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from labelwright.contracts import (
    Asked,
    Control,
    Followed,
    Guess,
    HostAnswer,
    HostRequest,
    Input,
    Query,
    SkeletonSpec,
    Template,
)
from labelwright.geometry.rle import mask_of_counts
from labelwright.geometry.shapes import Box, Joint, Mask, Points, Polygon, Polyline, Skeleton
from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.predicting.model import Model
from labelwright.problems import UsageError
from labelwright.records import Kind, Shape
from labelwright_plugins.cvat.nuclio import host

RECORDED = Path(__file__).parent / "recorded" / "nuclio"
LABELS = json.loads((Path(__file__).parents[1] / "cvat_client/recordings/labels_project.json").read_text())
STREET = Template(
    "street",
    inputs={"image": Input("image")},
    controls={
        "cars": Control(Kind.SHAPES, ["car"], shapes=["box"], rotated=True),
        "roads": Control(Kind.SHAPES, ["road"], shapes=["polygon"]),
        "blobs": Control(Kind.SHAPES, ["blob"], shapes=["mask"]),
        "people": Control(
            Kind.SHAPES,
            ["person"],
            shapes=["skeleton"],
            skeletons={"person": SkeletonSpec(["head", "hand", "foot"])},
        ),
        "scene": Control(Kind.CHOICE, ["weather"]),
        "color": Control(Kind.CHOICE, ["red", "blue"], on="cars", default="red"),
    },
)
ROAD = Polygon.of(((1.0, 1.0), (30.0, 1.0), (30.0, 30.0)))


class Street:
    """Answers what the recorded functions answered; fails on an image of one pixel's width."""

    title = "Our Detector"
    inputs = ("image",)
    kinds: tuple[Kind, ...] = (Kind.SHAPES, Kind.CHOICE)

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        return [self._guess(query) for query in batch]

    def _guess(self, query: Query) -> Guess:
        query.file("image")
        if query.size("image") == (1, 9):
            raise ValueError("too thin")
        person = Skeleton((Joint("head", 5, 5), Joint("foot", 5, 50)))
        first = Shape(Box(10, 10, 50, 50), "car", score=0.93, answers=(("color", "blue"),))
        second = Shape(Box(1, 2, 2, 2, 15), "car", score=0.2, group="3", answers=(("color", "red"),))
        return Guess(
            {
                "cars": (first, second),
                "roads": (Shape(ROAD, "road", score=0.5),),
                "blobs": (Shape(Mask(10, 10, 3, 2, (1, 2, 1, 2)), "blob", score=0.5),),
                "people": (Shape(person, "person"), Shape(person, "nobody")),
                "scene": "weather",
            }
        )


class Draws:
    """Answers boxes drawn, and follows; nothing by itself."""

    title = "Draws"
    predicts = False
    inputs = ("image",)
    kinds = (Kind.SHAPES,)

    def __init__(self, asked: Asked) -> None:
        self.asked, self.outside = asked, []  # type: ignore[var-annotated]

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        return [Guess({}) for _ in batch]

    def interact(self, query: Query) -> Guess:
        self.outside.append(query.outside)
        ((control, drawn),) = query.drawn.items()
        boxes = [Shape(s.geometry, "car") for s in drawn if isinstance(s.geometry, Box)]
        points = [p for s in drawn if isinstance(s.geometry, Points) for p in s.geometry.points]
        around = [Shape(Box(x - 1, y - 1, 2, 2), "car") for x, y in points]
        return Guess({control: tuple([*boxes, *around])})

    def track(self, query: Query, things: Sequence[Shape | bytes]) -> list[Followed]:
        found = []
        for thing in things:
            if isinstance(thing, Shape):
                found.append(Followed(thing, b"0"))
            else:
                seen = int(thing) + 1
                place = Shape(Box(5.0 * seen, 5, 15, 15)) if seen < 3 else None
                found.append(Followed(place, str(seen).encode()))
        return found


def model(name: str, kind: type[Any], template: Template = STREET, load: bool = True) -> Model:
    made = Model(name, kind, bind(kind, template))
    if load:
        made.load()
        assert made.state == "ready", made.reason
    return made


def image(width: int = 80, height: int = 64, kind: str = "PNG") -> str:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "#336699").save(made, kind)
    return base64.b64encode(made.getvalue()).decode()


def asked(
    served: Mapping[str, Model],
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    ports: Mapping[str, int] | None = None,
    predictor: str = "",
) -> HostAnswer:
    """The answer to one request."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    request = HostRequest(method, path, headers or {}, data, {}, ports or {}, predictor)
    found = host.at_once(request, served)
    return found if found is not None else host.answer(request, served, {})


def invoked(served: Mapping[str, Model], name: str, body: Any) -> HostAnswer:
    return asked(served, "POST", "api/function_invocations", body, {"x-nuclio-function-name": name})


def refusal(served: Mapping[str, Model], answer: HostAnswer, at: str = "/api/function_invocations") -> str:
    """What CVAT tells people of a refusal: the status and the address that it is sent on to."""
    from urllib.parse import urljoin

    assert answer.status == 303
    place = urlsplit(urljoin(f"http://h:1{at}", answer.headers["Location"]))
    explained = asked(served, "GET", place.path)
    return f"{explained.status} {parse_qs(place.query)['because'][0]}"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def exchanges() -> list[Any]:
    return [json.loads(line) for line in (RECORDED / "requests.jsonl").read_text().splitlines()]


# --- the recordings


def test_the_double_reads_what_was_recorded_as_the_server_did() -> None:
    assert listed(recorded("fake_functions_listing")) == recorded("api_lambda_functions")
    reply = next(e["response"] for e in exchanges() if "invocations" in e["path"])
    assert stored(reply, LABELS["results"], 0) == recorded("api_lambda_call_online")
    names = {row["id"]: row["name"] for row in LABELS["results"]}
    mapping = {"car": names[9], "blob": names[8]}
    mapped = [{**one, "label": mapping[one["label"]]} for one in reply if one["label"] in mapping]
    assert stored(mapped, LABELS["results"], 1, polygons=True) == recorded("api_lambda_call_mapping")


def test_every_recorded_exchange_is_answered() -> None:
    """Each request as it was sent, with pictures in place of those that were left out of the recording."""
    served = {"our-detector": model("our-detector", Street), "our-tracker": model("our-tracker", Draws)}
    names = {"our-interactor": "our-tracker", "our-tracker": "our-tracker.tracker"}
    states: list[Any] = []
    for exchange in exchanges():
        headers = {name.lower(): value for name, value in exchange["headers"]}
        name = headers.get("x-nuclio-function-name", "")
        headers["x-nuclio-function-name"] = names.get(name, name)
        body, path = exchange["body"], exchange["path"].strip("/")
        for one, ours in names.items():
            path = path.replace(f"functions/{one}", f"functions/{ours}")
        if body:
            body["image"] = image()
            body["states"] = states if body.get("states") else body.get("states")
            body = {key: value for key, value in body.items() if value is not None}
        found = asked(served, exchange["method"], path, body, headers)
        assert found.status == exchange["status"], (exchange["path"], found.body)
        answer, then = json.loads(found.body), exchange["response"]
        assert type(answer) is type(then) or then == "<function map>"
        if name == "our-tracker" and body:
            assert answer["shapes"] == then["shapes"]
            states = answer["states"]


def test_functions_are_listed_as_cvat_reads_them() -> None:
    served = {"our-detector": model("our-detector", Street), "our-draws": model("our-draws", Draws)}
    answer = asked(served, "GET", "api/functions", ports={"": 8070, "our-draws": 8072})
    functions = json.loads(answer.body)
    found = {one["id"]: one for one in listed(functions)}
    assert list(found) == ["our-detector", "our-draws", "our-draws.tracker"]
    detector, interactor, tracker = found.values()
    theirs = {one["id"]: one for one in recorded("api_lambda_functions")}
    for ours, kind in ((detector, "detector"), (interactor, "interactor"), (tracker, "tracker")):
        assert list(ours) == list(theirs[f"our-{kind}"])
        assert ours["kind"] == kind
    assert [(x["name"], x["type"]) for x in detector["labels_v2"]] == [
        ("car", "rectangle"), ("road", "polygon"), ("blob", "mask"),
        ("person", "skeleton"), ("weather", "tag"),
    ]  # fmt: skip
    assert detector["labels_v2"][0]["attributes"] == theirs["our-detector"]["labels_v2"][0]["attributes"]
    assert detector["labels_v2"][3]["sublabels"] == theirs["our-detector"]["labels_v2"][4]["sublabels"]
    assert (interactor["startswith_box"], interactor["startswith_box_optional"]) == (False, True)
    assert tracker["supported_shape_types"] == ["rectangle", "polygon"]
    assert [f["status"]["httpPort"] for f in functions.values()] == [8070, 8072, 8072]
    one = asked(served, "GET", "api/functions/our-draws", ports={"": 8070, "our-draws": 8072})
    assert json.loads(one.body) == functions["our-draws"]


def test_a_label_that_takes_anything_has_no_type() -> None:
    """CVAT's gateway takes a type of its own for one that fits nothing but itself."""
    template = Template(
        "t", inputs={"image": Input("image")}, controls={"things": Control(Kind.SHAPES, ["a", "b"])}
    )
    functions = json.loads(asked({"p": model("p", Street, template)}, "GET", "api/functions").body)
    assert [label["type"] for label in listed(functions)[0]["labels_v2"]] == ["unknown", "unknown"]


def test_a_detectors_answer_is_stored_as_the_recorded_one_was() -> None:
    """All but two things: the second car's attribute is said, and a mask's box is the tightest."""
    reply = json.loads(invoked({"p": model("p", Street)}, "p", {"image": image()}).body)
    then = recorded("api_lambda_call_online")
    then["shapes"][1]["attributes"] = [{"spec_id": 1, "value": "red"}]
    assert then["shapes"][3]["points"] == [1, 2, 1, 2, 10, 10, 12, 11]
    then["shapes"][3]["points"] = [0, 4, 11, 10, 12, 11]
    assert stored(reply, LABELS["results"], 0) == then
    assert [one.get("confidence") for one in reply] == ["0.93", "0.2", "0.5", "0.5", None, None]


def test_the_threshold_is_ours_to_apply() -> None:
    served = {"p": model("p", Street)}
    sure = json.loads(invoked(served, "p", {"image": image(), "threshold": 0.4}).body)
    assert [one["label"] for one in sure] == ["car", "road", "blob", "person", "weather"]


def test_what_is_left_out_is_counted() -> None:
    answer = invoked({"p": model("p", Street)}, "p", {"image": image()})
    assert answer.codes == {"predictor.label-unknown": 1}
    assert (answer.predictor, answer.items) == ("p", 1)


def test_an_answer_that_cvat_has_no_place_for_costs_itself_alone() -> None:
    controls = {**STREET.controls, "caption": Control(Kind.TEXT), "good": Control(Kind.RATING, maximum=5)}

    class Tells(Street):
        kinds = (*Street.kinds, Kind.TEXT, Kind.RATING)

        def _guess(self, query: Query) -> Guess:
            car = (Shape(Box(1, 1, 9, 9), "car", answers=(("color", "red"),)),)
            return Guess({"cars": car, "scene": "weather", "caption": "A car.", "good": 4})

    served = {"p": model("p", Tells, Template("street", inputs=STREET.inputs, controls=controls))}
    answer = invoked(served, "p", {"image": image()})
    assert [one["label"] for one in json.loads(answer.body)] == ["car", "weather"]
    assert (answer.status, answer.codes) == (200, {"image.tag-lost": 1})


def test_an_image_that_a_detector_fails_on_costs_itself_and_no_batch() -> None:
    answer = invoked({"p": model("p", Street)}, "p", {"image": image(1, 9)})
    assert (answer.status, answer.body, answer.codes) == (200, b"[]", {"predictor.item-failed": 1})


# --- interactors and trackers


def test_an_interactor_answers_a_mask_of_the_whole_image() -> None:
    drawn = model("d", Draws)
    call: dict[str, Any] = {
        "image": image(6, 4, "JPEG"),
        "pos_points": [],
        "neg_points": [[5, 3]],
        "obj_bbox": [[3, 3], [1, 1]],
    }
    answer = json.loads(invoked({"d": drawn}, "d", call).body)
    assert answer["mask"] == [[0] * 6, [0, 1, 1, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0] * 6]
    assert answer["points"] == [[1, 1], [3, 1], [3, 3], [1, 3]]
    call = {"image": image(6, 4), "pos_points": [[2, 2]], "neg_points": [], "obj_bbox": None}
    assert json.loads(invoked({"d": drawn}, "d", call).body) == answer


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"pos_points": []}, "422 click on the thing, or draw a box around it"),
        ({"pos_points": [[900, 900]]}, "422 nothing was found there"),
        ({"pos_points": [[1, 1]], "obj_bbox": [[1, 1]]}, "422 a box has two corners, not 1"),
        ({"pos_points": [[1, 1]], "image": "!"}, "422 the image of the call is no base64"),
        ({"pos_points": [[1, 1]], "image": "aGVsbG8="}, "422 the image of the call is none of a kind"),
    ],
)
def test_what_an_interactor_cannot_answer_is_told_where_people_see_it(
    more: dict[str, Any], said: str
) -> None:
    served = {"d": model("d", Draws)}
    assert refusal(served, invoked(served, "d", {"image": image(), **more})).startswith(said)


def test_a_tracker_follows_and_loses() -> None:
    served = {"d": model("d", Draws)}
    call: dict[str, Any] = {"image": image(), "shapes": [{"type": "rectangle", "points": [1, 1, 9, 9]}]}
    answer = json.loads(invoked(served, "d.tracker", call).body)
    assert answer["shapes"] == call["shapes"]
    places = []
    for _ in range(3):
        call = {"image": image(), "shapes": [None], "states": answer["states"]}
        answer = json.loads(invoked(served, "d.tracker", call).body)
        places.append(answer["shapes"])
    first, second = ({"type": "rectangle", "points": [n, 5, n + 15, 20]} for n in (5, 10))
    assert places == [[first], [second], [None]]


def test_a_tracker_answers_in_numbers_who_asks_in_numbers() -> None:
    """Older servers write rectangles as four numbers, and know no thing out of sight."""
    served = {"d": model("d", Draws)}
    answer = json.loads(invoked(served, "d.tracker", {"image": image(), "shapes": [[1, 1, 9, 9]]}).body)
    assert answer["shapes"] == [[1, 1, 9, 9]]
    for place in ([5, 5, 20, 20], [10, 5, 25, 20], [10, 5, 25, 20]):
        call = {"image": image(), "shapes": [[1, 1, 9, 9]], "states": answer["states"]}
        answer = json.loads(invoked(served, "d.tracker", call).body)
        assert answer["shapes"] == [place]


@pytest.mark.parametrize(
    "call",
    [
        {"states": [{"n": 1}]},
        {"states": ["text"]},
        {"states": [{"type": "rectangle", "state": "!", "points": []}]},
        {"shapes": [{"type": "rectangle", "points": [1]}]},
        {"shapes": [{"type": "moon", "points": [1, 2, 3, 4]}]},
        {"shapes": [None], "states": [None]},
        {"shapes": [{"type": "rectangle"}]},
        {"shapes": [7]},
    ],
)
def test_states_and_shapes_that_are_none_are_refused(call: dict[str, Any]) -> None:
    served = {"d": model("d", Draws)}
    answer = invoked(served, "d.tracker", {"image": image(), **call})
    assert refusal(served, answer).startswith("422 ")
    assert answer.codes == {"cvat.call-unusable": 1}


def test_an_image_of_too_many_pixels_is_not_decoded() -> None:
    """A small file that says of itself that it is large."""
    data = bytearray(base64.b64decode(image()))
    data[16:24] = (20_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    served = {"p": model("p", Street)}
    answer = invoked(served, "p", {"image": base64.b64encode(data).decode()})
    assert refusal(served, answer) == "422 the image of the call has 20000 x 20000 pixels, too many"


# --- who is asked


def test_a_port_of_its_own_tells_who_is_asked() -> None:
    served = {"a": model("a", Street), "b": model("b", Draws), "c": model("c", Street)}
    detected = asked(served, "POST", "", {"image": image()}, predictor="c")
    assert (detected.status, detected.predictor) == (200, "c")
    begun = {"image": image(), "shapes": [[1, 1, 9, 9]], "states": []}
    assert "states" in json.loads(asked(served, "POST", "", begun, predictor="b").body)
    drawn = {"image": image(), "pos_points": [[3, 3]], "neg_points": [], "obj_bbox": None}
    assert "mask" in json.loads(asked(served, "POST", "/", drawn, predictor="b").body)


def test_where_no_name_is_told_the_only_one_is_asked_and_of_several_none() -> None:
    served = {"a": model("a", Street), "b": model("b", Draws)}
    assert asked(served, "POST", "", {"image": image()}).predictor == "a"
    served["c"] = model("c", Street)
    answer = asked(served, "POST", "", {"image": image()})
    assert refusal(served, answer, "/") == "404 which detector? there are: a, c"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_functions_that_are_not_there(method: str) -> None:
    served = {"a": model("a", Street)}
    if method == "GET":
        answer, at = asked(served, "GET", "api/functions/x"), "/api/functions/x"
    else:
        answer, at = invoked(served, "x", {"image": image()}), "/api/function_invocations"
    assert refusal(served, answer, at) == "404 there is no predictor 'x'; there are: a"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PUT", "api/functions"),
        ("POST", "api/functions"),
        ("GET", "api/projects"),
        ("DELETE", ""),
    ],
)
def test_other_paths_are_not_there(method: str, path: str) -> None:
    assert asked({"a": model("a", Street)}, method, path, {"image": ""}).status == 404


def test_no_address_makes_a_status_of_its_own() -> None:
    served = {"a": model("a", Street)}
    for path in ("api/refused/200", "api/refused/x", "api/refused/", "api/refused/422/x"):
        assert asked(served, "GET", path).status == 404


def test_a_predictor_that_could_not_be_loaded_is_listed_and_says_why() -> None:
    class Broken(Street):
        def __init__(self, asked: Asked) -> None:
            raise UsageError("the weights are missing")

    made = model("p", Broken, load=False)
    made.load()
    served = {"p": made}
    told = json.loads(asked(served, "GET", "api/functions/p").body)
    assert (told["status"]["state"], told["spec"]["description"]) == ("error", "the weights are missing")
    answer = invoked(served, "p", {"image": image()})
    assert refusal(served, answer) == "503 p could not be loaded: the weights are missing"
    answer = invoked(served, "p", {"image": "!"})  # which is wrong whatever becomes of the model
    assert refusal(served, answer) == "422 the image of the call is no base64"


def test_what_cvats_gateway_cannot_hold_is_counted() -> None:
    class Odd(Street):
        def _guess(self, query: Query) -> Guess:
            shape = Shape(Box(1, 1, 2, 2), "car", occluded=True, z=3, answers=(("age", -4),))
            return Guess({"things": (shape, Shape(Polyline(((1, 1), (2, 2)), closed=True), "car"))})

    template = Template(
        "t",
        inputs={"image": Input("image")},
        controls={
            "things": Control(Kind.SHAPES, ["car"]),
            "age": Control(Kind.NUMBER, on="things", minimum=-9, maximum=9),
        },
    )
    answer = invoked({"p": model("p", Odd, template)}, "p", {"image": image()})
    assert answer.codes == {
        "shape.attribute-lost": 1,
        "shape.occluded-lost": 1,
        "shape.order-lost": 1,
        "shape.closed-lost": 1,
        "cvat.default-filled": 1,
    }


# --- whatever is sent

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "image": st.just(image()) | st.text(max_size=20) | ANY,
        "threshold": ANY,
        "pos_points": st.lists(st.tuples(st.floats(), st.floats()), max_size=3) | ANY,
        "neg_points": ANY,
        "obj_bbox": st.lists(st.lists(st.floats(), min_size=2, max_size=2), max_size=3) | ANY,
        "shapes": st.lists(st.fixed_dictionaries({"type": st.sampled_from(["rectangle", "mask", "polygon"]),
                           "points": st.lists(st.floats(), max_size=6)}) | ANY, max_size=3) | ANY,
        "states": ANY,
    },
)  # fmt: skip
SERVED = {"p": model("p", Street), "d": model("d", Draws)}


@settings(max_examples=150, deadline=None)
@given(call=CALLS | ANY, name=st.sampled_from(["p", "d", "d.tracker", "", "x"]), direct=st.booleans())
def test_whatever_is_sent_is_answered(call: Any, name: str, direct: bool) -> None:
    body = json.dumps(call).encode()
    if direct:
        answer = asked(SERVED, "POST", "", body, predictor=name.partition(".")[0])
    else:
        answer = invoked(SERVED, name, body)
    assert answer.status in (200, 303)
    json.loads(answer.body)
    if answer.status == 303:
        assert refusal(SERVED, answer)[:3] in ("400", "404", "422")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_bytes_that_are_no_call_are_refused(body: bytes) -> None:
    assert invoked(SERVED, "p", body).status == 303


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 12),
    height=st.integers(1, 9),
    at=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    data=st.data(),
)
def test_every_mask_comes_to_cvat_pixel_by_pixel(
    width: int, height: int, at: tuple[int, int], data: st.DataObject
) -> None:
    pixels = data.draw(st.lists(st.integers(0, 1), min_size=width * height, max_size=width * height))
    if not any(pixels):
        return
    from cvat_lambda import _runs

    mask = mask_of_counts(*at, width, height, _runs(pixels))

    class Masks(Street):
        def _guess(self, query: Query) -> Guess:
            return Guess({"blobs": (Shape(mask, "blob"),)})

    reply = json.loads(invoked({"p": model("p", Masks)}, "p", {"image": image(32, 24)}).body)
    *bits, left, top, right, bottom = reply[0]["mask"]
    wide = right - left + 1
    found = {(left + n % wide, top + n // wide) for n, bit in enumerate(bits) if bit}
    assert found == {(at[0] + n % width, at[1] + n // width) for n, pixel in enumerate(pixels) if pixel}
    assert len(bits) == wide * (bottom - top + 1)


# --- predictors that are there


def photo(at: int = 0) -> str:
    """A picture with a red disc, further to the right each time, on noise that is always the same."""
    made = io.BytesIO()
    lot = random.Random(7)
    noise = bytes(min(255, max(0, round(lot.gauss(128, 20)))) for _ in range(200 * 150))
    picture = Image.frombytes("L", (200, 150), noise).convert("RGB")
    ImageDraw.Draw(picture).ellipse((60 + at, 40, 110 + at, 100), fill=(200, 20, 30))
    picture.save(made, "JPEG", quality=95)
    return base64.b64encode(made.getvalue()).decode()


def test_a_thing_is_cut_out_by_a_box_and_followed() -> None:
    template = Template(
        "t",
        inputs={"image": Input("image")},
        controls={"things": Control(Kind.SHAPES, ["a"], shapes=["mask"])},
    )
    boxes = Template(
        "t",
        inputs={"image": Input("image")},
        controls={"things": Control(Kind.SHAPES, ["a"], shapes=["box"])},
    )
    served = {"cut": model("cut", find("grabcut"), template), "go": model("go", find("follow"), boxes)}
    kinds = {i: f["metadata"]["annotations"]["type"] for i, f in
             json.loads(asked(served, "GET", "api/functions").body).items()}  # fmt: skip
    assert kinds == {"cut": "interactor", "go": "tracker"}
    call: dict[str, Any] = {
        "image": photo(),
        "pos_points": [],
        "neg_points": [],
        "obj_bbox": [[55, 35], [115, 105]],
    }
    mask = json.loads(invoked(served, "cut", call).body)["mask"]
    assert (len(mask), len(mask[0])) == (150, 200)
    assert mask[70][85] == 1
    assert mask[36][57] == 0
    assert 0.85 < sum(map(sum, mask)) / (3.14159 * 25 * 30) < 1.15
    call = {"image": photo(), "shapes": [{"type": "rectangle", "points": [60, 40, 110, 100]}], "states": []}
    states = json.loads(invoked(served, "go", call).body)["states"]
    answer = json.loads(invoked(served, "go", {"image": photo(6), "shapes": [None], "states": states}).body)
    left, top, right, bottom = answer["shapes"][0]["points"]
    assert abs(left - 66) < 3 and abs(top - 40) < 3 and abs(right - 116) < 4 and abs(bottom - 100) < 4


def test_masks_without_end_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelwright_plugins.cvat.nuclio_calls.MOST_WRITTEN", 5)
    answer = invoked({"p": model("p", Street)}, "p", {"image": image()})
    assert "blob" not in {one["label"] for one in json.loads(answer.body)}
    assert answer.codes["cvat.masks-too-large"] == 1
