"""What every annotation format promises, and what each says about good and bad files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelwright import registry
from labelwright.contracts import Control, Format, Input, SkeletonSpec, Template
from labelwright.formats._tokens import tokenise
from labelwright.formats.csv import Csv, guard, unguard
from labelwright.geometry.measures import moved
from labelwright.geometry.shapes import OCCLUDED, Box, Joint, Skeleton
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import WRITE, Problem, Problems
from labelwright.records import LEFT, Film, Item, ItemKey, Kind, Resolved, Segment, Shape, Span, Track

GOLDEN = Path(__file__).parents[1] / "golden" / "formats"
FORMATS = registry.formats()
TEMPLATE = Template(
    name="entities",
    inputs={"text": Input("text")},
    controls={
        "entities": Control(Kind.SPANS, labels=["ORG", "LOC"]),
        "topics": Control(Kind.CHOICES, labels=["a", "b"]),
    },
)
REASONS = {
    "i_start": "iob.inside-without-begin",
    "cols": "conll.ragged-columns",
    "length": "tokens.lengths-differ",
    "type_switch": "iob.type-switch",
    "empty_token": "tokens.empty-token",
    "no-text": "spacy.no-text",
    "outside": "spacy.offset-outside",
    "empty-span": "spacy.offset-outside",
    "overlap": "spacy.entities-overlap",
    "white-space": "spacy.span-with-space",
    "triple": "spacy.not-a-triple",
    "no-spans": "spacy.no-spans",
    "offset-type": "spacy.not-a-triple",
    "ragged-short": "csv.ragged-row",
    "ragged-long": "csv.ragged-row",
    "formula": "csv.formula",
    "formula-at": "csv.formula",
    "latin-1": "csv.encoding",
    "quoting": "csv.quoting",
    "header": "csv.header",
    "no-rows": "csv.no-rows",
    "negative": "rttm.negative",
    "rttm-cols": "rttm.fields",
    "end_for_dur": "rttm.speaker-overlaps",
    "rttm_number": "rttm.not-a-time",
    "rttm_zero": "rttm.no-length",
    "rttm_type": "rttm.type-unknown",
    "rttm_channel": "rttm.channel",
    "rttm_nothing": "rttm.no-lines",
    "duration_missing": "nemo.key-missing",
    "duration_string": "nemo.not-seconds",
    "duration_ms": "nemo.duration-in-milliseconds",
    "duration_negative": "nemo.time-negative",
    "duration_zero": "nemo.time-negative",
    "duration_bool": "nemo.not-seconds",
    "offset_negative": "nemo.time-negative",
    "text_null": "nemo.not-text",
    "path_empty": "nemo.no-path",
    "file_name": "audiofolder.no-file-name",
    "file_name_null": "audiofolder.no-file-name",
    "file_name_blank": "audiofolder.no-file-name",
    "absolute": "audiofolder.outside",
    "parent": "audiofolder.outside",
    "address": "audiofolder.outside",
    "srt_point": "subtitles.times-malformed",
    "srt_minutes": "subtitles.times-malformed",
    "srt_number_missing": "srt.number",
    "srt_number_wrong": "srt.number",
    "srt_blank_line": "srt.number",
    "sub_times": "subtitles.times-malformed",
    "sub_reversed": "subtitles.times-reversed",
    "sub_zero": "subtitles.no-length",
    "sub_overlap": "subtitles.overlap",
    "sub_order": "subtitles.out-of-order",
    "sub_no_text": "subtitles.no-text",
    "sub_arrow": "subtitles.arrow-in-text",
    "sub_nothing": "subtitles.no-cues",
    "vtt_header": "vtt.header",
    "vtt_header_case": "vtt.header",
    "vtt_overlap": "subtitles.overlap-seen",
    "vtt_blank_line": "vtt.no-times",
    "image_id": "coco.image-unknown",
    "iscrowd": "coco.iscrowd-missing",
    "bbox_xyxy": "coco.box-as-corners",
    "bbox_zero": "coco.box-empty",
    "poly_odd": "coco.polygon-odd",
    "dup_image": "coco.id-repeated",
    "no_height": "coco.size-missing",
}
FOLDERS = {
    "conll_ner": "conll",
    "hf_token_classification": "hf-token-classification",
    "spacy": "spacy",
    "rttm": "rttm",
    "nemo_asr_manifest": "nemo",
    "hf_audio_metadata": "audiofolder",
    "srt": "srt",
    "vtt": "vtt",
    "coco_detection": "coco",
}
WHOLE = {"conll_ner": "conll", "rttm": "rttm", "srt": "srt", "vtt": "vtt"}  # the key of a file's text


def documents(folder: str, kind: str) -> list[bytes]:
    """Each line of a folder as a file of its format."""
    lines = (GOLDEN / folder / f"{kind}.jsonl").read_bytes().splitlines()
    if folder in WHOLE:
        return [json.loads(line)[WHOLE[folder]].encode() for line in lines]
    return [line + b"\n" for line in lines]


def bad_cases() -> list[Any]:
    found = []
    for folder, name in FOLDERS.items():
        rules = json.loads((GOLDEN / folder / "rules.json").read_text(encoding="utf-8"))["bad"]
        for rule, data in zip(rules, documents(folder, "bad"), strict=True):
            found.append(pytest.param(name, rule["rule"], data, id=f"{folder}-{rule['rule']}"))
    for path in sorted((GOLDEN / "csv").glob("bad_*.csv")):
        rule = path.stem.removeprefix("bad_")
        found.append(pytest.param("csv", rule, path.read_bytes(), id=f"csv-{rule}"))
    return found


def good_cases() -> list[Any]:
    found = [
        pytest.param(name, data, id=f"{folder}-{index}")
        for folder, name in FOLDERS.items()
        for index, data in enumerate(documents(folder, "good"))
    ]
    for path in sorted((GOLDEN / "csv").glob("good_*.csv")):
        found.append(pytest.param("csv", path.read_bytes(), id=path.stem))
    return found


def check(name: str, data: bytes, size: int = 7) -> list[Problem]:
    """What a format says about a file that comes in small chunks."""
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    return list(FORMATS[name].check(chunks, "file"))


@pytest.mark.parametrize(("name", "data"), good_cases())
def test_good_file_passes(name: str, data: bytes) -> None:
    assert check(name, data) == []


@pytest.mark.parametrize(("name", "rule", "data"), bad_cases())
def test_bad_file_is_refused_for_its_reason(name: str, rule: str, data: bytes) -> None:
    found = check(name, data)
    assert REASONS.get(f"{name}-{rule}", REASONS.get(rule)) in {p.code for p in found}
    assert found == check(name, data, size=1000)
    assert all(p.remedy and p.place.source == "file" for p in found)


def resolved(key: str, text: str, spans: list[tuple[int, int, str]], **answers: Any) -> Resolved:
    held = tuple(Span(start, end, label, text[start:end]) for start, end, label in spans)
    item = Item(ItemKey("", "1", key), {"text": text}, [])
    return Resolved(item, {"entities": held, **answers})


def write(name: str, items: list[Resolved]) -> tuple[bytes, Problems]:
    problems = Problems()
    return b"".join(FORMATS[name].write(items, TEMPLATE, problems)), problems


PLAIN = [
    resolved("7", "EU rejects Peter Blackburn's call 🙂.", [(0, 2, "ORG"), (11, 26, "LOC")]),
    resolved("8", "Nothing here.", []),
    resolved("9", "🙂 Berlin", [(2, 8, "LOC")], topics=("a", "b")),
]


TALK = Template(
    name="talk",
    modality="audio",
    inputs={"sound": Input("audio")},
    controls={
        "who": Control(Kind.SEGMENTS, labels=["Ann", "Ben"], diarization=True),
        "said": Control(Kind.TRANSCRIPT, on="who"),
        "mood": Control(Kind.CHOICE, labels=["calm", "loud"]),
    },
)
SPOKEN = Resolved(
    Item(ItemKey("", "1", "4"), {"sound": "talks/one.wav"}, []),
    {
        "who": (
            Segment(0.5, 2.0, "Ann", answers=(("said", "Hello there."),)),
            Segment(2.0, 3.25, "Ben", answers=(("said", "Grüße 🙂"),)),
        ),
        "mood": "calm",
    },
)
STREET = Template(
    name="street",
    modality="image",
    inputs={"image": Input("image")},
    controls={"objects": Control(Kind.SHAPES, labels=["car", "road"], shapes=["box"])},
)
SEEN = [
    Resolved(
        Item(ItemKey("", "1", "5"), {"image": "street/one.jpg"}, [], sizes={"image": (640, 480)}),
        {"objects": (Shape(Box(12.5, 20, 100.25, 50), "car"), Shape(Box(0, 300, 640, 180), "road"))},
    ),
    Resolved(
        Item(ItemKey("", "1", "6"), {"image": "street/two.jpg"}, [], sizes={"image": (640, 480)}),
        {"objects": ()},
    ),
]


FIGURES = Template(
    name="figures",
    modality="image",
    inputs={"image": Input("image")},
    controls={
        "objects": Control(
            Kind.SHAPES,
            labels=["hand"],
            shapes=["skeleton"],
            skeletons={"hand": SkeletonSpec(["thumb", "wrist"])},
        )
    },
)
FIGURE = Skeleton((Joint("thumb", 10.0, 20.0), Joint("wrist", 40.0, 60.0, OCCLUDED)))
FIGURED = [
    Resolved(
        Item(ItemKey("", "1", "7"), {"image": "hands.jpg"}, [], sizes={"image": (640, 480)}),
        {"objects": (Shape(FIGURE, "hand", "a"), Shape(moved(FIGURE, 5, 5), "hand", "b"))},
    )
]
FILM = Template(
    name="film",
    modality="video",
    inputs={"film": Input("video")},
    controls={"objects": Control(Kind.TRACKS, labels=["car", "road"], shapes=["box"])},
)
FOLLOWED = [
    Resolved(
        Item(ItemKey("", "1", "8"), {"film": "a.mp4"}, [], sizes={"film": (64, 48)}, films={"film": Film(2)}),
        {
            "objects": (
                Track((Keyframe(0, Box(1, 2, 3, 4)), Keyframe(1, Box(2, 2, 3, 4), outside=True)), "car", "1"),
                Track((Keyframe(0, Box(5, 2, 3, 4)), Keyframe(1, Box(6, 2, 3, 4))), "road", "2"),
            )
        },
    )
]
# Where a format does not hold upright boxes on images.
SAMPLES = {"yolo-pose": (FIGURED, FIGURES), "mot": (FOLLOWED, FILM)}


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_format_keeps_its_promises(form: Format) -> None:
    assert form.title and form.reference.startswith("https://") and form.suffix.startswith(".")
    assert form.kinds
    if not getattr(form, "inputs", frozenset({"image"})).isdisjoint({"image", "video"}) and (
        form.kinds & {Kind.SHAPES, Kind.TRACKS} and form.kinds != frozenset(Kind)
    ):
        seen, template = SAMPLES.get(form.name, (SEEN, STREET))
        problems = Problems()
        data = b"".join(form.write(seen, template, problems))
        assert list(problems) == []
        ledger = problems.ledger(WRITE)
        assert (ledger.taken, ledger.given, ledger.lost) == (2, 2, {})
        assert data == b"".join(form.write(seen, template, Problems()))
        assert check(form.name, data) == []
        return
    if hasattr(form, "inputs"):
        assert form.inputs and form.inputs <= {"audio", "video", "image", "text"}
        problems = Problems()
        data = b"".join(form.write([SPOKEN], TALK, problems))
        assert {p.code for p in problems} <= ({"srt.label-left-out"} if form.name == "srt" else set())
        assert data == b"".join(form.write([SPOKEN], TALK, Problems()))
        assert check(form.name, data) == []
        return
    data, problems = write(form.name, PLAIN)
    assert list(problems) == []
    assert data == write(form.name, PLAIN)[0]
    assert check(form.name, data) == []


def test_conll_writes_iob2() -> None:
    blocks = write("conll", PLAIN)[0].decode().split("\n\n")
    assert blocks[0].splitlines() == [
        "EU B-ORG",
        "rejects O",
        "Peter B-LOC",
        "Blackburn I-LOC",
        "' O",
        "s O",
        "call O",
        "🙂 O",
        ". O",
    ]
    assert blocks[2] == "🙂 O\nBerlin B-LOC"


def test_adjacent_spans_stay_two_entities() -> None:
    data = write("conll", [resolved("1", "Paris London", [(0, 5, "LOC"), (6, 12, "LOC")])])[0]
    assert data == b"Paris B-LOC\nLondon B-LOC\n\n"


@pytest.mark.parametrize("name", ["conll", "hf-token-classification"])
@pytest.mark.parametrize(
    ("spans", "codes"),
    [
        ([(0, 3, "ORG")], {"spans.off-token": 1}),
        ([(0, 4, "ORG"), (0, 13, "ORG")], {"spans.overlap": 1}),
        ([(0, 4, "ORG"), (0, 13, "ORG"), (8, 13, "LOC")], {"spans.overlap": 2}),
        ([(5, 99, "ORG")], {"spans.outside-text": 1}),
    ],
)
def test_what_tags_cannot_hold_is_a_counted_loss(
    name: str, spans: list[tuple[int, int, str]], codes: dict[str, int]
) -> None:
    _, problems = write(name, [resolved("1", "Bank of China", spans)])
    assert problems.counts == codes
    assert all(p.loss and p.severity == "error" and p.place.item == "1/1" for p in problems)


def test_spacy_keeps_overlapping_spans_apart() -> None:
    data, problems = write("spacy", [resolved("1", "Bank of China", [(0, 13, "ORG"), (8, 13, "LOC")])])
    row = json.loads(data)
    assert "entities" not in row
    assert row["spans"] == {"sc": [[0, 13, "ORG"], [8, 13, "LOC"]]}
    assert problems.counts == {"spacy.only-spans": 1}
    assert problems.errors == 0


def test_spacy_offsets_are_code_points() -> None:
    row = json.loads(write("spacy", [PLAIN[2]])[0])
    start, end, label = row["entities"][0]
    assert (row["text"][start:end], label) == ("Berlin", "LOC")


def test_turns_of_a_dialogue_are_texts_of_their_own() -> None:
    template = Template(
        name="d", inputs={"talk": Input("dialogue")}, controls={"who": Control(Kind.SPANS, input="talk")}
    )
    talk = [{"author": "a", "text": "Hi Ann"}, {"author": "b", "text": "Hello"}]
    item = Item(ItemKey("", "", "5"), {"talk": talk}, [])
    answers = {"who": (Span(3, 6, "PER", "Ann", unit="0"), Span(0, 5, "PER", unit="4"))}
    problems = Problems()
    form = FORMATS["hf-token-classification"]
    data = b"".join(form.write([Resolved(item, answers)], template, problems))
    rows = [json.loads(line) for line in data.splitlines()]
    assert [row["id"] for row in rows] == ["5/0", "5/1"]
    assert rows[0]["ner_tags"] == ["O", "B-PER"]
    assert problems.counts == {"spans.outside-text": 1}


CELL = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["=1+1", "'=x", "''@a", "'plain", "-5", "\t", 'a,b\n"c"', "007"]),
)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4))
def test_csv_round_trip_is_exact(rows: list[tuple[str, str]]) -> None:
    template = Template(name="t", inputs={"text": Input("text")}, controls={"note": Control(Kind.TEXT)})
    items = [
        Resolved(Item(ItemKey("", "", f"00{n}"), {"text": text}, []), {"note": note})
        for n, (text, note) in enumerate(rows)
    ]
    data = b"".join(Csv().write(items, template, Problems()))
    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert read[0] == ["id", "input.text", "answer.note"]
    assert [(unguard(a), unguard(b)) for _, a, b in read[1:]] == rows
    assert [unguard(cells[0]) for cells in read[1:]] == [f"00{n}" for n in range(len(rows))]
    assert list(Csv().check([data], "t.csv")) == []


@given(CELL)
def test_guarded_cell_is_no_formula(cell: str) -> None:
    assert not guard(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))
    assert unguard(guard(cell)) == cell


def test_csv_lists_are_json_and_the_mark_is_an_option() -> None:
    data = b"".join(Csv(byte_order_mark=False).write(PLAIN[2:], TEMPLATE, Problems()))
    row = next(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    assert row["answer.topics"] == '["a","b"]'
    assert json.loads(row["answer.entities"])[0]["label"] == "LOC"
    assert row["id"] == "1/9"


@given(st.text(max_size=30))
def test_tokens_are_slices_of_the_text(text: str) -> None:
    tokens = tokenise(text)
    assert all(text[start:end] == token for token, start, end in tokens)
    assert "".join(text.split()) == "".join(token for token, _, _ in tokens)


def test_csv_holds_every_kind_of_answer_and_leaves_out_nothing() -> None:
    asked = Template(
        "all",
        inputs={"audio": Input("audio")},
        controls={
            "who": Control(Kind.SEGMENTS),
            "said": Control(Kind.TRANSCRIPT, on="who"),
            "whole": Control(Kind.TRANSCRIPT),
            "order": Control(Kind.RANKING),
            "better": Control(Kind.PREFERENCE),
        },
    )
    segment = Segment(0.5, 1.25, "A", 1, "r", "", 0.5, "manual", (("said", "hello"),))
    answers = {"who": (segment,), "whole": "=1+1", "order": (("b", "c"), ("a",)), "better": LEFT}
    item = Resolved(Item(ItemKey("", "1", "7"), {"audio": "a.wav"}, []), answers)
    data = b"".join(Csv().write([item], asked, Problems()))
    row = next(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    # What is asked of a segment stands with the segment and has no column of its own.
    assert [*row] == ["id", "input.audio", "answer.who", "answer.whole", "answer.order", "answer.better"]
    assert json.loads(row["answer.who"]) == [
        {
            **{"start": 0.5, "end": 1.25, "label": "A", "channel": 1, "id": "r", "parent": ""},
            **{"score": 0.5, "origin": "manual", "answers": [["said", "hello"]]},
        }
    ]
    assert (row["answer.whole"], row["answer.better"]) == ("'=1+1", "left")
    assert json.loads(row["answer.order"]) == [["b", "c"], ["a"]]
    assert list(Csv().check([data], "t.csv")) == []
