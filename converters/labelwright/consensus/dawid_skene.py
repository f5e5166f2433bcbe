"""Dawid-Skene: answers weighed by how each annotator is seen to confuse labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelwright.consensus._private import Answers, distinct, identity, plurality
from labelwright.contracts import AnnotatorModel, Control, Decision, Evidence, FittedModel
from labelwright.records import Kind

if TYPE_CHECKING:
    from labelwright.consensus._em import Answers as Coded
    from labelwright.consensus._em import Estimate

TOLERANCE = 1e-8  # of the log-likelihood, per answer
MOST = 1000  # iterations
ALIKE = 1e-9  # posteriors that differ less are a draw
DIGITS = 6
SHOWN_CELLS = 20_000  # cells of all confusion matrices that a report shows
KEPT = 1 << 16  # decisions that are remembered


class DawidSkene:
    """The most probable label under Dawid and Skene's model of annotators who err.

    Every annotator has a confusion matrix (how often they say k of an item that is j) and every label a
    share of the items. Both are estimated from all answers by expectation maximisation, without
    smoothing, from averaged votes. It stops when an iteration raises the log-likelihood by at most
    1e-8 per answer, or after 1000 iterations; the manifest tells which. Labels whose posteriors differ
    by less than 1e-9 are a tie. Nobody need answer every item.

    All annotations of an item have a say, also where they agree: the model may decide for a label that
    nobody gave, which is a warning (`consensus.overruled`). It learns from reference annotations as from
    any other; where an item has one, that one stands. An annotator who was not there when
    the model was fitted has no say; if nobody else answered, the plurality stands. A rating is taken
    as a category. Source: Dawid and Skene 1979, Applied Statistics 28(1), 20-28.
    """

    name = "dawid-skene"
    kinds = frozenset({Kind.CHOICE, Kind.PREFERENCE, Kind.RATING})
    others = "majority"

    def fit(self, control: Control, evidence: Evidence) -> FittedDawidSkene:
        """Estimate the model for one control."""
        from labelwright.consensus._em import code, estimate

        coded = code(evidence.patterns)
        return FittedDawidSkene(coded, estimate(coded, TOLERANCE, MOST) if coded.blocks else None)


class FittedDawidSkene:
    """The model of one control; ``estimate`` None: nobody answered it."""

    def __init__(self, coded: Coded, estimate: Estimate | None) -> None:
        """Keep what deciding needs; the answers themselves are not kept."""
        people, labels = coded.people, coded.labels
        self._labels, self._estimate = labels, estimate
        self._pairs = {(people[p], identity(labels[v])): i for i, (p, v) in enumerate(coded.pairs)}
        self._decided: dict[Any, Decision] = {}
        self.model = FittedModel(DawidSkene.name, coded.items, [str(v) for v in labels], tolerance=TOLERANCE)
        if estimate is not None:
            self.model.marginals = [round(m, DIGITS) for m in estimate.marginals.tolist()]
            self.model.iterations, self.model.converged = estimate.iterations, estimate.converged
            self.model.log_likelihood = round(estimate.log_likelihood, DIGITS)
            self.model.annotators = _annotators(coded, estimate)

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """The label of highest posterior."""
        key = tuple([(annotator, identity(value)) for annotator, value in answers])
        found = self._decided.get(key)
        if found is None:
            found = self._decide(answers, [self._pairs[pair] for pair in key if pair in self._pairs])
            if len(self._decided) < KEPT:
                self._decided[key] = found
        return found

    def _decide(self, answers: Answers, known: list[int]) -> Decision:
        from labelwright.consensus._em import scores

        if self._estimate is None or not known:
            return plurality([v for _, v in answers])
        posterior = scores(self._estimate, known)
        best = posterior >= posterior.max() - ALIKE
        labels = [v for v, top in zip(self._labels, best.tolist(), strict=True) if top]
        votes = sum(v == labels[0] for _, v in answers)
        if len(labels) > 1:
            return Decision(
                None, tuple(distinct(labels)), max(sum(v == w for _, v in answers) for w in labels)
            )
        return Decision(labels[0], (), votes)


def _annotators(coded: Coded, estimate: Estimate) -> dict[str, AnnotatorModel]:
    """Accuracy and confusion by annotator; rows of labels that an annotator never met are zero."""
    size = len(coded.labels)
    shown = len(coded.people) * size * size <= SHOWN_CELLS
    given, right = [0.0] * len(coded.people), [0.0] * len(coded.people)
    tables: list[list[list[float]]] = [[] for _ in coded.people]
    for at, (person, label) in enumerate(coded.pairs):
        given[person] += float(estimate.given[at])
        right[person] += float(estimate.right[at])
        if shown:
            table = tables[person] = tables[person] or [[0.0] * size for _ in range(size)]
            for truth, rate in enumerate(estimate.rates[at].tolist()):
                table[truth][label] = round(rate, DIGITS)
    return {
        name: AnnotatorModel(round(given[p]), round(right[p] / given[p], DIGITS), None, tables[p])
        for p, name in enumerate(coded.people)
        if given[p]
    }


plugin = DawidSkene()
