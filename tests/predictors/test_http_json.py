"""Any server of JSON: what it is sent and where in its answer what is, as a file says."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from chatting import ask, asking, codes, headers, question, shipped, small
from photos import encoded
from PIL import Image
from talking import Said, fails, talking

from labelwright.contracts import Control, Input, Outcome, Template
from labelwright.geometry.shapes import Box
from labelwright.predicting.model import Model
from labelwright.predictors._paths import JsonPath
from labelwright.problems import UsageError
from labelwright.records import Kind

MOOD = small(mood=Control(Kind.CHOICE, ["GOOD", "BAD"]))
SPANS = small(names=Control(Kind.SPANS, ["PER"]))
REQUEST = 'request = { text = "{{ inputs.text }}" }\n'
BOXES = Template("b", inputs={"image": Input("image")}, controls={"things": Control(Kind.SHAPES, ["CAT"])})


def answers(value: Any) -> Any:
    return lambda n, body: Said(json.dumps(value).encode())


def made(url: str, template: Template, folder: Path, told: str, **options: Any) -> Model:
    file = folder / "endpoint.toml"
    file.write_text(told, encoding="utf-8")
    return asking(url, template, kind="http-json", file=file, **options)


def asked(said: Any, template: Template, folder: Path, told: str, *files: bytes, **inputs: Any) -> Outcome:
    with talking(answers(said)) as talk:
        model = made(talk.url, template, folder, told)
        assert model.state == "ready", model.reason
        return ask(model, *files, **inputs)


def test_the_request_is_made_of_the_item_whatever_it_says(tmp_path: Path) -> None:
    told = """
