"""What makes an item worth answering: what the predictor hesitates on, and where people differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from labelwright.contracts import Outcome, Template
from labelwright.predicting.sureness import entropy, least_confidence, margin
from labelwright.problems import UsageError
from labelwright.quality.comparing import Comparer, marked, marked_texts
from labelwright.records import Annotation, Item, Kind, Value

LEAST_CONFIDENCE, MARGIN, ENTROPY = "least-confidence", "margin", "entropy"
MEASURES = (MARGIN, ENTROPY, LEAST_CONFIDENCE)


class Weigher:
    """Weighs items by a predictor's outcomes."""

    def __init__(self, template: Template, controls: Sequence[str], measure: str) -> None:
        """``measure`` is one of ``MEASURES``. Raises ``UsageError`` for another."""
        if measure not in MEASURES:
            raise UsageError(f"--uncertainty {measure}: give one of {', '.join(MEASURES)}")
        self._measure = measure
        self._controls = {name: template.controls[name] for name in controls}
        self._comparers = {name: Comparer(control) for name, control in self._controls.items()}
        self._template, self._texts = template, marked_texts(template)

    def uncertainty(self, outcome: Outcome) -> float | None:
        """From 0 to 1, that of the answer in most doubt; None where nothing is told.

        Where the shares of labels are not told, 1 minus the score stands for margin and entropy.
        """
        if outcome.answers is None:
            return None
        known = [u for name in self._controls if (u := self._of(outcome, name)) is not None]
        return max(known) if known else None

    def _of(self, outcome: Outcome, control: str) -> float | None:
        exclusive = self._controls[control].kind is not Kind.CHOICES
        found = None
        if self._measure == MARGIN:
            found = margin(outcome, control, exclusive)
        elif self._measure == ENTROPY:
            found = entropy(outcome, control, exclusive)
        return found if found is not None else least_confidence(outcome, control)

    def disagreement(self, item: Item, annotations: Sequence[Annotation], outcome: Outcome) -> float | None:
        """From 0 to 1: how far the answers of people and of the predictor are apart, two by two.

        It is 1 minus their mean score by the measures of agreement; None where there are not two answers.
        """
        voices = [a.answers for a in annotations]
        if outcome.answers:
            voices.append(outcome.answers)
        texts = marked(self._template, self._texts, item)
        scores: list[float] = []
        for name, comparer in self._comparers.items():
            given: list[Value] = [v[name] for v in voices if v.get(name) is not None]
            scores += [comparer.score(a, b, texts.get(name)) for a, b in combinations(given, 2)]
        return 1.0 - sum(scores) / len(scores) if scores else None


def weight(uncertainty: float | None, disagreement: float | None, told: bool) -> float:
    """Both together, as if either alone were reason enough: 1 - (1 - u)(1 - d).

    ``told``: the predictor says of some items how sure it is; one of which it says nothing is then as
    uncertain as can be. Where it says it of none, only disagreement weighs.
    """
    unsure = uncertainty if uncertainty is not None else 1.0 if told else 0.0
    return 1.0 - (1.0 - unsure) * (1.0 - (disagreement or 0.0))
