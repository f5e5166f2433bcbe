"""Items and labels before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelwright.contracts import Input, Template
from labelwright.problems import DataError, UsageError
from labelwright_plugins.label_studio.guidelines import to_html
from labelwright_plugins.label_studio.items import read_items
from labelwright_plugins.label_studio.labels import labels_of, parse, same, with_labels

TEMPLATE = Template("t", inputs={"text": Input("text"), "talk": Input("dialogue", required=False)})
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="c" toName="text">'
    '<Choice value="A" alias="a" hotkey="x"/><Choice value="B"/></Choices></View>'
)


def _file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_csv_keeps_line_breaks_and_drops_the_byte_order_mark(tmp_path: Path) -> None:
    path = _file(tmp_path, "i.csv", '\ufefftext,talk\r\n"a\nb","[{""author"": 1}]"\r\n'.encode())
    assert read_items(path, TEMPLATE) == [{"data": {"text": "a\nb", "talk": [{"author": 1}]}}]


def test_a_task_keeps_what_it_carries_and_is_no_ground_truth(tmp_path: Path) -> None:
    path = _file(tmp_path, "i.jsonl", b'{"data": {"text": "x"}, "annotations": [{"result": []}], "id": 9}\n')
    task = {"data": {"text": "x"}, "annotations": [{"ground_truth": False, "result": []}]}
    assert read_items(path, TEMPLATE) == [task]


@pytest.mark.parametrize(
    ("name", "data", "code", "line"),
    [
        ("i.csv", b"text\n\xff\n", "label-studio.items-encoding", 0),
        ("i.csv", b"text,more\na,b\nc\n", "label-studio.items-ragged", 3),
        ("i.csv", b"body\na\n", "label-studio.items-input-missing", 2),
        ("i.csv", b"text,text\na,b\n", "label-studio.items-unreadable", 1),
        ("i.csv", b"text,talk\na,b\n", "label-studio.items-unreadable", 2),
        ("i.csv", b"text\n", "label-studio.items-none", 0),
        ("i.json", b'{"text": "a"}', "label-studio.items-unreadable", 0),
        ("i.json", b"[", "label-studio.items-unreadable", 0),
        ("i.jsonl", b'{"text": "a"}\n{\n', "label-studio.items-unreadable", 2),
        ("i.jsonl", b'{"text": "a"}\n7\n', "label-studio.items-unreadable", 2),
    ],
)
def test_a_bad_file_is_told_with_its_line(
    tmp_path: Path, name: str, data: bytes, code: str, line: int
) -> None:
    with pytest.raises(DataError) as caught:
        read_items(_file(tmp_path, name, data), TEMPLATE)
    assert (caught.value.problem.code, caught.value.problem.place.line) == (code, line)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="items come as"):
        read_items(_file(tmp_path, "i.xlsx", b""), TEMPLATE)


def test_labels_replace_and_keep_attributes() -> None:
    changed = with_labels(CONFIG, ["B", "a", "C & D"])
    assert labels_of(changed) == {"c": {"a", "B", "C & D"}}
    options = [dict(o.attrib) for o in parse(changed).iter("Choice")]
    assert options[1] == {"value": "A", "alias": "a", "hotkey": "x"}
    assert same(changed, changed.replace("><", ">\n  <"))
    assert not same(CONFIG, changed)


@pytest.mark.parametrize("labels", [[""], ["A", "A"], []])
def test_useless_labels_are_refused(labels: list[str]) -> None:
    with pytest.raises(UsageError):
        with_labels(CONFIG, labels)


def test_a_configuration_with_entities_is_refused() -> None:
    with pytest.raises(DataError):
        parse('<!DOCTYPE x [<!ENTITY a "b">]><View/>')


def test_guidelines_are_escaped() -> None:
    markdown = "# A <b>\n\nOne\ntwo **three** `x<y`.\n\n- first\n  more\n- second\n\nEnd"
    assert to_html(markdown).split("\n") == [
        "<h1>A &lt;b&gt;</h1>",
        "<p>One two <strong>three</strong> <code>x&lt;y</code>.</p>",
        "<ul>",
        "<li>first more</li>",
        "<li>second</li>",
        "</ul>",
        "<p>End</p>",
    ]
