"""The review sheet: a sample of items with everybody's answers and room for a reviewer's verdict.

As one self-contained HTML page and as CSV, from one value. It holds no time and no path.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from msgspec import Struct

from labelwright.formats.csv import BOM, as_cell, guard
from labelwright.report.pages import page
from labelwright.report.words import clean

SHORT = 120
LONGEST = 20_000  # characters of one value on the page; the CSV has all of it
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
VERDICTS = ("right", "wrong", "unclear")


class Shown(Struct):
    """Something an item shows: its name, its type (see ``Input``), its value, and the value in words.

    ``words`` empty: the value itself says it.
    """

    name: str
    type: str
    value: Any
    words: str = ""


class Question(Struct):
    """One question of an item: each annotator's answer, the consensus and whether they are tied."""

    control: str
    answers: dict[str, Any]
    consensus: Any = None
    tied: bool = False


class Reviewed(Struct):
    """One item of the sheet; ``reason`` is ``sample``, ``tie`` or ``edge case``."""

    item: str
    link: str
    reason: str
    inputs: list[Shown]
    questions: list[Question]
    annotators: list[str]


class Sheet(Struct):
    """A review sheet. ``items`` of ``total`` items were drawn with ``seed``."""

    template: str
    title: str
    source: str
    seed: int
    total: int
    items: list[Reviewed]


# --- CSV -----------------------------------------------------------------------------------------


def render_csv(sheet: Sheet) -> bytes:
    """One row per item (RFC 4180, with a byte order mark); no cell runs as a formula.

    ``answers.CONTROL`` is a JSON object of annotator and answer; a number that is an input stays one.
    """
    inputs = list(dict.fromkeys(shown.name for item in sheet.items for shown in item.inputs))
    controls = list(dict.fromkeys(q.control for item in sheet.items for q in item.questions))
    head = ["item", "link", "reason", *(f"input.{name}" for name in inputs)]
    for control in controls:
        head += [f"answers.{control}", f"consensus.{control}"]
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow([*map(guard, head), "annotators", "reviewer", "verdict", "comment"])
    for item in sheet.items:
        shown = {one.name: one.value for one in item.inputs}
        asked = {question.control: question for question in item.questions}
        cells: list[Any] = [item.item, item.link, item.reason, *(shown.get(name) for name in inputs)]
        for control in controls:
            question = asked.get(control)
            cells += [None, None] if question is None else [question.answers, question.consensus]
        cells += [" ".join(item.annotators), "", "", ""]
        writer.writerow([_cell(cell) for cell in cells])
    return BOM + held.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> str:
    """A cell; numbers that are numbers need no guard, texts that only look like them do."""
    text = as_cell(value)
    is_number = isinstance(value, int | float) and _NUMBER.fullmatch(text)
    return text if is_number else guard(text)


# --- HTML ----------------------------------------------------------------------------------------


def render_sheet(sheet: Sheet) -> bytes:
    """The page. Everything that comes from data is escaped; only http and https links become links."""
    drawn: str = page("review.html.j2", "page.css", "review.css").render(
        title=clean(sheet.title or sheet.template, SHORT),
        source=clean(sheet.source, SHORT),
        sheet=sheet,
        items=[_item(number, item) for number, item in enumerate(sheet.items, 1)],
        ties=sum(item.reason == "tie" for item in sheet.items),
        verdicts=VERDICTS,
    )
    return drawn.encode("utf-8", "backslashreplace")


def _item(number: int, item: Reviewed) -> dict[str, Any]:
    return {
        "number": number,
        "item": clean(item.item, SHORT),
        "link": item.link if item.link.startswith(("http://", "https://")) else "",
        "reason": item.reason,
        "inputs": [_shown(shown) for shown in item.inputs],
        "questions": [_question(question) for question in item.questions],
    }


def _shown(shown: Shown) -> dict[str, Any]:
    lines = _text(shown.words or shown.value).split("\n")
    return {"name": clean(shown.name, SHORT), "type": shown.type, "lines": [clean(line) for line in lines]}


def _question(question: Question) -> dict[str, Any]:
    answers = [
        {"who": clean(who, SHORT), "lines": [clean(line) for line in _text(answer).split("\n")]}
        for who, answer in sorted(question.answers.items())
    ]
    said = {as_cell(answer) for answer in question.answers.values() if answer is not None}
    return {
        "control": clean(question.control, SHORT),
        "answers": answers,
        "tied": question.tied,
        "split": len(said) > 1,
        "consensus": [clean(line) for line in _text(question.consensus).split("\n")],
    }


def _text(value: Any) -> str:
    """A value in words: a turn a line for a dialogue, JSON for what has a shape of its own."""
    if value is None:
        return "(no answer)"
    if isinstance(value, list) and value and all(isinstance(turn, dict) for turn in value):
        text = "\n".join(_turn(turn) for turn in value)
    elif isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        text = ", ".join(value) or "(none)"
    else:
        text = as_cell(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… (cut; the CSV has all of it)"


def _turn(turn: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {as_cell(value)}" for name, value in turn.items() if value not in (None, ""))
