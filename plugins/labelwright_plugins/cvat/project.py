"""What is known of a CVAT project before any of its annotations: labels, attributes, tasks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element

from msgspec import Struct

_STEP = re.compile(r"\s*step\s*=\s*(\d{1,9})\s*$")
_ELEMENT = re.compile(r"<(line|circle)\b([^<>]*)>")
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
LARGEST_SVG = 1 << 20


class Attribute(Struct, frozen=True):
    """An attribute's definition. ``values``: of a number lowest, highest and step."""

    name: str
    input_type: str = "text"
    mutable: bool = False
    default: str = ""
    values: tuple[str, ...] = ()
    id: int = 0


class Label(Struct):
    """A label's definition. ``sublabels`` are the points of a skeleton, ``svg`` its drawing."""

    name: str
    type: str = "any"
    attributes: list[Attribute] = []
    sublabels: list[Label] = []
    svg: str = ""
    id: int = 0


class Task(Struct):
    """A task, or the part of one that a job shows.

    ``start`` and ``step`` tell the absolute number of a frame: frame n of the task is
    ``start + n * step`` of the film. ``segments`` are (job, first, last) in the task's own numbers.
    ``source`` is the film's file, ``job`` is set where the file is one job's, ``part`` names the
    file where it is one of several that name no task.
    """

    id: str = ""
    project: str = ""
    name: str = ""
    size: int = 0
    mode: str = ""
    start: int = 0
    step: int = 1
    subset: str = ""
    segments: list[tuple[str, int, int]] = []
    assignee: str = ""
    source: str = ""
    width: int = 0
    height: int = 0
    job: str = ""
    server: str = ""
    part: str = ""

    def relative(self, frame: int) -> int | None:
        """The task's own number of an absolute frame; None if the task does not show it."""
        number, rest = divmod(frame - self.start, self.step)
        return number if not rest and number >= 0 and (not self.size or number < self.size) else None


class Project(Struct):
    """Labels and tasks of one source. ``kind`` is project, task or job, or empty if it does not say."""

    kind: str = ""
    labels: list[Label] = []
    tasks: dict[str, Task] = {}
    version: str = "1.1"


def step_of(frame_filter: str) -> int:
    """The step of a frame filter such as ``step=2``; 1 without one."""
    found = _STEP.match(frame_filter)
    return max(1, int(found[1])) if found else 1


def labels_from_api(given: Iterable[dict[str, Any]]) -> list[Label]:
    """Labels as the API (and the Raw constructor) has them."""
    return [
        Label(
            str(one.get("name", "")),
            str(one.get("type") or "any"),
            [_attribute(a) for a in one.get("attributes") or ()],
            labels_from_api(one.get("sublabels") or ()),
            str(one.get("svg") or ""),
            int(one.get("id") or 0),
        )
        for one in given
    ]


def _attribute(given: dict[str, Any]) -> Attribute:
    values = given.get("values") or ()
    if isinstance(values, str):
        values = values.split("\n")
    return Attribute(
        str(given.get("name", "")),
        str(given.get("input_type") or "text"),
        bool(given.get("mutable")),
        str(given.get("default_value") or ""),
        tuple(map(str, values)),
        int(given.get("id") or 0),
    )


def project_from_xml(meta: Element) -> Project:
    """Labels and tasks as the ``<meta>`` of an XML file has them."""
    top = next((e for e in meta if e.tag in ("project", "task", "job")), None)
    if top is None:
        return Project()
    labels = _labels_from_xml(top.find("labels"))
    if top.tag == "project":
        project = _text(top, "id")
        tasks = [_task_from_xml(e) for e in top.iterfind("tasks/task")]
        for task in tasks:
            task.project = project
        return Project("project", labels, {t.id: t for t in tasks})
    task = _task_from_xml(top)
    if top.tag == "job":
        task.id, task.job = "", task.id
    return Project(top.tag, labels, {task.id: task})


def _labels_from_xml(found: Element | None) -> list[Label]:
    labels: list[Label] = []
    points: list[tuple[str, Label]] = []
    for one in found if found is not None else ():
        label = Label(
            _text(one, "name"),
            _text(one, "type") or "any",
            [
                Attribute(
                    _text(a, "name"),
                    _text(a, "input_type") or "text",
                    _text(a, "mutable").lower() == "true",
                    _text(a, "default_value"),
                    tuple(_text(a, "values").split("\n")),
                )
                for a in one.iterfind("attributes/attribute")
            ],
            [],
            _text(one, "svg"),
        )
        parent = _text(one, "parent")
        if parent:
            points.append((parent, label))
        else:
            labels.append(label)
    for parent, label in points:
        for figure in labels:
            if figure.name == parent:
                figure.sublabels.append(label)
    return labels


def _task_from_xml(top: Element) -> Task:
    segments = [
        (_text(s, "id"), _number(s, "start"), _number(s, "stop")) for s in top.iterfind("segments/segment")
    ]
    segments.sort(key=lambda s: s[1])
    url = _text(top, "segments/segment/url")
    return Task(
        _text(top, "id"),
        "",
        _text(top, "name"),
        _number(top, "size"),
        _text(top, "mode"),
        _number(top, "start_frame"),
        step_of(_text(top, "frame_filter")),
        _text(top, "subset"),
        segments,
        _text(top, "assignee/username"),
        _text(top, "source"),
        _number(top, "original_size/width"),
        _number(top, "original_size/height"),
        "",
        url.partition("/api/")[0] if "/api/" in url else "",
    )


def _text(element: Element, path: str) -> str:
    found = element.find(path)
    return (found.text or "").strip() if found is not None else ""


def _number(element: Element, path: str) -> int:
    text = _text(element, path)
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def edges_of(label: Label) -> list[list[str]]:
    """The lines of a skeleton's drawing as pairs of point names, where the drawing tells."""
    if len(label.svg) > LARGEST_SVG:
        return []
    names = {str(s.id): s.name for s in label.sublabels}
    nodes: dict[str, str] = {}
    lines: list[tuple[str, str]] = []
    for tag, inside in _ELEMENT.findall(label.svg):
        given = {k: _plain(a or b) for k, a, b in _ATTRIBUTE.findall(inside)}
        if tag == "circle":
            name = given.get("data-label-name") or names.get(given.get("data-label-id", ""), "")
            nodes[given.get("data-node-id", "")] = name
        else:
            lines.append((given.get("data-node-from", ""), given.get("data-node-to", "")))
    joints = {s.name for s in label.sublabels}
    ends = [[nodes.get(a, ""), nodes.get(b, "")] for a, b in lines]
    return [pair for pair in ends if pair[0] in joints and pair[1] in joints]


def _plain(text: str) -> str:
    for sign, code in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;"), ("&", "&amp;")):
        text = text.replace(code, sign)
    return text