headers = { X-Client = "lw" }
[request]
whole = "{{ inputs.text }}"
inside = "Say: {{ inputs.text | upper }}"
candidates = "{{ labels.mood }}"
joined = "{{ labels.mood | join(', ') }}"
options = { top = 1, wait = true, list = ["{{ inputs.text }}", 2.5] }
[answers.mood]
value = "label"
"""
    text = 'He said: "a\\b"\n{{ 7*7 }} \u05e9 😀'
    with talking(answers({"label": "GOOD"})) as talk:
        (tmp_path / "key").write_text("k3y")
        model = made(talk.url + "/classify?v=1", MOOD, tmp_path, told, key_file=tmp_path / "key")
        found = ask(model, text=text)
    assert found.answers == {"mood": "GOOD"} and found.problems == [] and found.score is None
    (heard,) = talk.heard
    assert heard.path == "/classify?v=1"
    assert headers(heard.headers)["x-client"] == "lw"
    assert headers(heard.headers)["authorization"] == "Bearer k3y"
    assert heard.body == {
        "whole": text,
        "inside": f"Say: {text.upper()}",
        "candidates": ["GOOD", "BAD"],
        "joined": "GOOD, BAD",
        "options": {"top": 1, "wait": True, "list": [text, 2.5]},
    }


def test_the_sandbox_holds(tmp_path: Path) -> None:
    told = 'request = "{{ inputs.text.__class__.__mro__ }}"\n[answers.mood]\nvalue = "x"\n'
    with talking(answers({})) as talk:
        found = ask(made(talk.url, MOOD, tmp_path, told), text="a")
    assert codes(found) == ["http-json.request-unmade"] and talk.heard == []


CHOICES: list[tuple[str, Any, Any, float | None, list[str]]] = [
    ('value = "r.label"\nscore = "r.p"', {"r": {"label": "BAD", "p": 0.75}}, "BAD", 0.75, []),
    ('value = "[0][0].label"', [[{"label": "BAD"}]], "BAD", None, []),
    ('value = "labels[0]"\nscore = "scores[0]"', {"labels": ["BAD"], "scores": [0.5]}, "BAD", 0.5, []),
    (
        'each = "[0][*]"\nlabel = "label"\nscore = "score"',
        [[{"label": "GOOD", "score": 0.2}, {"label": "BAD", "score": 0.8}]],
        "BAD",
        0.8,
        [],
    ),
    ('value = "r.label"', {"r": {}}, None, None, ["http-json.path-empty"]),
    ('value = "r.label"', [], None, None, ["http-json.path-empty"]),
    (
        'each = "r[*]"\nlabel = "x"',
        {"r": [{"y": 1}]},
        None,
        None,
        ["http-json.answer-unfit"],
    ),
    ('each = "r[*]"\nlabel = "x"', {"r": []}, None, None, []),
    ('each = "r[*]"', {"r": ["BAD", "GOOD"]}, "BAD", None, []),
    ('each = "q[*]"\nlabel = "x"', {"r": [{"x": "BAD"}]}, None, None, ["http-json.path-empty"]),
    ('each = "r[*]"\nlabel = "x"\nscore = "p"\nleast = 0.9', {"r": [{"x": "BAD", "p": 0.8}]}, None, None, []),
    ('value = "x"', {"x": "FAIR"}, None, None, ["predictor.label-unknown"]),
    ('value = "x"', {"x": {"y": 1}}, None, None, ["predictor.value-misfits"]),
    ('value = "x"\nscore = "p"', {"x": "BAD", "p": 75}, "BAD", None, ["http-json.answer-unfit"]),
    ('value = "x"\nscore = "p"', {"x": "BAD"}, "BAD", None, ["http-json.answer-unfit"]),
]


@pytest.mark.parametrize(("told", "said", "wanted", "score", "problems"), CHOICES)
def test_a_label_is_where_the_file_says(
    told: str, said: Any, wanted: Any, score: float | None, problems: list[str], tmp_path: Path
) -> None:
    found = asked(said, MOOD, tmp_path, f"{REQUEST}[answers.mood]\n{told}\n", text="a")
    assert (found.answers or {}).get("mood") == wanted
    assert found.score == score and codes(found) == problems


def test_what_it_hesitates_between_is_told(tmp_path: Path) -> None:
    told = f'{REQUEST}[answers.mood]\neach = "[*]"\nlabel = "x"\nscore = "p"\nleast = 0.6\n'
    said = [{"x": "GOOD", "p": 0.3}, {"x": "BAD", "p": 0.7}, {"x": "BAD", "p": "?"}]
    found = asked(said, MOOD, tmp_path, told, text="a")
    assert found.answers == {"mood": "BAD"} and found.shares == {"mood": {"GOOD": 0.3, "BAD": 0.7}}


@pytest.mark.parametrize(
    ("said", "wanted", "problems"),
    [
        ({"found": []}, {"names": ()}, []),
        ({"found": [{"from": 0, "to": 1, "is": "PER"}]}, 1, []),
        ({"entities": [{"from": 0, "to": 1, "is": "PER"}]}, None, ["http-json.path-empty"]),
        ({"error": "out of memory"}, None, ["http-json.path-empty"]),
        ({"found": {"from": 0}}, None, ["http-json.path-empty"]),
    ],
)
def test_nothing_found_is_not_the_same_as_nothing_said(
    said: Any, wanted: Any, problems: list[str], tmp_path: Path
) -> None:
    told = f'{REQUEST}[answers.names]\neach = "found[*]"\nlabel = "is"\nstart = "from"\nend = "to"\n'
    found = asked(said, SPANS, tmp_path, told, text="a b")
    assert codes(found) == problems
    assert (len((found.answers or {})["names"]) if wanted == 1 else found.answers) == wanted


def test_several_labels_are_those_that_are_sure_enough(tmp_path: Path) -> None:
    template = small(tags=Control(Kind.CHOICES, ["A", "B", "C"]))
    said = [{"label": x, "score": s} for x, s in (("C", 0.9), ("A", 0.6), ("B", 0.1))]
    told = f'{REQUEST}[answers.tags]\neach = "[*]"\nlabel = "label"\nscore = "score"\nleast = 0.5\n'
    found = asked(said, template, tmp_path, told, text="a")
    assert found.answers == {"tags": ("A", "C")} and found.score == 0.6


@pytest.mark.parametrize(
    ("offsets", "bounds", "problem"),
    [
        ("characters", (2, 6), ""),
        ("utf-16", (3, 7), ""),
        ("bytes", (5, 9), ""),
        ("utf-16", (1, 7), "http-json.answer-unfit"),
        ("bytes", (2, 9), "http-json.answer-unfit"),
        ("bytes", (5, 999), "http-json.answer-unfit"),
        ("characters", (2, 99), "predictor.value-misfits"),
        ("characters", (-1, 3), "http-json.answer-unfit"),
        ("characters", (1.5, 3), "http-json.answer-unfit"),
        ("characters", ("2", 3), "http-json.answer-unfit"),
    ],
)
def test_offsets_are_turned_into_code_points(
    offsets: str, bounds: tuple[Any, Any], problem: str, tmp_path: Path
) -> None:
    told = f"""{REQUEST}
