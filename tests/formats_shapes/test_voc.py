"""Pascal VOC: files, folders, losses, and everything read back, CVAT's too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapesets import EXPORTS, balanced, drawing, png, read, shapes_of, shown, written

from labelwright.contracts import Control, Source
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import Box, Polygon, Polyline
from labelwright.problems import READ, WRITE, Problems
from labelwright.quality.validate import validate_file
from labelwright.records import Kind, Shape
from labelwright.registry import formats

GOLDEN = Path(__file__).parents[1] / "golden" / "formats" / "pascal_voc"
CODES = {
    "inverted": "voc.box-inverted",
    "no_bndbox": "voc.no-box",
    "nonnum": "voc.not-a-number",
    "escape": "voc.xml",
}
FILE = """<annotation><filename>a.jpg</filename>
<size><width>64</width><height>48</height><depth>3</depth></size><object><name>car</name>
<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object></annotation>"""


def documents(kind: str) -> list[bytes]:
    return [json.loads(line)["xml"].encode() for line in (GOLDEN / f"{kind}.jsonl").read_text().splitlines()]


def check(data: bytes) -> list[str]:
    return [p.code for p in formats()["voc"].check([data[:9], data[9:]], "a.xml")]


def test_good_files_are_clean() -> None:
    assert [check(data) for data in documents("good")] == [[]]


@pytest.mark.parametrize(
    ("data", "rule"),
    list(zip(documents("bad"), json.loads((GOLDEN / "rules.json").read_text())["bad"], strict=True)),
)
def test_bad_files_are_refused_for_their_reason(data: bytes, rule: dict[str, Any]) -> None:
    assert check(data) == [CODES[rule["rule"]]]


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (FILE.format(1, 1, 64, 48).encode(), []),
        (b'<?xml version="1.0" encoding="utf-8"?>' + FILE.format(1, 1, 64, 48).encode(), []),
        (b"\xef\xbb\xbf" + FILE.format(1, 1, 64, 48).encode(), []),
        (FILE.format(1, 1, 65, 48).encode(), ["voc.outside"]),
        (FILE.format(-1, 1, 60, 48).encode(), ["voc.outside"]),
        (FILE.format("nan", 1, 60, 48).encode(), ["voc.not-a-number"]),
        (FILE.format(5, 1, 5, 48).encode(), []),
        (b'<!DOCTYPE a [<!ENTITY x "y">]>' + FILE.format(1, 1, 2, 2).encode(), ["voc.xml"]),
        (b"<annotations/>", ["voc.xml"]),
        (b"\xff" + FILE.format(1, 1, 2, 2).encode(), ["text.encoding"]),
        (
            b"<annotation><object><bndbox/></object></annotation>",
            ["voc.no-file-name", "voc.no-size", "voc.no-name"],
        ),
        (FILE.format(1, 1, 9, 9).replace("<bndbox>", "<polygon/><bndbox>").encode(), ["voc.element-unread"]),
        (FILE.format(1, 1, 9, 9).replace("<bndbox>", "<part/><bndbox>").encode(), ["voc.element-unread"]),
    ],
)
def test_every_rule(data: bytes, codes: list[str]) -> None:
    problems = list(formats()["voc"].check([data], "a.xml"))
    assert [p.code for p in problems] == codes
    assert all(p.remedy and p.place.source == "a.xml" for p in problems)


def test_a_file_with_a_declaration_is_no_web_page(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b'<?xml version="1.0"?>' + FILE.format(1, 1, 64, 48).encode())
    problems = Problems()
    with path.open("rb") as stream:
        validate_file(stream, "a.xml", formats()["voc"], problems)
    assert len(problems) == 0


ASKED: dict[str, Any] = {
    "difficult": Control(Kind.CHOICE, labels=["true", "false"], on="objects"),
    "pose": Control(Kind.CHOICE, on="objects"),
    "doors": Control(Kind.NUMBER, on="objects"),
    "tags": Control(Kind.CHOICES, on="objects"),
}
SHAPE = Shape(
    Box(0, 10, 4, 5.25), "car", "1", occluded=True,
    answers=(("doors", 4), ("tags", ("a<b", "c")), ("difficult", "true"), ("pose", "Left")),
)  # fmt: skip
GOLD = """<annotation>
  <folder>JPEGImages</folder>
  <filename>s/a.png</filename>
  <source>
    <database>Unknown</database>
    <annotation>labelwright</annotation>
  </source>
  <size>
    <width>160</width>
    <height>120</height>
    <depth>3</depth>
  </size>
  <segmented>0</segmented>
  <object>
    <name>car</name>
    <pose>Left</pose>
    <truncated>0</truncated>
    <difficult>1</difficult>
    <occluded>1</occluded>
    <bndbox>
      <xmin>1</xmin>
      <ymin>11</ymin>
      <xmax>4</xmax>
      <ymax>15.25</ymax>
    </bndbox>
    <attributes>
      <attribute>
        <name>doors</name>
        <value>4</value>
      </attribute>
      <attribute>
        <name>tags</name>
        <value>["a&lt;b","c"]</value>
      </attribute>
    </attributes>
  </object>
