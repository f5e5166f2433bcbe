"""Every form of doccano's exports becomes items, and what a form has lost is told."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelwright.contracts import Control, ExampleSpec, Input, Source, Template
from labelwright.geometry.shapes import Box, Polygon
from labelwright.problems import READ, DataError, Problems
from labelwright.quality.lots import name_of
from labelwright.records import Item, Kind, Status
from labelwright_plugins.doccano import plugin
from labelwright_plugins.doccano.raw import JSONL, parted
from labelwright_plugins.doccano.shown import lot_of

Read = Callable[..., tuple[list[Item], Problems]]
MERKEL = "Angela Merkel met Tim Cook at Apple in Cupertino 😀 on 3 March."
SECOND = 'A\r\nsecond "doc", with comma;\nnew line'
THIRD = "naïve café e\u0301 =1+1"
KEPT = ("JSONL", "JSON")


def _template(**controls: Control) -> Template:
    return Template("own", inputs={"text": Input("text")}, controls=controls, example=ExampleSpec("none"))


def _answers(items: list[Item]) -> list[dict[str, Any]]:
    return [{a.annotator: a.answers for a in i.annotations} for i in items]


def _lines(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    return path


@pytest.mark.parametrize("form", KEPT)
def test_labels_of_each_annotator(read: Read, data: Path, form: str) -> None:
    items, problems = read(data / f"DocumentClassification-individual-{form}")
    assert [i.key.item for i in items] == ["23", "24", "25"]
    assert [i.inputs["text"] for i in items] == [MERKEL, SECOND, THIRD]
    assert items[0].inputs["k"] == 1 and items[2].inputs["note"] == "=1+1" and "note" not in items[1].inputs
    assert _answers(items) == [
        {"admin": {"label": ("A#B", "POS")}},
        {"admin": {"label": ("NEG",)}},
        {"admin": {"label": ("POS",)}, "bob": {"label": ("NEG",)}},
    ]
    assert items[2].meta == {"comments": ["hm, by admin", "hm, by bob"]}
    assert problems.counts == {"doccano.unanswered": 2}


def test_labels_joined_in_csv_are_told_apart_where_they_are_known(read: Read, data: Path) -> None:
    known = _template(label=Control(Kind.CHOICES, ["A#B", "POS", "NEG"]))
    items, problems = read(data / "DocumentClassification-individual-CSV", known)
    assert _answers(items)[0] == {"admin": {"label": ("A#B", "POS")}}
    assert [i.inputs["text"] for i in items] == [MERKEL, SECOND, THIRD]
    assert problems.counts == {"doccano.unanswered": 2, "doccano.csv-joins": 1}
    items, problems = read(data / "DocumentClassification-individual-CSV")
    assert _answers(items)[0] == {"admin": {"label": ("A", "B", "POS")}}
    assert "doccano.csv-joins" in problems.counts


def test_labels_that_can_be_read_in_two_ways_are_not_guessed(read: Read, data: Path) -> None:
    either = _template(label=Control(Kind.CHOICES, ["A#B", "A", "B", "POS", "NEG"]))
    items, problems = read(data / "DocumentClassification-individual-CSV", either)
    assert _answers(items)[0] == {"admin": {"label": ()}}
    assert problems.counts["doccano.labels-joined"] == 1 and problems.errors == 1


@pytest.mark.parametrize(
    ("text", "known", "found"),
    [
        ("", ["A"], []), ("A", ["A"], ["A"]), ("A#B", [], ["A", "B"]), ("A#B", ["A", "B"], ["A", "B"]),
        ("A#B#A", ["A#B", "A"], ["A#B", "A"]), ("A#B", ["A#B", "A", "B"], None), ("x", ["A"], ["x"]),
        ("x", ["A#B"], None), ("#", ["#", ""], None),
    ],
)  # fmt: skip
def test_parting(text: str, known: list[str], found: list[str] | None) -> None:
    assert parted(text, known) == found


def test_fasttext_has_no_ids(read: Read, data: Path) -> None:
    items, problems = read(data / "DocumentClassification-individual-fastText")
    assert [(i.key.item, i.inputs["text"]) for i in items] == [("1", MERKEL), ("2", SECOND), ("3", THIRD)]
    assert _answers(items) == _answers(read(data / "DocumentClassification-individual-JSONL")[0])
    assert items[2].meta == {"comments": ["hm, by admin", "hm, by bob"]}
    assert problems.counts == {"doccano.no-ids": 1, "doccano.unanswered": 2}


def test_a_fasttext_label_of_several_words_is_known_from_the_template(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "ann.txt"
    path.write_text("__label__VERY BAD __label__OLD the text of it \n")
    template = _template(label=Control(Kind.CHOICES, ["VERY BAD", "OLD", "VERY"]))
    (item,), _ = read(path, template)
    assert item.inputs["text"] == "the text of it"
    assert item.annotations[0].answers == {"label": ("OLD", "VERY BAD")}


@pytest.mark.parametrize("form", ["JSONL", "JSON", "CSV"])
def test_texts(read: Read, data: Path, form: str) -> None:
    items, problems = read(data / f"Seq2seq-individual-{form}")
    found = _answers(items)
    several = form in KEPT
    assert found[1] == {"admin": {"text": ("x\ny",)}}
    assert found[2].keys() == {"admin", "bob"}
    if several:
        assert found[0] == {"admin": {"text": ("a # b", "résumé one")}}
    else:
        assert found[0] == {"admin": {}} and problems.counts["doccano.labels-joined"] == 1


def test_spans_count_code_points(read: Read, data: Path) -> None:
    items, _ = read(data / "SequenceLabeling-individual-JSONL")
    spans = items[0].annotations[0].answers["entities"]
    assert [(s.text, s.label) for s in spans] == [
        ("Angela Merkel", "PER"),
        ("Tim Cook", "PER"),
        ("😀", "EMO"),
    ]
    assert items[1].annotations == []
    assert [s.text for s in items[2].annotations[1].answers["entities"]] == ["afé"]


def test_relations_join_spans(read: Read, data: Path) -> None:
    items, _ = read(data / "SequenceLabelingRel-individual-JSONL")
    (relation,) = items[0].annotations[0].answers["relations"]
    assert (relation.head.text, relation.tail.text, relation.label) == ("Angela Merkel", "Tim Cook", "met")
    assert items[1].annotations[1].answers["relations"] == ()


def test_intents_and_slots(read: Read, data: Path) -> None:
    items, _ = read(data / "IntentDetectionAndSlotFilling-individual-JSONL")
    answers = items[0].annotations[0].answers
    assert answers["label"] == ("Meet",) and [s.text for s in answers["entities"]] == ["Angela Merkel"]


def test_boxes_and_polygons_are_pixels(read: Read, data: Path) -> None:
    items, problems = read(data / "BoundingBox-individual-JSONL")
    assert items[1].inputs["image"] == "one.png"
    assert [a.answers["objects"][0].geometry for a in items[1].annotations] == [
        Box(5.0, 5.5, 25.0, 15.0), Box(11.0, 5.5, 25.0, 15.0)
    ]  # fmt: skip
    assert problems.ledger(READ).given == problems.ledger(READ).taken == 2
    items, _ = read(data / "Segmentation-individual-JSONL")
    geometry = items[1].annotations[0].answers["objects"][0].geometry
    assert geometry == Polygon.of(((5.0, 5.0), (30.0, 5.0), (30.0, 20.5), (5.0, 20.0)))


@pytest.mark.parametrize(
    ("kind", "control", "value"),
    [("ImageClassification", "label", "POS"), ("ImageCaptioning", "text", 'by admin "q"\nnl'),
     ("Speech2text", "text", 'by admin "q"\nnl')],
)  # fmt: skip
def test_answers_about_files(read: Read, data: Path, kind: str, control: str, value: str) -> None:
    items, _ = read(data / f"{kind}-individual-JSONL")
    assert items[-1].annotations[0].answers == {control: value}
    assert items[-1].inputs["filename"] in ("one.png", "tone.wav")


def test_every_shared_project_says_that_nobody_knows_who_answered(read: Read, data: Path) -> None:
    folders = sorted(data.glob("*-collab-*"))
    assert len(folders) == 15
    for folder in folders:
        items, problems = read(folder)
        assert problems.counts["doccano.annotators-unknown"] == 1, folder
        assert {a.annotator for i in items for a in i.annotations} == {"all"}


def test_archives_folders_and_single_files_say_the_same(read: Read, data: Path, tmp_path: Path) -> None:
    for folder in sorted(data.glob("*-*-*")):
        files = sorted(folder.iterdir())
        archive = tmp_path / f"{folder.name}.zip"
        with zipfile.ZipFile(archive, "w") as target:
            for file in files:
                target.write(file, file.name)
        whole = read(folder)[0]
        assert whole == read(archive)[0], folder
        if len(files) == 1:
            assert whole == read(files[0])[0], folder


def test_an_email_address_as_user_name_is_not_shown(read: Read, data: Path, tmp_path: Path) -> None:
    source = data / "SequenceLabeling-individual-JSONL"
    for name in ("admin", "bob"):
        (tmp_path / f"{name}@example.com.jsonl").write_bytes((source / f"{name}.jsonl").read_bytes())
    items, _ = read(tmp_path)
    names = {a.annotator for i in items for a in i.annotations}
    assert len(names) == 2 and all(n.startswith("user-") and "@" not in n for n in names)


def test_ids_from_meta_data_are_told(read: Read, data: Path, tmp_path: Path) -> None:
    labels = _template(label=Control(Kind.CHOICE, ["A"]))
    items, problems = read(data / "replaced-id", labels)
    assert [i.key.item for i in items] == ["X9", "67", "68"]
    assert problems.counts["doccano.id-replaced"] == 1
    twice = _lines(tmp_path / "all.jsonl", *({"id": 7, "text": x, "label": ["A"]} for x in "ab"))
    items, problems = read(twice, labels)
    assert [i.inputs["text"] for i in items] == ["a"] and problems.counts["doccano.example-twice"] == 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"label": [[0, 99, "A"]]}, "doccano.span-outside"),
    ({"label": [[2, 2, "A"]]}, "doccano.span-outside"),
    ({"label": [[-1, 2, "A"]]}, "doccano.span-outside"),
    ({"label": [[0, 2, "B"]]}, "doccano.label-unknown"),
    ({"label": [[0.5, 2, "A"]]}, "doccano.value-unreadable"),
    ({"label": [[0, 2]]}, "doccano.value-unreadable"),
    ({"label": [{"x": 1}]}, "doccano.value-unreadable"),
    ({"label": "A"}, "doccano.value-unreadable"),
    ({"label": [1, "A"]}, "doccano.value-unreadable"),
    ({"cats": ["Z"]}, "doccano.label-unknown"),
    ({"cats": ["X", "Y"]}, "doccano.several-labels"),
    ({"entities": [{"id": 1, "label": "A", "start_offset": 0, "end_offset": 2}],
      "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "R"}]}, "doccano.relation-without-ends"),
    ({"entities": [{"id": 1, "label": "A", "start_offset": 0, "end_offset": 2}],
      "relations": [{"id": 1, "from_id": 1, "to_id": 1, "type": "S"}]}, "doccano.label-unknown"),
    ({"entities": [{"id": 1, "label": "A", "start_offset": 0, "end_offset": 2}],
      "relations": ["R"]}, "doccano.value-unreadable"),
    ({"relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "R"}]}, "doccano.relation-without-ends"),
    ({"entities": [], "relations": ["R"]}, "doccano.value-unreadable"),
    ({"bbox": [{"x": 1, "y": 1, "width": 0, "height": 5, "label": "O"}]}, "doccano.shape-empty"),
    ({"bbox": [{"x": 1, "y": 1, "width": "4", "height": 5, "label": "O"}]}, "doccano.shape-empty"),
    ({"bbox": [{"x": 1e300, "y": 1, "width": 4, "height": 5, "label": "O"}]}, "doccano.shape-empty"),
    ({"bbox": [{"x": 1, "y": 1, "width": 4, "height": 5, "label": "Z"}]}, "doccano.label-unknown"),
    ({"bbox": [5]}, "doccano.value-unreadable"),
    ({"segmentation": [{"points": [1, 2, 3, 4, 5], "label": "O"}]}, "doccano.shape-empty"),
    ({"segmentation": [{"points": [1, 1, 2, 2, 1, 1], "label": "O"}]}, "doccano.shape-empty"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "code"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_read_is_told_and_costs_nothing_else(
    read: Read, tmp_path: Path, bad: dict[str, Any], code: str
) -> None:
    template = _template(
        spans=Control(Kind.SPANS, ["A"]), choice=Control(Kind.CHOICE, ["X", "Y"]),
        relations=Control(Kind.RELATIONS, ["R"]), objects=Control(Kind.SHAPES, ["O"]),
    )  # fmt: skip
    good = {"id": 2, "text": "héllo", "label": [[0, 2, "A"]], "Comments": []}
    path = _lines(tmp_path / "ann.jsonl", {"id": 1, "text": "héllo", "Comments": [], **bad}, good)
    items, problems = read(path, template)
    assert problems.counts == {code: 1} and problems.errors == 1
    assert [s.text for s in items[1].annotations[0].answers["spans"]] == ["hé"]
    assert items[0].annotations[0].status is Status.SUBMITTED
    assert problems.ledger(READ).missing == 0


def test_lines_that_are_no_records_are_told(read: Read, tmp_path: Path) -> None:
    path = _lines(
        tmp_path / "ann.jsonl",
        {"id": 1, "text": "a", "label": ["A"]},
        [1],
        {"id": 2},
        {"id": {}, "text": "b"},
    )
    with path.open("a") as file:
        file.write("{broken\n\n")
    items, problems = read(path, _template(label=Control(Kind.CHOICE, ["A"])))
    assert len(items) == 1 and problems.counts == {"doccano.row-broken": 4}


def test_a_template_that_asks_for_something_else_is_refused(read: Read, data: Path) -> None:
    with pytest.raises(DataError, match=r"doccano\.template-mismatch"):
        read(data / "SequenceLabeling-individual-JSONL", _template(label=Control(Kind.CHOICE, ["A"])))


def test_a_column_that_is_not_asked_for_is_told(read: Read, data: Path) -> None:
    asked = _template(intent=Control(Kind.CHOICES))
    items, problems = read(data / "IntentDetectionAndSlotFilling-individual-JSONL", asked)
    assert items[0].annotations[0].answers == {"intent": ("Meet",)}
    assert problems.counts["doccano.not-asked"] == 3


def test_older_versions_name_columns_otherwise(read: Read, tmp_path: Path) -> None:
    path = _lines(tmp_path / "ann.jsonl", {"id": 1, "data": "héllo", "labels": [[0, 2, "A"]]})
    (item,), _ = read(path, _template(spans=Control(Kind.SPANS, ["A"])))
    assert item.inputs["text"] == "héllo" and item.annotations[0].answers["spans"][0].text == "hé"


OTHERS = (
    b'[{"id": 1, "data": {"text": "x"}, "annotations": []}]',
    b'{"id": 1, "text": "x"}',
    b'{"messages": [{"role": "user", "content": "x"}]}',
    b'{"images": [], "annotations": [], "categories": [{"id": 1, "name": "x"}]}',
    b"id,text,label\n1,a,b\n",
    b"__label__A a text\n",
)


@pytest.mark.parametrize("head", OTHERS)
def test_files_of_others_are_not_taken(head: bytes) -> None:
    assert plugin.recognise(Source("export.json"), head) == ""


def test_folders_of_others_are_not_taken(tmp_path: Path, data: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes((data / "replaced-id" / "all.jsonl").read_bytes())
    assert plugin.recognise(Source(str(tmp_path)), b"") == f"{JSONL} of a project"
    (tmp_path / "b.jsonl").write_bytes(OTHERS[2])
    assert plugin.recognise(Source(str(tmp_path)), b"") == ""
    (tmp_path / "b.jsonl").rename(tmp_path / "b.png")
    assert plugin.recognise(Source(str(tmp_path)), b"") == ""


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["A", "X", "O", "R", "A#X", "héllo 😀"])
)
PARTS = st.sampled_from(
    ["id", "label", "start_offset", "end_offset", "from_id", "to_id", "type", "points", "x", "y", "width",
     "height", "uuid", "comment"]
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PARTS, inner, max_size=6),
    max_leaves=12,
)
COLUMNS = st.sampled_from(
    ["id", "text", "data", "filename", "label", "labels", "cats", "entities", "relations", "bbox",
     "segmentation", "Comments", "other"]
)  # fmt: skip


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(records=st.lists(st.dictionaries(COLUMNS, VALUES, max_size=7), min_size=1, max_size=4))
def test_whatever_stands_in_a_record_is_read_or_told(tmp_path: Path, records: list[Any]) -> None:
    template = _template(
        spans=Control(Kind.SPANS, ["A"]), choice=Control(Kind.CHOICE, ["X"]), text=Control(Kind.TEXT),
        relations=Control(Kind.RELATIONS, ["R"]), objects=Control(Kind.SHAPES, ["O"]),
    )  # fmt: skip
    path = _lines(tmp_path / "ann.jsonl", *records)
    problems = Problems()
    items = list(plugin.read(Source(str(path), name="x"), template, problems))
    told = sum(problems.counts.get(f"doccano.{x}", 0) for x in ("row-broken", "example-twice"))
    assert len(items) + told == len(records)
    assert problems.ledger(READ).missing == 0
    plugin.infer(Source(str(path), name="x"), Problems())


def test_half_characters_are_refused(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "ann.jsonl"
    path.write_bytes(b'{"id":1,"text":"a","label":["A"]}\n{"id":2,"text":"\\ud800","label":["A"]}\n')
    items, problems = read(path, _template(label=Control(Kind.CHOICE, ["A"])))
    assert len(items) == 1 and problems.counts == {"doccano.row-broken": 1}


def _zip(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.jsonl", content)
    return path


def _good(number: float = 1, text: str = "h\u00e9llo", **more: Any) -> bytes:
    record = {"id": number, "text": text, "label": ["A"], "Comments": [], **more}
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"admin": b""}, "io.empty"),
        ({"admin": b"\n", "bob": b""}, "io.empty"),
        ({"admin": _good().decode().encode("utf-16")}, "io.encoding"),
        ({"admin": _good(), "bob": _good().decode().encode("latin-1")}, "io.encoding"),
    ],
)
def test_an_archive_that_cannot_be_read_says_why(
    read: Read, tmp_path: Path, files: dict[str, bytes], code: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(_zip(tmp_path / "e.zip", **files), _template(label=Control(Kind.CHOICE, ["A"])))
    assert caught.value.problem.code == code


def test_an_annotator_without_answers_has_an_empty_file(read: Read, tmp_path: Path) -> None:
    archive = _zip(tmp_path / "e.zip", admin=b"", bob=b"\xef\xbb\xbf" + _good().replace(b"\n", b"\r\n"))
    (item,), problems = read(archive, _template(label=Control(Kind.CHOICE, ["A"])))
    assert [(a.annotator, a.answers) for a in item.annotations] == [("bob", {"label": "A"})]
    assert item.inputs["text"] == "h\u00e9llo" and problems.counts == {}


def test_files_of_two_projects_are_not_mixed(read: Read, tmp_path: Path) -> None:
    archive = _zip(tmp_path / "e.zip", admin=_good() + _good(2), bob=_good(text="other") + _good(2))
    items, problems = read(archive, _template(label=Control(Kind.CHOICE, ["A"])))
    assert [len(i.annotations) for i in items] == [1, 2] and items[0].inputs["text"] == "h\u00e9llo"
    assert problems.counts == {"doccano.example-differs": 1} and problems.errors == 1


def test_ids_that_were_rounded_are_told(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "ann.jsonl"
    path.write_bytes(b"".join(_good(n) for n in (2**53, 2.0, 10**29, 2.0**60, 1e29)))
    items, problems = read(path, _template(label=Control(Kind.CHOICE, ["A"])))
    assert [i.key.item for i in items][:2] == [str(2**53), "2"] and len(items) == 5
    assert items[2].key.item == str(10**29)
    assert problems.counts == {"doccano.id-rounded": 2}


def test_a_line_of_100_megabytes_costs_no_other(read: Read, tmp_path: Path) -> None:
    path, long = tmp_path / "ann.jsonl", "\U0001f600" * 25_000_000
    path.write_bytes(_good(1, long) + _good(2) + b'{"id": 3, "text": "' + long.encode())
    items, problems = read(path, _template(label=Control(Kind.CHOICE, ["A"])))
    assert [len(i.inputs["text"]) for i in items] == [25_000_000, 5]
    assert problems.counts == {"doccano.row-broken": 1}


def test_spans_beyond_the_bmp_overlapping_at_the_ends_and_labels_with_quotes(
    read: Read, tmp_path: Path
) -> None:
    label: Any = 'a "b"\\\'c, #\n\u2028'
    text = "\U0001f468\u200d\U0001f469 \u2028e\u0301 \U0001d54f"
    spans: list[Any] = [
        [0, 3, label],
        [1, len(text), label],
        [len(text) - 1, len(text), label],
        [0, 3, label],
    ]
    outside = [[len(text) - 1, len(text) + 1, label], [len(text), len(text), label]]
    path = _lines(tmp_path / "ann.jsonl", {"id": 1, "text": text, "label": spans + outside, "Comments": []})
    (item,), problems = read(path, _template(spans=Control(Kind.SPANS, [label])))
    found = item.annotations[0].answers["spans"]
    assert [[s.start, s.end, s.label] for s in found] == spans
    assert [s.text for s in found] == [text[a:b] for a, b, _ in spans]
    assert problems.counts == {"doccano.span-outside": 2}


def test_csv_that_is_cut_off_or_of_another_encoding(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "ann.csv"
    template = _template(label=Control(Kind.CHOICE, ['say "A", B']))
    good = 'id,text,label,Comments\r\n1,"x\ny","say ""A"", B",\r\n'
    path.write_bytes(b"\xef\xbb\xbf" + good.encode())
    (item,), _ = read(path, template)
    assert item.inputs["text"] == "x\ny" and item.annotations[0].answers == {"label": 'say "A", B'}
    for content, code in ((good + '2,"cut', "doccano.row-broken"), (good + "2,caf\u00e9,,", "io.encoding")):
        path.write_bytes(content.encode("latin-1"))
        with pytest.raises(DataError) as caught:
            read(path, template)
        assert caught.value.problem.code == code


def test_what_an_administrator_alone_approved_is_a_draft_of_the_others(read: Read, tmp_path: Path) -> None:
    (tmp_path / "doccano.json").write_text('{"id": 1, "project_type": "DocumentClassification"}')
    for part, files in (
        ("answers", {"admin": _good(), "bob": _good()}),
        ("approved", {"admin": _good(), "bob": b""}),
    ):
        (tmp_path / part).mkdir()
        for name, content in files.items():
            (tmp_path / part / f"{name}.jsonl").write_bytes(content)
    (item,), problems = read(tmp_path, _template(label=Control(Kind.CHOICE, ["A"])))
    assert [(a.annotator, a.status) for a in item.annotations] == [
        ("admin", Status.SUBMITTED), ("bob", Status.DRAFT)
    ]  # fmt: skip
    assert problems.counts == {"doccano.unconfirmed": 1}


def test_lots_of_an_export_of_files_cannot_be_known(read: Read, data: Path) -> None:
    (first, *_), _ = read(data / "ImageClassification-individual-JSONL")
    assert first.lot is None
    (first, *_), _ = read(data / "SequenceLabeling-individual-JSONL")
    assert first.lot == lot_of(first.inputs["text"]) == name_of(first)