[answers.names]
each = "entities[*]"
label = "type"
start = "at.from"
end = "at['to']"
score = "p"
offsets = "{offsets}"
"""
    said = {"entities": [{"type": "PER", "at": {"from": bounds[0], "to": bounds[1]}, "p": 0.5}]}
    found = asked(said, SPANS, tmp_path, told, text="😀 Anna!")
    assert codes(found) == ([problem] if problem else [])
    spans = (found.answers or {}).get("names") or ()
    assert [(x.start, x.end, x.text, x.score) for x in spans] == ([] if problem else [(2, 6, "Anna", 0.5)])


@pytest.mark.parametrize(
    ("told", "box"),
    [
        ('box = "box"\norder = "x1y1x2y2"', [40, 50, 200, 150]),
        ('box = "box"\norder = "xywh"', [40, 50, 160, 100]),
        ('box = "box"\norder = "y1x1y2x2"\nscale = "1000"', [250, 100, 750, 500]),
        ('box = "box"\norder = "cxcywh"\nscale = "1"', [0.3, 0.5, 0.4, 0.5]),
        (
            'sides = ["box.xmin", "box.ymin", "box.xmax", "box.ymax"]',
            {"xmin": 40, "ymin": 50, "xmax": 200, "ymax": 150},
        ),
    ],
)
def test_boxes_come_in_every_order_and_scale(told: str, box: Any, tmp_path: Path) -> None:
    request = 'request = { image = "{{ files.image }}" }\n'
    image = encoded(Image.new("RGB", (400, 200)))
    said = [{"label": "CAT", "score": 0.9, "box": box}, {"label": "CAT", "score": 0.2, "box": box}]
    file = f'{request}[answers.things]\neach = "[*]"\nlabel = "label"\nscore = "score"\nleast = 0.5\n{told}\n'
    with talking(answers(said)) as talk:
        found = ask(made(talk.url, BOXES, tmp_path, file), image, image="a.png")
    assert found.problems == [] and found.answers is not None
    (shape,) = found.answers["things"]
    assert shape.geometry == Box(40, 50, 160, 100) and shape.score == 0.9 and shape.origin == "prediction"
    assert talk.heard[0].body == {"image": base64.b64encode(image).decode()}


@pytest.mark.parametrize("box", [[1, 2, 3], [9, 9, 1, 1], "box", None, [1, 2, 3, "4"], [float("nan")] * 4])
def test_boxes_that_are_none_are_told(box: Any, tmp_path: Path) -> None:
    file = 'request = {}\n[answers.things]\neach = "[*]"\nlabel = "label"\nbox = "box"\n'
    image = encoded(Image.new("RGB", (400, 200)))
    found = asked([{"label": "CAT", "box": box}], BOXES, tmp_path, file, image, image="a.png")
    assert codes(found) in (["http-json.answer-unfit"], ["predictor.value-misfits"])
    assert found.answers is None, "that all are unfit is no answer that there are none"


def test_lines_of_a_document_with_their_words(tmp_path: Path) -> None:
    template = shipped("ocr-documents")
    file = """request = { image = "{{ files.image }}" }
