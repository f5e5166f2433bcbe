"""Weighted majority: votes that count by how often their annotator was right on gold items."""

from __future__ import annotations

from math import log

from labelwright.agreement.items import MISSING
from labelwright.consensus._private import Answers, distinct, identity
from labelwright.contracts import AnnotatorModel, Control, Decision, Evidence, FittedModel
from labelwright.records import Kind

DIGITS = 9  # sums of weights that differ less are a draw


class WeightedMajority:
    """The answer with the largest sum of votes, each weighed by its annotator's accuracy on gold items.

    Gold items are those that a gold file names and those with a reference (ground-truth) annotation; an
    annotator's answer is right if it equals the gold answer. With r of n right the accuracy is
    p = (r + 1) / (n + 2) (Laplace), and a vote weighs log((k - 1) p / (1 - p)), with k labels (at least
    2): the weight that gives independent votes the best chance of being right. A vote no better than
    chance weighs nothing.

    An annotator without gold items gets the accuracy of all annotators together. Without any gold item
    every vote weighs 1, as under `majority`; so it is where all votes on an item weigh nothing. Equal sums
    are a tie. Sources: Nitzan and Paroush 1982, International Economic Review 23(2), 289-297 (two
    labels); Li and Yu 2014, arXiv:1411.4086 (k labels).
    """

    name = "weighted-majority"
    kinds = frozenset({Kind.CHOICE, Kind.PREFERENCE, Kind.RATING, Kind.NUMBER, Kind.DATE})
    others = "majority"

    def fit(self, control: Control, evidence: Evidence) -> FittedWeights:
        """The weights for one control."""
        labels, answers, items = set(control.labels), dict[str, int](), 0
        for who, found in evidence.patterns.items():
            for pattern, count in found.items():
                given = [(a, v) for a, v in zip(who, pattern, strict=True) if v is not MISSING]
                items += count if given else 0
                for annotator, value in given:
                    answers[annotator] = answers.get(annotator, 0) + count
                    labels.add(value)
        right = sum(r for r, _ in evidence.gold.values())
        total = sum(n for _, n in evidence.gold.values())
        pooled = laplace(right, total) if total else None
        model = FittedModel(self.name, items)
        for annotator in sorted({*answers, *evidence.gold}):
            own_right, own = evidence.gold.get(annotator, (0, 0))
            accuracy = laplace(own_right, own) if own else pooled
            weight = 1.0 if accuracy is None else weight_of(accuracy, len(labels))
            model.annotators[annotator] = AnnotatorModel(answers.get(annotator, 0), accuracy, weight)
        unknown = 1.0 if pooled is None else weight_of(pooled, len(labels))
        return FittedWeights(model, unknown)


def laplace(right: int, total: int) -> float:
    """The smoothed share (right + 1) / (total + 2): 1/2 where nothing is known."""
    return (right + 1) / (total + 2)


def weight_of(accuracy: float, labels: int) -> float:
    """What a vote counts, at least 0; ``accuracy`` lies between 0 and 1, both excluded."""
    return round(max(0.0, log(max(labels - 1, 1) * accuracy / (1 - accuracy))), DIGITS)


class FittedWeights:
    """The weights for one control; ``unknown`` is the weight of annotators who are not in the model."""

    def __init__(self, model: FittedModel, unknown: float) -> None:
        """Keep the weights."""
        self.model = model
        self._unknown = unknown

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """The answer with the largest sum of weights."""
        sums = self._sums(answers, False)
        if not max(total for total, _ in sums.values()):
            sums = self._sums(answers, True)
        most = max(total for total, _ in sums.values())
        winners = [value for total, value in sums.values() if total == most]
        votes = sum(identity(v) == identity(winners[0]) for _, v in answers)
        if len(winners) > 1:
            return Decision(None, tuple(distinct(winners)), votes)
        return Decision(winners[0], (), votes)

    def _sums(self, answers: Answers, equal: bool) -> dict[object, tuple[float, object]]:
        """Each answer with the sum of its votes' weights; ``equal``: every vote weighs 1."""
        found: dict[object, tuple[float, object]] = {}
        for annotator, value in answers:
            known = self.model.annotators.get(annotator)
            weight = self._unknown if known is None or known.weight is None else known.weight
            total, first = found.get(identity(value), (0.0, value))
            found[identity(value)] = (round(total + (1.0 if equal else weight), DIGITS), first)
        return found


plugin = WeightedMajority()
