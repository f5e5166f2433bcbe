"""Models of consensus in rows and words, for the renderings in text."""

from __future__ import annotations

from typing import NamedTuple

from labelwright.contracts import AnnotatorModel, FittedModel
from labelwright.report.words import clean, count, number

LABELS = 12  # of which a line gives the shares
CONFUSED = 2  # pairs of labels that a row names
OFTEN = 0.1  # share of a label's items from which on a confusion is named


class ModelRow(NamedTuple):
    """One annotator in a model; cells are empty where the model says nothing of them."""

    name: str
    answers: int
    accuracy: str
    weight: str
    confuses: str


def model_line(control: str, model: FittedModel) -> str:
    """What was fitted and how well, in one sentence."""
    said = f"{clean(control, 40)} by {clean(model.rule, 40)} over {count(model.items, 'item')}"
    if model.log_likelihood is not None:
        end = "converged" if model.converged else "not converged"
        iterations = count(model.iterations, "iteration")
        said += f": {iterations}, {end}, log-likelihood {model.log_likelihood:,.2f}"
    shares = list(zip(model.labels, model.marginals, strict=False))
    if shares:
        named = [f"{clean(label, 40)} {number(share)}" for label, share in shares[:LABELS]]
        named += [f"and {len(shares) - LABELS:,} more"] if len(shares) > LABELS else []
        said += f"; shares {', '.join(named)}"
    return said


def model_rows(model: FittedModel) -> list[ModelRow]:
    """The annotators who answered, the least accurate first."""
    people = [(n, a) for n, a in model.annotators.items() if a.answers]
    people.sort(key=lambda p: (p[1].accuracy is None, p[1].accuracy or 0.0, p[0]))
    return [
        ModelRow(clean(n, 60), a.answers, _known(a.accuracy), _known(a.weight), _confuses(model, a))
        for n, a in people
    ]


def _known(value: float | None) -> str:
    return "" if value is None else number(value)


def _confuses(model: FittedModel, annotator: AnnotatorModel) -> str:
    """The labels that an annotator most often gives instead of another."""
    found = [
        (-rate, truth, said)
        for truth, row in enumerate(annotator.confusion)
        for said, rate in enumerate(row)
        if truth != said and rate >= OFTEN
    ]
    return ", ".join(
        f"{clean(model.labels[said], 40)} for {clean(model.labels[truth], 40)} ({number(-rate)})"
        for rate, truth, said in sorted(found)[:CONFUSED]
    )