[answers.lines]
each = "pages[*].lines[*]"
label = "kind"
box = "at"
[answers.lines.answers]
words = "text"
"""
    said = {"pages": [{"lines": [{"kind": "TEXT", "at": [1, 1, 9, 5], "text": "Hi"}]}, {"lines": []}]}
    found = asked(said, template, tmp_path, file, encoded(Image.new("RGB", (40, 20))), image="a.png")
    assert found.problems == [] and found.answers is not None
    assert [dict(x.answers) for x in found.answers["lines"]] == [{"words": "Hi"}]


def test_seconds_of_a_sound(tmp_path: Path) -> None:
    template = Template(
        "s", inputs={"audio": Input("audio")}, controls={"parts": Control(Kind.SEGMENTS, ["SPEECH"])}
    )
    paths = 'each = "[*]"\nlabel = "l"\nstart = "s"\nend = "e"\n'
    file = f'request = {{ a = "{{{{ inputs.audio }}}}" }}\n[answers.parts]\n{paths}'
    found = asked([{"l": "SPEECH", "s": 0.5, "e": 2}], template, tmp_path, file, audio="https://x/a.wav")
    assert found.answers is not None
    assert [(x.start, x.end, x.label) for x in found.answers["parts"]] == [(0.5, 2.0, "SPEECH")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said(b"<html>"), "remote.no-json"),
        (Said(b"[" * 100_000), "remote.no-json"),
        (fails(500), "remote.failed"),
        (fails(401), "remote.unauthorised"),
        (Said(b"{}" * 50, cut=7), "remote.cut-off"),
    ],
)
def test_what_goes_wrong_costs_its_item_alone(said: Said, code: str, tmp_path: Path) -> None:
    def answered(n: int, body: Any) -> Said:
        return said if body["text"] == "broken" else Said(b'{"x": "BAD"}')

    with talking(answered) as talk:
        model = made(talk.url, MOOD, tmp_path, f'{REQUEST}[answers.mood]\nvalue = "x"\n')
        given = ["a", "broken", "b"]
        found = model.predict([question(MOOD, str(n), text=t) for n, t in enumerate(given)])
    assert [codes(o) for o in found] == [[], [code], []]
    assert [o.answers for o in found] == [{"mood": "BAD"}, None, {"mood": "BAD"}]


def test_files_have_a_cap(tmp_path: Path) -> None:
    file = 'request = { f = "{{ files.image }}" }\n[answers.things]\neach = "[*]"\nlabel = "l"\nbox = "b"\n'
    with talking(answers([])) as talk:
        model = made(talk.url, BOXES, tmp_path, file, bytes=100)
        found = ask(model, encoded(Image.new("RGB", (400, 200))), image="a.png")
    assert codes(found) == ["http-json.file-too-large"] and talk.heard == []


def test_private_addresses_are_asked_only_if_that_is_said(tmp_path: Path) -> None:
    file = f'{REQUEST}[answers.mood]\nvalue = "x"\n'
    with talking(answers({"x": "BAD"})) as talk:
        found = ask(made(talk.url, MOOD, tmp_path, file, allow_private="no"), text="a")
    assert codes(found) == ["remote.private-address"] and talk.heard == []


def test_the_file_decides_the_version(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9"
    first = made(url, MOOD, tmp_path, f'{REQUEST}[answers.mood]\nvalue = "x"\n').version
    assert first == made(url, MOOD, tmp_path, f'{REQUEST}[answers.mood]\nvalue = "x"\n', retries=5).version
    assert first != made(url, MOOD, tmp_path, f'{REQUEST}[answers.mood]\nvalue = "y"\n').version


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("", "request"),
        ("request = ", "endpoint.toml"),
        (f"{REQUEST}answers = {{}}\n", "says nothing of mood"),
        (f'{REQUEST}[answers.other]\nvalue = "x"\n', "no control 'other'"),
        (f"{REQUEST}[answers.mood]\n", "needs value or each"),
        (f'{REQUEST}[answers.mood]\nvalue = "a..b"\n', "no path"),
        (f'{REQUEST}[answers.mood]\nvalue = "a[x]"\n', "no path"),
        (f'{REQUEST}[answers.mood]\neach = "a"\n', "has to end in"),
        (f'{REQUEST}[answers.mood]\nvalue = "x"\ntypo = 1\n', "typo"),
        (f'{REQUEST}[answers.mood]\neach = "[*]"\nleast = 0.5\n', "least needs each and score"),
        (f'{REQUEST}[answers.names]\nvalue = "x"\n', "needs each"),
        (f'{REQUEST}[answers.names]\neach = "[*]"\n', "needs start and end"),
        ('request = "{{ inputs.other }}"\n[answers.mood]\nvalue = "x"\n', "no inputs.other"),
        ('request = "{{ files.text }} {{ if }}"\n[answers.mood]\nvalue = "x"\n', "request"),
        (f'headers = {{ A = "b\\nc" }}\n{REQUEST}[answers.mood]\nvalue = "x"\n', "the header 'A'"),
        ('request = "{{ labels.none }}"\n[answers.mood]\nvalue = "x"\n', "no labels.none"),
    ],
)
def test_a_file_that_cannot_be_is_one_sentence(told: str, reason: str, tmp_path: Path) -> None:
    template = small(mood=MOOD.controls["mood"], names=SPANS.controls["names"])
    if "says nothing" in reason:
        template = MOOD
    model = made("http://127.0.0.1:9", template, tmp_path, told)
    assert model.state == "failed" and reason in model.reason


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", [{"a": [1, {"b c": 2}]}]),
        ("$", [{"a": [1, {"b c": 2}]}]),
        ("$.a[0]", [1]),
        ("a[-1]['b c']", [2]),
        ('a[1]["b c"]', [2]),
        ("a[*]", [1, {"b c": 2}]),
        ("a[7]", []),
        ("a.b", []),
        ("b[*]", []),
    ],
)
def test_paths(path: str, found: list[Any]) -> None:
    assert JsonPath(path, "x").find({"a": [1, {"b c": 2}]}) == found


@pytest.mark.parametrize("path", ["a.", "a b", "[*", "a[1.5]", "..", "a[]"])
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(UsageError, match="no path"):
        JsonPath(path, "x")
