"""The REST request of doccano's auto-labelling: ``/rest/NAME/TASK`` answers a list of labels.

doccano posts ``{"text": ...}`` (or asks ``?q=...``) for one example at a time and puts the answer through a
mapping template of the project. It looks at no status: whatever it gets it takes for labels, or fails on, so
that a failure is an empty list. It waits for 30 seconds at most, and its page stands still meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from labelwright.contracts import Files, HostAnswer, HostRequest, Outcome, Query, Served, Template
from labelwright.problems import DataError
from labelwright.records import Item, ItemKey, Kind, Span, Value
from labelwright_plugins.doccano.shown import SERVED, lot_of

log = logging.getLogger(__name__)
LONGEST = 25.0  # seconds: doccano's own server ends what takes 30
CATEGORY, SPAN, TEXT = "category", "span", "text"
KINDS = {
    CATEGORY: (Kind.CHOICE, Kind.CHOICES),
    SPAN: (Kind.SPANS,),
    TEXT: (Kind.TEXT, Kind.TRANSCRIPT),
}
ASKED = ("text", "q")  # under which names doccano sends what an example shows
PROBE = b"{}"  # what doccano sends so that it is known whether it gets through
MEDIA = ("image", "audio", "video")


class Backend:
    """One for all predictors that are served."""

    prefix = "rest"

    def __init__(self, patience: float = LONGEST) -> None:
        """``patience``: seconds to wait for a model."""
        self._patience = patience

    def at_once(self, request: HostRequest, served: Mapping[str, Served]) -> HostAnswer | None:
        """An empty list for what cannot be answered now, while a model still loads too."""
        model, task = _asked(request, served)
        if model is None or request.method not in ("GET", "POST"):
            return _empty(404)
        if not task:
            log.warning("predictor %s: the address must end with /category, /span or /text", model.name)
            return _empty(404)
        if request.method == "POST" and request.body == PROBE:
            return _empty(200)
        if model.state != "ready":
            log.warning("predictor %s was asked while it is %s", model.name, model.state)
            return _empty(503)
        return None

    def answer(
        self, request: HostRequest, served: Mapping[str, Served], files: Mapping[str, Files]
    ) -> HostAnswer:
        """The labels of one example."""
        model, task = _asked(request, served)
        if model is None:
            return _empty(404)
        try:
            given = request.query if request.method == "GET" else msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            given = None
        shown = next((given[x] for x in ASKED if x in given), None) if isinstance(given, Mapping) else None
        if not isinstance(shown, str):
            log.warning("predictor %s: the request has no text", model.name)
            return _empty(400)
        query = Query(_item(model.template, shown), model.template, files=files.get(model.name))
        outcome = self._outcome(model, query)
        if outcome is None:
            return _empty(504)
        codes = Counter(problem.code for problem in outcome.problems)
        if outcome.answers is None:
            return replace(_empty(503), codes=codes, items=1)
        made = labels(model.template, task, outcome.answers)
        return HostAnswer(200, msgspec.json.encode(made), codes=codes, items=1)

    def _outcome(self, model: Served, query: Query) -> Outcome | None:
        """What the model answers; None if it takes longer than doccano waits."""
        found: list[Outcome] = []

        def ask() -> None:
            try:
                found.extend(model.predict([query]))
            except DataError as error:
                found.append(Outcome(None, problems=[error.problem]))

        thread = threading.Thread(target=ask, name=f"ask {model.name}", daemon=True)
        thread.start()
        thread.join(self._patience)
        if not found:
            log.warning("predictor %s gave no answer within %g s", model.name, self._patience)
        return found[0] if found else None


def _asked(request: HostRequest, served: Mapping[str, Served]) -> tuple[Served | None, str]:
    """The predictor of a path, and its task: the last part, or the only one that its template has."""
    name, _, task = request.path.strip("/").partition("/")
    model = served.get(name)
    if model is None:
        return None, ""
    if not task:
        there = {k for k, kinds in KINDS.items() if any(c.kind in kinds for c in _controls(model.template))}
        task = there.pop() if len(there) == 1 else ""
    return model, task if task in KINDS else ""


def _controls(template: Template) -> list[Any]:
    return [c for c in template.controls.values() if not c.on]


def _item(template: Template, shown: str) -> Item:
    """An item that shows a text, or the file of which doccano sends the stored path."""
    name, type = _input(template)
    where = f"{SERVED}{shown}".lstrip("/") if type in MEDIA and "://" not in shown else shown
    # Which example it is, doccano does not tell: what it shows stands for it.
    return Item(ItemKey("", "", lot_of(shown)), {name: where}, [], lot=lot_of(shown))


def _input(template: Template) -> tuple[str, str]:
    """Name and type of the one input that doccano can fill."""
    known = ((n, i.type) for n, i in template.inputs.items() if i.type == "text" or i.type in MEDIA)
    return next(known, (ASKED[0], "text"))


def shown_in(template: Template) -> str:
    """What a predictor has to be shown: ``text``, ``image`` ..."""
    return _input(template)[1]


def labels(template: Template, task: str, answers: Mapping[str, Value]) -> list[dict[str, Any]]:
    """Answers as the labels of one task, in the order of the template's controls."""
    found: list[dict[str, Any]] = []
    for name, control in template.controls.items():
        if control.on or control.kind not in KINDS[task] or name not in answers:
            continue
        value = answers[name]
        several = value if isinstance(value, tuple | list) else [value]
        for one in several:
            if isinstance(one, Span):
                made: dict[str, Any] = {"label": one.label, "start_offset": one.start, "end_offset": one.end}
                if one.score is not None:
                    made["score"] = one.score
                found.append(made)
            else:
                found.append({"text" if task == TEXT else "label": one})
    return found


def _empty(status: int) -> HostAnswer:
    return HostAnswer(status, b"[]")


host = Backend()
