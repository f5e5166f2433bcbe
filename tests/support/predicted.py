"""Predictors on small templates of text, as a project would use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from labelwright.contracts import Control, Input, Outcome, Query, Template
from labelwright.predicting.apart import Apart
from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find, name_of
from labelwright.predicting.model import Model
from labelwright.predicting.pipe import Answer, Request, job_of
from labelwright.predicting.process import Process
from labelwright.quality.lots import Lot
from labelwright.records import Item, ItemKey, Kind, Resolved

TOLD = Template(
    name="told",
    title="Told",
    inputs={"text": Input("text")},
    controls={"said": Control(Kind.CHOICE, labels=["A", "B", "WAIT"])},
)


def texts(kind: Kind, labels: Sequence[str] = (), **more: Any) -> Template:
    """A template that shows a text and asks one question about it."""
    return Template(
        "texts", inputs={"text": Input("text")}, controls={"asked": Control(kind, list(labels), **more)}
    )


def model(predictor: str, template: Template, options: Mapping[str, str] | None = None, **more: Any) -> Model:
    """A predictor, bound and loaded; fails where it cannot be."""
    kind = find(predictor)
    labels = more.pop("labels", None)
    made = Model(predictor, kind, bind(kind, template, options=options, **more), labels)
    made.load()
    assert made.state == "ready", made.reason
    return made


def apart(
    predictor: str, base: Path, template: Template, timeout: float = 20.0, *, lot: Lot | None = None,
    wait: float | None = None, options: Mapping[str, str] | None = None, folder: str = "", **more: Any,
) -> Apart:  # fmt: skip
    """A predictor in a process of its own, not yet started; ``more``: fields of its job."""
    kind = find(predictor, base)
    asked = bind(kind, template, options=options, folder=folder)
    name = name_of(kind)
    return Apart(
        Model(name, kind, asked), job_of(name, predictor, base, asked, **more), None, timeout, lot, wait=wait
    )


def patient(monkeypatch: pytest.MonkeyPatch, hangs: str = "hang") -> None:
    """What is asked for has a hundred times as long as it is given, but for items that hang.

    What hangs is given up as soon as ever, and what answers may be slow on a machine that has much to do.
    """

    def ask(process: Process, request: Request, seconds: float) -> Answer:
        hanging = any(hangs.encode() in bytes(raw) for raw in request.queries)
        return asked(process, request, seconds if hanging else 100 * seconds)

    asked = Process.ask
    monkeypatch.setattr(Process, "ask", ask)


def refused(predictor: str, template: Template, options: Mapping[str, str] | None = None, **more: Any) -> str:
    """Why a predictor cannot be loaded."""
    kind = find(predictor)
    made = Model(predictor, kind, bind(kind, template, options=options, **more))
    made.load()
    assert made.state == "failed"
    return made.reason


def told(outcomes: Sequence[Outcome]) -> list[str]:
    """What each says to ``TOLD``, or the code of why it says nothing."""
    return [o.answers["said"] if o.answers else o.problems[0].code for o in outcomes]


def item(text: str, name: str = "1") -> Item:
    return Item(ItemKey("s", "p", name), {"text": text}, [])


def queries(template: Template, given: Sequence[str], first: int = 0) -> list[Query]:
    return [Query(item(text, f"{n:06d}"), template) for n, text in enumerate(given, first)]


def settled(given: Sequence[tuple[str, Any]], control: str = "asked") -> list[Resolved]:
    """Items with their answers."""
    return [Resolved(item(text, f"{n:06d}"), {control: answer}) for n, (text, answer) in enumerate(given)]


def answered(made: Model, template: Template, *given: str, control: str = "asked") -> list[Any]:
    """The answers to texts; None where there is none. Fails on problems."""
    outcomes = made.predict(queries(template, given))
    assert [o.problems for o in outcomes] == [[] for _ in given]
    return [(o.answers or {}).get(control) for o in outcomes]
