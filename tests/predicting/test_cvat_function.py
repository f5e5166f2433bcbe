"""Predictors as functions of cvat-sdk: cvat-cli annotates a task of a server that answers as one did."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cvat_double import Double, running, seeded
from cvat_double.server import PASSWORD, TOKEN, USER
from PIL import Image

from labelwright.contracts import Control, Input, Outcome, Template
from labelwright.geometry.shapes import Box, Joint, Mask, Polygon, Skeleton
from labelwright.problems import NOWHERE, Problems, UsageError
from labelwright.records import Kind, Shape
from labelwright_plugins.cvat import function
from labelwright_plugins.cvat.suggested import Suggested

HERE = Path(__file__).parent / "cvat_functions"
MODEL = f"{HERE / 'everything.py'}:Everything"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def double() -> Iterator[Double]:
    with running(seeded()) as started:
        yield started


def annotate(double: Double, home: Path, *more: str, password: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``cvat-cli task auto-annotate 1`` with the function."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CVAT", "XDG"))}
    paths = [str(ROOT / part) for part in ("converters", "plugins", "label_configs")]
    environment |= {"HOME": str(home), "PYTHONPATH": os.pathsep.join(paths)}
    if password:
        environment["PASS"] = password
    else:
        environment["CVAT_ACCESS_TOKEN"] = TOKEN
    cli = Path(sys.executable).with_name("cvat-cli")
    login = ["--auth", USER] if password else []
    return subprocess.run(
        [str(cli), "--server-host", double.url, *login, "task", "auto-annotate", "1",
         "--function-module", "labelwright_plugins.cvat.function", *more],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_cvat_cli_annotates_a_task_with_everything_that_cvat_holds(double: Double, tmp_path: Path) -> None:
    run = annotate(
        double, tmp_path, "-p", f"predictor=str:{MODEL}", "-p", f"template=str:{HERE}",
        "-p", "fails_on=str:img_001.jpg", "--clear-existing", "--conf-threshold", "0.3",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "error [predictor.item-failed] item img_001.jpg" in run.stderr
    assert "error [cvat.suggestion-unfit] item img_000.jpg" in run.stderr
    assert "label 'car' takes rectangle, and a polygon was answered" in run.stderr
    stored = [double.state.annotations[number] for number in (1, 2)]
    shapes = [row for part in stored for row in part["shapes"]]
    tags = [row for part in stored for row in part["tags"]]
    assert sorted({row["frame"] for row in shapes}) == [0, 2, 3, 4, 5]  # the one that failed costs itself
    first = {row["label_id"]: row for row in shapes if row["frame"] == 0}
    assert len([row for row in shapes if row["frame"] == 0]) == 8  # without the one below the threshold
    assert {k: (row["type"], row["points"]) for k, row in first.items()} == {
        1: ("rectangle", [10.5, 10.0, 60.5, 60.25]),
        2: ("polygon", [1.0, 1.0, 30.25, 1.0, 30.0, 30.5]),
        3: ("polyline", [1.0, 1.0, 30.25, 1.0, 30.0, 30.5]),
        4: ("points", [1.0, 1.0, 30.25, 1.0]),
        5: ("mask", [1.0, 2.0, 1.0, 2.0, 10.0, 10.0, 12.0, 11.0]),
        6: ("cuboid", [x for n in range(8) for x in (10.0 + 3 * n, 20.0 + n)]),
        7: ("ellipse", [30.0, 40.0, 40.0, 35.0]),
        11: ("skeleton", []),
    }
    assert (first[1]["rotation"], first[1]["score"], first[1]["source"]) == (345.0, 0.42, "auto")
    assert {a["spec_id"]: a["value"] for a in first[1]["attributes"]} == {
        1: "blue", 2: "true", 3: "4", 4: "ü-1",
    }  # fmt: skip
    assert (first[2]["occluded"], first[2]["z_order"], first[7]["rotation"]) == (True, 3, 90.0)
    parts = {e["label_id"]: (e["points"], e["outside"]) for e in first[11]["elements"]}
    assert parts == {12: ([5.0, 5.5], False), 13: ([5.0, 27.75], True), 14: ([5.0, 50.0], True)}
    assert [(row["frame"], row["label_id"]) for row in tags] == [(n, 10) for n in (0, 2, 3, 4, 5)]
    assert double.count(r"^PUT /api/tasks/1/annotations/") == 1


def test_cvat_cli_asks_the_server_what_it_was_seen_to_ask(double: Double, tmp_path: Path) -> None:
    before = len(double.state.annotations[1]["shapes"])
    run = annotate(
        double, tmp_path, "-p", f"predictor=str:{MODEL}", "-p", f"template=str:{HERE}",
        "-p", "controls=str:roads", "-p", "conf=float:0.6", password=PASSWORD,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert list(dict.fromkeys(line.partition("?")[0] for line in double.asked)) == [
        "POST /api/auth/login",
        "GET /api/server/about",
        "GET /api/tasks/1",
        "GET /api/labels",
        "GET /api/tasks/1/data/meta",
        "GET /api/tasks/1/data/",
        "PATCH /api/tasks/1/annotations/",
    ]
    assert len(double.state.annotations[1]["shapes"]) == before  # all below conf, and nothing lost


def test_without_a_template_the_labels_are_the_predictors_as_they_are_mapped(
    double: Double, tmp_path: Path
) -> None:
    """The task's labels are nobody's template: cvat-cli ends where a function has one that it has not."""
    (tmp_path / "mine.py").write_text(
        "from labelwright.contracts import Guess\n"
        "from labelwright.geometry.shapes import Box\n"
        "from labelwright.records import Shape\n"
        "class Mine:\n"
        "    inputs, kinds, labels = ('image',), ('shapes',), ('auto', 'bus', 'tree')\n"
        "    def __init__(self, asked): (self.control,) = asked.controls\n"
        "    def predict(self, batch):\n"
        "        shapes = tuple(Shape(Box(1, 1, 9, 9), label) for label in self.labels)\n"
        "        return [Guess({self.control: shapes}) for query in batch]\n"
    )
    run = annotate(
        double, tmp_path, "-p", f"predictor=str:{tmp_path / 'mine.py'}:Mine",
        "-p", "labels=str:auto=car,bus=car,tree=", "--clear-existing",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    shapes = [row for number in (1, 2) for row in double.state.annotations[number]["shapes"]]
    assert {(row["label_id"], row["type"]) for row in shapes} == {(1, "rectangle")}
    assert sorted(row["frame"] for row in shapes) == [n for n in range(6) for _ in range(2)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["predictor=str:nothing"], "labelwright: unknown predictor 'nothing'"),
        ([f"predictor=str:{MODEL}"], "labelwright: which template? give -p template=str:NAME"),
    ],
)
def test_what_a_user_writes_wrong_is_one_sentence(
    double: Double, tmp_path: Path, given: list[str], said: str
) -> None:
    run = annotate(double, tmp_path, *(x for one in given for x in ("-p", one)))
    assert run.returncode == 1
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert double.count("annotations") == 0


# --- without a server


@dataclass
class Context:
    frame_name: str = "a.png"
    conf_threshold: float | None = None
    conv_mask_to_poly: bool = False


@dataclass
class Drawn:
    type: str
    points: list[float]


def made_of(**given: Any) -> Any:
    return function.made(MODEL, str(HERE), **given)


def test_masks_become_outlines_where_cvat_asks_for_them() -> None:
    made = made_of(controls="blobs")
    (found,) = made.detect(Context(conv_mask_to_poly=True), Image.new("RGB", (160, 120)))
    assert found.type.value == "polygon"
    assert found.points == [11.0, 10.0, 13.0, 10.0, 13.0, 12.0, 11.0, 12.0]


def test_pictures_of_every_kind_are_read() -> None:
    made = made_of(controls="roads")
    for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "LA", "YCbCr"):
        assert len(made.detect(Context(), Image.new(mode, (160, 120)))) == 1


def test_a_broken_picture_costs_itself(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.png"
    Image.effect_noise((160, 120), 50).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    made = made_of(controls="roads")
    with Image.open(path) as broken:
        assert made.detect(Context("broken.png"), broken) == []
    assert "error [cvat.frame-unreadable] item broken.png: the image cannot be read" in capfd.readouterr().err
    assert len(made.detect(Context(), Image.new("L", (160, 120)))) == 1


def test_problems_of_one_code_are_told_five_times_and_then_counted(
    capfd: pytest.CaptureFixture[str],
) -> None:
    made = made_of(controls="cars")
    for number in range(8):
        made.detect(Context(f"{number}.png"), Image.new("L", (160, 120)))
    made._problems.close()
    told = capfd.readouterr().err.splitlines()
    assert len([line for line in told if "[cvat.suggestion-unfit]" in line and "error" in line]) == 5
    assert "labelwright: [cvat.suggestion-unfit] 3 more" in told


def test_a_tracker_of_the_sdk_follows_and_loses() -> None:
    made = made_of(kind="tracker")
    picture = made.preprocess_image(None, Image.new("L", (160, 120)))
    state = made.init_tracking_state(None, picture, Drawn("rectangle", [1, 1, 9, 9]))
    places = [made.track(None, picture, state) for _ in range(3)]
    assert [p and (p.type, p.points) for p in places] == [
        ("rectangle", [2.0, 1.0, 10.0, 9.0]),
        ("rectangle", [3.0, 1.0, 11.0, 9.0]),
        None,
    ]
    assert "rectangle" in made.spec.supported_shape_types


def test_an_interactor_of_the_sdk_answers_a_mask(capfd: pytest.CaptureFixture[str]) -> None:
    @dataclass
    class Prompts:
        pos_points: list[tuple[float, float]]
        neg_points: list[tuple[float, float]]
        bounding_box: tuple[tuple[float, float], tuple[float, float]] | None

    made = made_of(kind="interactor")
    picture = Image.new("L", (160, 120))
    (found,) = made.detect(None, picture, Prompts([(4, 4)], [(9, 9)], ((3, 2), (6, 4))))
    assert (found.type, found.points) == ("mask", [0, 6, 3, 2, 5, 3])
    assert made.detect(None, picture, Prompts([(4, 4)], [], None)) == []
    assert "[cvat.interaction-empty] nothing was found there" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "oracle"}, "kind='oracle': there are detector, tracker, interactor"),
        ({"conf": 2.0}, "conf=2: give 0 to 1"),
        ({"labels": "car"}, "labels='car': write ITS=OURS, several between commas"),
        ({"controls": "nothing"}, "has no control 'nothing'"),
        ({"depth": 3}, "has no option 'depth'"),
        ({"share": 80}, "share: cvat-cli does not say which task a frame is of"),
    ],
)
def test_parameters_that_cannot_be_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as error:
        made_of(**given)
    assert said in str(error.value)


# --- rows


def rows(template: Template, answers: dict[str, Any], **more: Any) -> tuple[list[Any], Problems]:
    problems = Problems()
    made = Suggested(template, list(answers), problems)
    return made.rows(Outcome(answers, more.pop("score", None)), NOWHERE, (100, 80), **more), problems


def drawn(*labels: str, **more: Any) -> Template:
    control = Control(Kind.SHAPES, list(labels), **more)
    return Template("t", inputs={"image": Input("image")}, controls={"things": control})


def test_a_mask_beyond_the_image_is_cut_and_one_outside_is_left_out() -> None:
    beyond, outside = Mask(98, 0, 4, 1, (0, 4)), Mask(200, 0, 4, 1, (0, 4))
    found, problems = rows(drawn("a", shapes=["mask"]), {"things": (Shape(beyond, "a"), Shape(outside, "a"))})
    assert [row.points for row in found] == [[0.0, 2.0, 98.0, 0.0, 99.0, 0.0]]
    assert problems.counts == {"shape.clipped": 1, "shape.outside-image": 1}


def test_parts_and_holes_of_a_polygon_are_told() -> None:
    ring = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
    shape = Shape(Polygon(((ring, ring), (ring,))), "a", score=0.5)
    found, problems = rows(drawn("a", shapes=["polygon"]), {"things": (shape,)})
    assert [(row.type, row.score) for row in found] == [("polygon", 0.5)] * 2
    assert problems.counts == {"shape.parts-separated": 1, "shape.holes-lost": 1}


def test_what_cvat_would_refuse_a_whole_upload_for_is_left_out() -> None:
    line = Polygon.of(((0.0, 0.0), (9.0, 0.0)))
    nan = Box(float("nan"), 0, 1, 1)
    shapes = (Shape(line, "a"), Shape(nan, "a"), Shape(Box(1, 1, 2, 2), "b"), Shape(Box(1, 1, 2, 2)))
    found, problems = rows(drawn("a"), {"things": shapes})
    assert found == []
    assert problems.counts == {
        "cvat.suggestion-points": 1,
        "shape.not-finite": 1,
        "shape.label-undeclared": 1,
        "shape.label-missing": 1,
    }


def test_joints_that_the_figure_does_not_have_are_told() -> None:
    from labelwright.contracts import SkeletonSpec

    template = drawn("p", shapes=["skeleton"], skeletons={"p": SkeletonSpec(["head"])})
    odd = Skeleton((Joint("head", 1, 2, attributes=(("hat", "yes"),)), Joint("tail", 3, 4)))
    found, problems = rows(template, {"things": (Shape(odd, "p"),)})
    assert [e.label for e in found[0].elements] == ["head"]
    assert problems.counts == {"shape.joint-attributes-lost": 1, "shape.joint-undeclared": 1}


def test_attributes_that_cvat_cannot_take_are_left_out() -> None:
    template = drawn("a", shapes=["box"])
    template.controls["part"] = Control(Kind.NUMBER, on="things", minimum=0.0, maximum=0.5)
    template.controls["age"] = Control(Kind.NUMBER, on="things", minimum=0, maximum=9)
    template.controls["hue"] = Control(Kind.CHOICE, ["red", "blue"], on="things", default="red")
    given = (("part", 0.25), ("age", 3.5))
    found, problems = rows(template, {"things": (Shape(Box(1, 1, 2, 2), "a", answers=given),)})
    assert found[0].attributes == []
    assert problems.counts == {
        "cvat.attribute-undeclarable": 1, "shape.attribute-lost": 1, "cvat.default-filled": 1,
    }  # fmt: skip


def test_a_threshold_holds_for_tags_where_nothing_else_was_scored() -> None:
    template = Template(
        "t", inputs={"image": Input("image")}, controls={"scene": Control(Kind.CHOICE, ["sun", "rain"])}
    )
    assert [r.label for r in rows(template, {"scene": "rain"}, score=0.6, threshold=0.5)[0]] == ["rain"]
    assert rows(template, {"scene": "rain"}, score=0.4, threshold=0.5)[0] == []


def test_a_predictor_that_names_its_labels_needs_no_template() -> None:
    from labelwright.predictors.layout import Layout

    made: Any = function.made("layout")
    assert [label.name for label in made.spec.labels] == list(Layout.labels)
    assert made.detect(Context(), Image.new("RGB", (160, 120), "white")) == []
