"""One guess, checked: an outcome that a tool can be given."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from numbers import Real
from typing import Any

from labelwright.contracts import Asked, Guess, Outcome, Query, Template
from labelwright.predicting import problems as p
from labelwright.predicting.handing import tidied
from labelwright.predicting.labels import LabelMap
from labelwright.predicting.values import Fitting
from labelwright.problems import DataError, Place, Problem
from labelwright.records import Kind

FITTING = {
    Kind.SHAPES: ("image", "video"),
    Kind.TRACKS: ("video",),
    Kind.SEGMENTS: ("audio", "video"),
    Kind.TRANSCRIPT: ("audio", "video"),
    Kind.SPANS: ("text", "dialogue"),
}


def shown(template: Template, control: str) -> str:
    """The input that a control is about: the one it names, else the first that fits its kind."""
    asked = template.controls[control]
    if asked.input:
        return asked.input
    if asked.on in template.controls:
        return shown(template, asked.on)
    fitting = FITTING.get(asked.kind)
    names = [n for n, i in template.inputs.items() if fitting is None or i.type in fitting]
    return names[0] if names else ""


def lacking(query: Query, asked: Asked) -> list[str]:
    """The inputs that a predictor reads and an item does not have; one of several is enough."""
    missing = [n for n in asked.inputs if query.item.inputs.get(n) in (None, "")]
    return missing if len(missing) == len(asked.inputs) else []


def outcome(guess: Any, query: Query, asked: Asked, labels: LabelMap, predictor: str) -> Outcome:
    """What of a guess fits the project; what does not is said, and left out."""
    place = Place(item=str(query.item.key))
    if isinstance(guess, Problem):
        return Outcome(None, None, [tidied(guess)], _sizes(query))
    if not isinstance(guess, Guess):
        return Outcome(None, None, [p.NO_GUESS.at(place, predictor=predictor, found=type(guess).__name__)])
    found: list[Problem] = [tidied(one) for one in guess.problems]
    fitting = Fitting(query, labels, lambda name: shown(query.template, name), found)
    answers = {}
    for name, raw in guess.answers.items():
        if name not in asked.controls or name not in query.template.controls:
            found.append(p.UNKNOWN_CONTROL.at(place, control=name, predictor=predictor))
            continue
        value = fitting.value(name, raw)
        if value is not None:
            answers[name] = value
    score = fitting.score(_score(guess), place)
    kept = answers if answers or not (guess.answers or guess.problems) else None
    scored = ((n, fitting.score(raw, place)) for n, raw in guess.scores.items() if n in answers)
    own = {n: s for n, s in scored if s is not None}
    return Outcome(kept, score, found, _sizes(query, answers), own, _shares(guess, query, answers, labels))


def _shares(
    guess: Guess, query: Query, answers: Mapping[str, Any], labels: LabelMap
) -> dict[str, dict[str, float]]:
    """The probabilities of the project's labels, by control; those of labels that become one add up."""
    found: dict[str, dict[str, float]] = {}
    for name, given in guess.shares.items():
        if name not in answers or not isinstance(given, Mapping):
            continue
        own: dict[str, float] = {}
        for raw, share in given.items():
            label, value = labels.of(str(raw), query.labels(name)), _share(share)
            if label and value is not None:
                own[label] = min(1.0, own.get(label, 0.0) + value)
        if own:
            found[name] = own
    return found


def _share(raw: Any) -> float | None:
    """A number from 0 to 1; None where it is none."""
    if isinstance(raw, bool) or not isinstance(raw, Real) or raw < 0 or not raw <= 1:
        return None
    return float(raw)


def _sizes(query: Query, answers: Mapping[str, Any] | None = None) -> dict[str, tuple[int, int]]:
    """Sizes that the item lacks: of images that were opened, and of those that shapes were answered on.

    A tool that measures in percent can hold no shape without them.
    """
    for name, value in (answers or {}).items():
        if query.template.controls[name].kind is Kind.SHAPES and value and query.files is not None:
            image = shown(query.template, name)
            if query.size(image) is None:
                with suppress(DataError):  # who writes the shapes tells what was lost
                    query.file(image)
    return {name: size for name, size in query.seen.items() if query.item.size(name) is None}


def _score(guess: Guess) -> Any:
    """How sure the predictor is of the whole: as it says, else the mean of its answers."""
    if guess.score is not None:
        return guess.score
    scores = [s for raw in guess.scores.values() if (s := _share(raw)) is not None]
    if not scores:
        marks = [one for value in guess.answers.values() if isinstance(value, tuple) for one in value]
        scores = [s for m in marks if (s := _share(getattr(m, "score", None))) is not None]
    return sum(scores) / len(scores) if scores else None