</annotation>
"""


def test_a_folder_with_two_sides(tmp_path: Path) -> None:
    template = drawing(**ASKED)
    sides = {"train": [shown("s/a.png", [SHAPE])], "validation": [shown("b.png", [])], "test": []}
    files, problems = written("voc", tmp_path, sides, template)
    assert len(problems) == 0
    assert [*files] == [
        "Annotations/s/a.xml", "ImageSets/Main/train.txt", "Annotations/b.xml", "ImageSets/Main/val.txt",
        "ImageSets/Main/test.txt", "labelmap.txt",
    ]  # fmt: skip
    assert files["Annotations/s/a.xml"].decode() == GOLD
    assert files["ImageSets/Main/train.txt"] == b"s/a\n"
    assert files["labelmap.txt"].decode().splitlines()[1:] == ["background:::", "car:::", "road:::"]
    assert all(check(data) == [] for name, data in files.items() if name.endswith(".xml"))
    items, problems, _ = read("voc", tmp_path, template)
    assert [(i.key.item, i.meta["split"], i.sizes["image"]) for i in items] == [
        ("b.png", "val", (160, 120)),
        ("s/a.png", "train", (160, 120)),
    ]
    assert shapes_of(items[1]) == (SHAPE,)
    assert len(problems) == 0 and problems.ledger(READ).given == 1


def test_what_a_data_set_asks_is_inferred(tmp_path: Path) -> None:
    written("voc", tmp_path, {"train": [shown("s/a.png", [SHAPE])]}, drawing(**ASKED))
    _, _, template = read("voc", tmp_path)
    assert template.controls["objects"].labels == ["car", "road"]
    assert {n for n, c in template.controls.items() if c.on == "objects"} == {
        "difficult",
        "pose",
        "doors",
        "tags",
    }


@pytest.mark.parametrize(
    ("shape", "codes", "given"),
    [
        (Shape(Box(50, 50, 20, 10, 90), "car"), {"shape.rotation-lost": 1}, 1),
        (Shape(Polygon.of(((1, 1), (9, 1), (9, 9))), "car"), {"shape.written-as-box": 1}, 1),
        (Shape(Polyline(((1, 1), (9, 1))), "car"), {"shape.polyline-left-out": 1}, 0),
        (Shape(Box(5, 5, 0.5, 9), "car"), {"shape.no-extent": 1}, 0),
        (Shape(Box(-5, 5, 10, 9), "car"), {"shape.clipped": 1}, 1),
        (Shape(Box(5, 5, 9, 9), "car", score=0.5, z=2), {"shape.score-lost": 1, "shape.order-lost": 1}, 1),
        (Shape(Box(5, 5, 9, 9), "car", answers=(("note", "a\x01b"),)), {"voc.character": 1}, 1),
    ],
)
def test_what_is_lost_has_a_code(shape: Shape, codes: dict[str, int], given: int, tmp_path: Path) -> None:
    files, problems = written("voc", tmp_path, {"train": [shown("a.png", [shape])]}, drawing())
    assert problems.counts == codes
    assert check(files["Annotations/a.xml"]) == []
    assert problems.ledger(WRITE).given == given and balanced(problems)


def test_the_true_extent_of_a_turned_box(tmp_path: Path) -> None:
    files, _ = written(
        "voc", tmp_path, {"train": [shown("a.png", [Shape(Box(50, 50, 20, 10, 90), "car")])]}, drawing()
    )
    text = files["Annotations/a.xml"].decode()
    sides = [text.partition(f"<{side}>")[2].partition("<")[0] for side in ("xmin", "ymin", "xmax", "ymax")]
    assert sides == ["56", "46", "65", "65"]  # from 55, 45 to 65, 65


def test_cvats_own_export() -> None:
    path = EXPORTS / "task1__PASCAL_VOC_1.1.zip"
    assert formats()["voc"].recognise(Source(str(path), name=path.name), b"PK\3\4")  # type: ignore[attr-defined]
    items, problems, template = read("voc", path)
    assert [i.key.item for i in items] == [f"img_00{n}.jpg" for n in range(6)]
    assert [len(shapes_of(i)) for i in items] == [2, 0, 2, 0, 1, 0]
    assert {i.sizes["image"] for i in items} == {(160, 120)}
    first, second = shapes_of(items[0])
    assert first.geometry == Box(20, 20, 60, 50)
    assert dict(first.answers) == {
        "color": "red",
        "parked": "True",
        "doors": "4.0",
        "plate": 'AB 12 "x" <&>',
        "size": "m",
    }
    assert second.geometry == Box(30.5, 30.25, 29.5, 29.75, 30) and second.occluded
    assert [s.label for s in shapes_of(items[2])] == ["naïve—ярлык 你好", "any thing"]
    assert (
        template.controls["objects"].labels[0] == "car"
        and "background" not in template.controls["objects"].labels
    )
    assert template.controls["color"].only == ["car"]
    assert problems.counts == {"voc.masks-unread": 1}
    assert problems.ledger(READ).given == 5


def test_one_file_alone_and_files_beside_images(tmp_path: Path) -> None:
    data = FILE.format(1, 1, 64, 48)
    (tmp_path / "a.xml").write_text(data)
    (tmp_path / "a.png").write_bytes(png(64, 48))
    form: Any = formats()["voc"]
    for path, head in ((tmp_path / "a.xml", data.encode()), (tmp_path, b"")):
        assert form.recognise(Source(str(path), name=path.name), head) == "annotations"
        items, _, _ = read("voc", path)
        assert [s.geometry for s in shapes_of(items[0])] == [Box(0, 0, 64, 48)]


def test_broken_objects_are_lost_by_their_code(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    for number, data in enumerate(documents("bad")):
        (tmp_path / "Annotations" / f"{number}.xml").write_bytes(data)
    _, problems, _ = read("voc", tmp_path)
    assert problems.ledger(READ).lost == {"voc.box-inverted": 1, "voc.no-box": 1, "voc.not-a-number": 1}
    assert problems.counts["voc.xml"] == 1 and balanced(problems)


PART = st.floats(0, 1, allow_nan=False)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(PART, PART, PART, PART), max_size=4), st.text("ab<&>\"' é", min_size=1).map(str.strip)
)
def test_boxes_come_back(drawn: list[tuple[float, float, float, float]], label: str) -> None:
    import tempfile

    label = label or "x"
    shapes = [
        Shape(Box(x * 150, y * 110, 1 + w * (159 - x * 150), 1 + h * (119 - y * 110)), label)
        for x, y, w, h in drawn
    ]
    with tempfile.TemporaryDirectory() as folder:
        _, problems = written("voc", Path(folder), {"train": [shown("a.png", shapes)]}, drawing([label]))
        assert len(problems) == 0
        items, problems, _ = read("voc", Path(folder))
    assert len(problems) == 0
    for a, b in zip(shapes, shapes_of(items[0]), strict=True):
        assert b.label == label
        assert extent(b.geometry) == pytest.approx(extent(a.geometry), abs=1e-6)
