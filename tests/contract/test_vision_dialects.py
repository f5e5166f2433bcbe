"""How each dialect shows images, films and sounds, and points at places in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from talks import CAPTION, SIZES, beside, captioned, chats, embedded, linked, listed, rgb_png, say

from labelwright import registry
from labelwright.contracts import EMBED, FILE, LINK
from labelwright.dialects._vi_rules import tokens_of
from labelwright.examples import Chat, Example, Grounded, Grounding, Media, Pointed
from labelwright.geometry.shapes import Box, Ellipse, Geometry, Points, Polygon
from labelwright.problems import WRITE, Place, Problem, Problems
from labelwright.quality.rowcheck import RowChecker

DIALECTS: dict[str, Any] = dict(registry.dialects())
WAYS = {
    EMBED: ["azure", "fireworks", "ionos", "openai", "together"],
    LINK: ["gemini", "nova"],
    FILE: ["alpaca", "llava", "ms-swift", "sharegpt", "trl-vision", "trl-vision-prompt-completion", "vi"],
}
SHOWS = {"gemini": linked("gs"), "nova": linked("s3"), **dict.fromkeys(WAYS[EMBED], embedded)}
VISION = sorted(name for names in WAYS.values() for name in names)


def shower(name: str) -> Any:
    return SHOWS.get(name, beside)


def codes(name: str, row: Any) -> set[str]:
    return {found.code for found in RowChecker(DIALECTS[name]).broken(row)}


def unfit(name: str, example: Example) -> list[Problem]:
    return list(DIALECTS[name].unfit(example, Place(item="7")))


@pytest.mark.parametrize("name", VISION)
def test_a_dialect_says_how_it_takes_media(name: str) -> None:
    media = DIALECTS[name].media
    assert name in WAYS[media.way]
    assert media.types and (media.schemes or media.way != LINK)


@pytest.mark.parametrize("name", VISION)
def test_rows_with_images_keep_their_own_rules(name: str) -> None:
    taken = [e for e in chats(shower(name)) if name != "vi" or not unfit(name, e)]
    assert len(taken) == (2 if name == "vi" else 3)
    for example in taken:
        row = DIALECTS[name].row(example)
        assert codes(name, row) == set()
        assert json.loads(json.dumps(row)) == row
        text = json.dumps(row, ensure_ascii=False)
        for message in example.messages:
            for part in message.content:
                shown = part.named if isinstance(part, Media) else part.text
                assert json.dumps(shown, ensure_ascii=False)[1:-1] in text
        assert DIALECTS[name].pair(row) is not None


@pytest.mark.parametrize("name", VISION)
def test_images_in_another_place_are_another_question(name: str) -> None:
    first, *_ = chats(shower(name))
    other = Chat([say("user", shower(name)("b.png"), "What is broken?"), first.messages[1]])
    given, target = DIALECTS[name].pair(DIALECTS[name].row(first))
    given_too, target_too = DIALECTS[name].pair(DIALECTS[name].row(other))
    assert given != given_too
    assert name == "vi" or target == target_too


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize("name", [*VISION, "claude"])
def test_films_and_sounds_are_written_or_refused(name: str, kind: str) -> None:
    form = {"video": "video/mp4", "audio": "audio/flac"}[kind]
    uri = {"gemini": "gs://b/f", "nova": "s3://b/f"}.get(name, "f") + {"video": ".mp4", "audio": ".flac"}[
        kind
    ]
    example = Chat([say("user", Media(uri, form, kind, uri), "What happens?"), say("assistant", "Nothing.")])
    takes = {"video": ["alpaca", "gemini", "ms-swift", "nova", "sharegpt"]}
    takes["audio"] = [n for n in takes["video"] if n != "nova"]
    row = DIALECTS[name].row(example)
    if name in takes[kind]:
        assert codes(name, row) == set()
        assert uri in json.dumps(row)
    elif name == "vi":
        assert "media.kind-refused" in {p.code for p in unfit(name, example)}
        assert not RowChecker(DIALECTS[name]).accepts(row)
    else:
        assert "media.kind-refused" in codes(name, row)
        assert not RowChecker(DIALECTS[name]).accepts(row)


@pytest.mark.parametrize(
    ("name", "codes_"), [("gemini", {"image.address-refused"}), ("nova", {"row.form-wrong"})]
)
def test_an_address_that_nobody_fetches_is_refused(name: str, codes_: set[str]) -> None:
    assert codes(name, DIALECTS[name].row(chats(linked("ftp"))[0])) == codes_


def test_claude_takes_no_image() -> None:
    row = DIALECTS["claude"].row(chats(embedded)[0])
    assert "media.kind-refused" in codes("claude", row)
    assert not RowChecker(DIALECTS["claude"]).accepts(row)


def test_claude_names_the_place_of_what_is_said() -> None:
    row = DIALECTS["claude"].row(
        Chat([say("system", "Only JSON."), say("user", "What?"), say("assistant", "nothing")])
    )
    found = [(b.code, b.path) for b in RowChecker(DIALECTS["claude"]).broken(row)]
    assert row["system"] == "Only JSON."
    assert found == [("target.json-invalid", "messages[1].content")]
    assert codes("claude", {**row, "system": " "}) == {"content.empty"}


@pytest.mark.parametrize("name", ["sharegpt", "alpaca", "ms-swift", "llava"])
def test_a_token_that_stands_for_nothing_is_refused(name: str) -> None:
    literal = Chat([say("user", beside("a.png"), "Is <image> a tag?"), say("assistant", "Yes, it is.")])
    assert codes(name, DIALECTS[name].row(literal)) == {"media.count-differs"}
    answered = Chat([say("user", "What do I write?"), say("assistant", "Write <image>.")])
    assert "media.token-misplaced" in codes(name, DIALECTS[name].row(answered))


def test_trl_counts_as_trl_does() -> None:
    row = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
    assert codes("trl-vision", {**row, "images": ["a.png", "b.png"]}) == set()
    asked = [{"type": "image"}, {"type": "text", "text": "q"}]
    both = {
        "prompt": [{"role": "user", "content": asked}],
        "completion": [{"role": "user", "content": asked}],
    }
    assert "media.count-differs" in codes("trl-vision", {**both, "images": ["a.png", "b.png"]})
    answer = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": asked}]}
    assert "image.wrong-role" in codes("trl-vision", {**answer, "images": ["a.png"]})


def test_swift_points_from_the_text_to_the_objects() -> None:
    row = DIALECTS["ms-swift"].row(captioned(beside))
    assert row["messages"][1]["content"] == "A <ref-object><bbox> parked near <ref-object><bbox><bbox>."
    assert row["objects"]["ref"] == ["red car", "two small trees"]
    boxes = row["objects"]["bbox"]
    assert boxes == [[6.4, 9.6, 32.0, 33.6], [32, 4.8, 48, 28.8], [50, 4, 60, 34]]
    assert row["objects"]["bbox_type"] == "real" and "image_id" not in row["objects"]
    assert codes("ms-swift", row) == set() and unfit("ms-swift", captioned(beside)) == []


def test_swift_says_on_which_image_an_object_lies() -> None:
    row = DIALECTS["ms-swift"].row(listed(beside))
    assert row["messages"][1]["content"] == "<ref-object><bbox>\n<ref-object><bbox>"
    assert row["objects"]["bbox"] == [[1, 2, 4, 6], [5.5, 6.0]]
    assert row["objects"]["image_id"] == [1, 1]
    assert codes("ms-swift", row) == set() and unfit("ms-swift", listed(beside)) == []
    row["objects"]["image_id"] = [1, 2]
    assert codes("ms-swift", row) == {"objects.image-unknown"}
    row["objects"]["image_id"] = [1, 1, 1]
    assert codes("ms-swift", row) == {"objects.count-differs"}


def test_swift_cannot_say_that_there_is_nothing() -> None:
    example = Grounded([say("user", beside("a.png"), "Defects?"), say("assistant", Grounding((), (64, 48)))])
    assert codes("ms-swift", DIALECTS["ms-swift"].row(example)) == {"content.empty"}


def pointing(*things: Pointed, caption: str = "") -> Grounded:
    return Grounded(
        [say("user", beside("a.png")), say("assistant", Grounding(things, SIZES["a.png"], caption))]
    )


ROUND = Ellipse(20, 20, 10, 5)
TRIANGLE = Polygon.of(((1, 1), (9, 1), (1, 9)))


@pytest.mark.parametrize("name", ["ms-swift", "vi"])
@pytest.mark.parametrize(
    ("shape", "lost"),
    [
        (Box(1, 2, 3, 4), []),
        (Box(1, 2, 3, 4, 360.0), []),
        (Box(10, 20, 8, 4, 90), ["row.shape-as-box"]),
        (ROUND, ["row.shape-as-box"]),
        (TRIANGLE, ["row.shape-as-box"]),
        (Box(-5, 2, 20, 4), ["row.shape-cut"]),
        (Ellipse(0, 20, 10, 5), ["row.shape-as-box", "row.shape-cut"]),
        (Box(70, 2, 3, 4), ["row.shape-outside"]),
        (Box(5, 5, 0, 4), ["row.shape-outside"]),
        (Polygon(()), ["row.shape-outside"]),
    ],
)
def test_what_is_no_box_in_the_image_is_said(name: str, shape: Geometry, lost: list[str]) -> None:
    thing = Pointed("red car", (shape,), 2, 9)
    example = pointing(thing, caption=CAPTION)
    found = unfit(name, example)
    assert [p.code for p in found] == lost
    assert all(p.loss is (p.code != "row.shape-outside") and p.place.item == "7" for p in found)
    row = DIALECTS[name].row(example)
    assert RowChecker(DIALECTS[name]).accepts(row) is ("row.shape-outside" not in lost)


def test_shapes_become_the_box_around_them_inside_the_image() -> None:
    example = pointing(Pointed("red car", (ROUND, Box(-5, 2, 20, 4), TRIANGLE), 2, 9), caption=CAPTION)
    boxes = [[10, 15, 30, 25], [0, 2, 15, 6], [1, 1, 9, 9]]
    assert DIALECTS["ms-swift"].row(example)["objects"]["bbox"] == boxes
    (phrase,) = DIALECTS["vi"].row(example)["contents"]["groundedPhrases"]
    assert phrase["bounds"] == [[a / 64, b / 48, c / 64, d / 48] for a, b, c, d in boxes]


SIDE = st.floats(-80, 80, allow_subnormal=False)


@settings(deadline=None, max_examples=100)
@given(SIDE, SIDE, st.floats(0.001, 90), st.floats(0.001, 90))
def test_boxes_stay_inside_their_image(x: float, y: float, width: float, height: float) -> None:
    example = pointing(Pointed("red car", (Box(x, y, width, height),), 2, 9), caption=CAPTION)
    refused = [p.code for p in unfit("vi", example) if not p.loss]
    for name in ("vi", "ms-swift"):
        assert RowChecker(DIALECTS[name]).accepts(DIALECTS[name].row(example)) is not bool(refused)
    assert bool(refused) is (not (x < 64 and x + width > 0 and y < 48 and y + height > 0))


def test_noise_of_percentages_is_no_loss() -> None:
    tenth = 6.4
    example = pointing(Pointed("red car", (Box(tenth, 0, 57.6 + 1e-12, 48),), 2, 9), caption=CAPTION)
    assert unfit("vi", example) == []
    ((bounds,),) = [p["bounds"] for p in DIALECTS["vi"].row(example)["contents"]["groundedPhrases"]]
    assert bounds[2:] == [1, 1]


@pytest.mark.parametrize(
    ("name", "thing", "code"),
    [
        (
            "ms-swift",
            Pointed("car", (Box(1, 2, 3, 4),), answers=(("severity", "high"),)),
            "attributes-left-out",
        ),
        ("ms-swift", Pointed("car", ()), "object-without-shape"),
        ("ms-swift", Pointed("car", (Points(((99.0, 1.0),)),)), "shape-outside"),
        ("ms-swift", Pointed("blue car", (Box(1, 2, 3, 4),), 2, 9), "phrase-unplaced"),
        ("ms-swift", Pointed("red car", (Box(1, 2, 3, 4),)), "phrase-unplaced"),
        ("vi", Pointed("red car", (Box(1, 2, 3, 4),), 2, 90), "phrase-unplaced"),
    ],
)
def test_what_an_object_row_cannot_hold_is_said(name: str, thing: Pointed, code: str) -> None:
    example = pointing(thing, caption=CAPTION if "phrase" in code else "")
    assert f"row.{code}" in {p.code for p in unfit(name, example)}
    accepted = RowChecker(DIALECTS[name]).accepts(DIALECTS[name].row(example))
    assert accepted is (code == "attributes-left-out")


def test_an_image_that_shows_nothing_is_said_where_the_answer_would_be_empty() -> None:
    assert [p.code for p in unfit("ms-swift", pointing())] == ["row.nothing-shown"]
    for spoken in (pointing(caption=CAPTION), pointing(Pointed("car", (Box(1, 2, 3, 4),)))):
        assert unfit("ms-swift", spoken) == []
    thought = pointing()
    thought.messages[-1].think = "Nothing is there."
    assert unfit("ms-swift", thought) == []
    beside_words = Grounded(
        [*pointing().messages[:1], say("assistant", "None: ", Grounding((), SIZES["a.png"]))]
    )
    assert unfit("ms-swift", beside_words) == []


def test_phrases_inside_each_other() -> None:
    box = (Box(1, 2, 3, 4),)
    example = pointing(Pointed("red car", box, 2, 9), Pointed("car", box, 6, 9), caption=CAPTION)
    assert [p.code for p in unfit("ms-swift", example)] == ["row.phrases-overlap"]
    assert not RowChecker(DIALECTS["ms-swift"]).accepts(DIALECTS["ms-swift"].row(example))
    assert unfit("vi", example) == []
    words = [
        (p["phrase"], p["startTokenIndex"], p["endTokenIndex"])
        for p in DIALECTS["vi"].row(example)["contents"]["groundedPhrases"]
    ]
    assert words == [("red car", 1, 2), ("car", 2, 2)]


def test_vi_counts_words_and_takes_fractions() -> None:
    row = DIALECTS["vi"].row(captioned(beside))
    assert row["asset"] == {"type": "Image", "filename": "a.png", "height": 48, "width": 64}
    trees, car = row["contents"]["groundedPhrases"]
    assert (trees["startTokenIndex"], trees["endTokenIndex"]) == (5, 7)
    assert car == {
        "phrase": "red car",
        "startTokenIndex": 1,
        "endTokenIndex": 2,
        "bounds": [pytest.approx([0.1, 0.2, 0.5, 0.7], abs=1e-15)],
    }
    assert codes("vi", row) == set()
    assert [(p.code, p.severity.value) for p in unfit("vi", captioned(beside))] == [
        ("vi.prompt-left-out", "note")
    ]


WORD = st.text("ab1é漢.,!'-", min_size=1, max_size=4)


@settings(deadline=None, max_examples=100)
@given(st.lists(WORD, min_size=1, max_size=6), st.data())
def test_words_are_found_by_their_code_points(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    gap = data.draw(st.sampled_from([" ", "  ", "\n", "\t "]))
    caption = gap.join(words)
    start = len(gap.join([*words[:first], ""])) if first else 0
    end = len(gap.join(words[: last + 1]))
    assert caption[start:end] == gap.join(words[first : last + 1])
    assert tokens_of(caption, start, end) == (first, last)
    assert caption.split()[first : last + 1] == caption[start:end].split()


@pytest.mark.parametrize(
    ("phrase", "found"), [("trees", (7, 7)), ("tree", None), ("mall trees", None), ("car parked", (2, 3))]
)
def test_a_phrase_is_whole_words(phrase: str, found: tuple[int, int] | None) -> None:
    start = CAPTION.index(phrase)
    assert tokens_of(CAPTION, start, start + len(phrase)) == found
    thing = Pointed(phrase, (Box(1, 2, 3, 4),), start, start + len(phrase))
    said = [p.code for p in unfit("vi", pointing(thing, caption=CAPTION))]
    assert said == ([] if found else ["vi.phrase-inside-word"])
    row = DIALECTS["vi"].row(pointing(thing, caption=CAPTION))
    assert RowChecker(DIALECTS["vi"]).accepts(row) is (found is not None)


VI_UNFIT: list[tuple[Example, str]] = [
    (Chat([say("user", "What?"), say("assistant", "A dent.")]), "vi.not-one-image"),
    (chats(beside)[1], "vi.not-one-image"),
    (Chat([say("user", Media("a.png"), "What?"), say("assistant", "A dent.")]), "vi.size-unknown"),
    (pointing(Pointed("dent", (Box(1, 2, 3, 4),))), "vi.no-caption"),
    (Chat([say("user", beside("a.png"), "What?"), say("user", "Well?"), say("assistant", "A.")]), "vi.turns"),
    (Chat([say("user", "What?"), say("assistant", beside("a.png"), "This.")]), "vi.turns"),
    (
        Grounded(
            [
                say("user", beside("a.png")),
                say(
                    "assistant",
                    "Here:",
                    Grounding((Pointed("A", (Box(1, 2, 3, 4),), 0, 1),), (64, 48), "A b"),
                ),
            ]
        ),
        "vi.answer-mixed",
    ),
]


@pytest.mark.parametrize(("example", "code"), VI_UNFIT, ids=[code for _, code in VI_UNFIT])
def test_what_vi_cannot_hold_is_an_error(example: Example, code: str) -> None:
    found = {p.code: p.severity.value for p in unfit("vi", example)}
    assert found[code] == "error"
    assert isinstance(DIALECTS["vi"].row(example), dict)


def test_vi_reasons_before_the_answer() -> None:
    example = Chat([say("user", beside("a.png"), "How many?"), say("assistant", "Two dents.", think="1 + 1")])
    row = DIALECTS["vi"].row(example)
    (pair,) = row["contents"]["interactions"]
    answer = "<datature_think>1 + 1</datature_think>Two dents."
    assert pair == {"order": 1, "question": "How many?", "answer": answer}
    assert codes("vi", row) == set()


def test_vi_writes_a_caption_alone_where_nothing_is_asked_and_says_it_is_not_verified() -> None:
    row = DIALECTS["vi"].row(Chat([say("user", beside("a.png"), "\n"), say("assistant", "A grey plate.")]))
    assert row["contents"] == {"type": "Freeform", "caption": "A grey plate."}
    assert codes("vi", row) == {"vi.freeform-unverified"}
    assert RowChecker(DIALECTS["vi"]).accepts(row)
    assert DIALECTS["vi"].shape(row) == "Freeform"


def test_vi_takes_the_size_of_the_image_in_the_row() -> None:
    example = captioned(lambda name: replace(beside(name), width=128, height=96))
    asset = DIALECTS["vi"].row(example)["asset"]
    assert (asset["width"], asset["height"]) == (128, 96)
    unseen = captioned(lambda name: replace(beside(name), width=0, height=0))
    asset = DIALECTS["vi"].row(unseen)["asset"]
    assert (asset["width"], asset["height"]) == (64, 48)


def vi_row(name: str, contents: dict[str, Any], width: int = 64) -> dict[str, Any]:
    return {
        "id": name,
        "asset": {"type": "Image", "filename": name, "width": width, "height": 48},
        "contents": contents,
    }


def vqa(*pairs: tuple[str, str]) -> dict[str, Any]:
    asked = [{"order": n, "question": q, "answer": a} for n, (q, a) in enumerate(pairs, 1)]
    return {"type": "Vqa", "interactions": asked}


def folder(rows: list[dict[str, Any]], side: str = "") -> tuple[dict[str, Any], Problems]:
    problems = Problems()
    files = dict(DIALECTS["vi"].folder(rows, side, problems))
    return {name: json.loads(data) for name, data in files.items()}, problems


def test_vi_joins_what_is_said_of_one_image() -> None:
    rows = [vi_row("b.png", vqa(("q", "an a"))), vi_row("a.png", vqa(("q", "an a")))]
    rows += [vi_row("b.png", vqa(("q", "an a"), ("r", "a b"))), vi_row("b.png", vqa(("q", "a c")))]
    files, problems = folder(rows)
    assert list(files) == ["dump/annotations/a.png.jsonl", "dump/annotations/b.png.jsonl"]
    joined = files["dump/annotations/b.png.jsonl"]["contents"]
    assert joined == vqa(("q", "an a"), ("r", "a b"), ("q", "a c"))
    assert list(problems) == []
    assert rows[0]["contents"] == vqa(("q", "an a"))


def test_vi_joins_phrases_of_one_caption_only() -> None:
    first = DIALECTS["vi"].row(captioned(beside))["contents"]
    one = {**first, "groundedPhrases": first["groundedPhrases"][:1]}
    other = {**first, "caption": "Two small trees."}
    rows = [
        vi_row("a.png", one),
        vi_row("a.png", first),
        vi_row("a.png", other),
        vi_row("a.png", vqa(("q", "a"))),
    ]
    files, problems = folder(rows, "train")
    assert files["training/annotations/a.png.jsonl"]["contents"] == first
    assert problems.counts == {"vi.phrase-twice": 1, "vi.second-caption": 2}
    boxes = sum(len(phrase["bounds"]) for phrase in first["groundedPhrases"])
    again = sum(len(phrase["bounds"]) for phrase in one["groundedPhrases"])
    ledger = problems.ledger(WRITE)  # of rows already given
    assert (ledger.given, ledger.lost) == (
        -again - boxes,
        {"vi.phrase-twice": again, "vi.second-caption": boxes},
    )


def test_vi_names_what_does_not_go_into_one_folder() -> None:
    rows = [vi_row("x/a.png", vqa(("q", "an a"))), vi_row("y/a.png", vqa(("q", "an a")))]
    assert folder(rows)[1].counts == {"vi.name-twice": 1}
    files, problems = folder(rows[:1], "test")
    assert list(files) == ["dump/annotations/a.png.jsonl"] and problems.counts == {"vi.side-unknown": 1}


@settings(deadline=None, max_examples=60)
@given(st.sets(st.from_regex(r"[a-c][ .\-a-c]{0,4}\.(png|jpg)", fullmatch=True), min_size=1, max_size=6))
def test_vi_files_sort_as_their_images_do(names: set[str]) -> None:
    files, problems = folder([vi_row(name, vqa(("q", "an a"))) for name in names])
    assert list(problems) == []
    ordered = [files[name]["asset"]["filename"] for name in sorted(files)]
    assert ordered == sorted(names)


def test_vi_files_go_beside_the_images() -> None:
    vi = DIALECTS["vi"]
    assert [vi.images_folder(side) for side in ("", "train", "validation")] == [
        "dump/images",
        "training/images",
        "validation/images",
    ]


@pytest.mark.parametrize("name", ["sharegpt", "alpaca", "llamafactory-kto", "llamafactory-ranking"])
def test_dataset_info_names_the_lists_of_files(name: str) -> None:
    info = json.loads(DIALECTS[name].companions([Path("train.jsonl")])["dataset_info.json"])["train"]
    assert {"images", "videos", "audios"} <= set(info["columns"].values())
    if name in ("sharegpt", "alpaca"):
        row = DIALECTS[name].row(chats(beside)[0])
        assert set(info["columns"].values()) <= set(row)


def test_pictures_are_what_the_examples_say() -> None:
    assert rgb_png(64, 48)[16:24] == (64).to_bytes(4, "big") + (48).to_bytes(4, "big")


@pytest.mark.parametrize("name", VISION)
def test_an_image_alone_is_a_question(name: str) -> None:
    row = DIALECTS[name].row(Chat([say("user", shower(name)("a.png")), say("assistant", "A grey plate.")]))
    assert RowChecker(DIALECTS[name]).accepts(row)
    assert codes(name, row) == ({"vi.freeform-unverified"} if name == "vi" else set())
