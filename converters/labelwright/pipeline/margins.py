"""How much better the chosen answer of a pair is: said by those who chose it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labelwright.consensus._private import Answers
from labelwright.contracts import Control, Decision, Template
from labelwright.records import Annotation, Kind
from labelwright.registry import consensus_rules


class MarginRule:
    """The median of what was said by the annotators whose preference is the resolved one.

    Who found the other answer better did not say how much better this one is. Of an ordinal choice it
    is the label in the middle, the lower of two; of ratings and numbers the mean of the two. It never
    ties, so that no pair waits for its margin.
    """

    name = "median"
    kinds = frozenset({Kind.RATING, Kind.NUMBER, Kind.CHOICE})
    others = ""

    def __init__(self, choice: str) -> None:
        """``choice`` names the control of the preference."""
        self.choice = choice

    def given(
        self, name: str, voters: Sequence[Annotation], resolved: Mapping[str, Any]
    ) -> list[tuple[str, Any]]:
        """The (annotator, margin) pairs of those who chose what was resolved; none of a tie held back."""
        if self.choice not in resolved:
            return []
        chosen = resolved[self.choice]
        return [
            (a.annotator, a.answers[name])
            for a in voters
            if name in a.answers and a.answers.get(self.choice) == chosen
        ]

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, value) pairs; at least one."""
        if control.kind is not Kind.CHOICE:
            return consensus_rules()["median"].resolve(control, answers)  # type: ignore[union-attr]
        steps = {label: place for place, label in enumerate(control.labels)}
        ordered = sorted([v for _, v in answers], key=lambda v: (steps.get(v, len(steps)), str(v)))
        value = ordered[(len(ordered) - 1) // 2]
        return Decision(value, (), ordered.count(value))


def margin_of(template: Template) -> tuple[str, MarginRule] | None:
    """The control of the pair's margin and the rule that serves it; None where no margin is asked."""
    spec = template.example
    margin, choice = (reference.partition(".")[2] for reference in (spec.margin, spec.choice))
    if spec.kind != "preference" or margin not in template.controls or choice not in template.controls:
        return None
    return margin, MarginRule(choice)
