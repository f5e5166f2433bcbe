"""Answers that belong together: those of several controls taken from one annotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelwright.consensus._private import identity, order
from labelwright.contracts import Template
from labelwright.problems import UsageError
from labelwright.records import Annotation


class Together:
    """The controls that a template names under ``[quality] together``.

    A caption and the boxes of its phrases belong together: the boxes of one annotator would be tied to
    phrases that the caption of another does not contain. The consensus on the first control (of those that
    anybody answered) picks one annotation, the one whose answer it is; where the rule made an answer that
    nobody gave, the one whose answer is most like it, and that answer stands. Of several such annotations
    the one whose answers to the other controls are most like those of the others of them. The other
    controls have that annotation's answers, whole: no vote, no quorum and no tie.
    """

    def __init__(self, template: Template) -> None:
        """Take the names. Raises ``UsageError`` for fewer than two, or one that is not asked of items."""
        names = template.quality.together
        for name in names:
            if name not in template.controls or template.controls[name].on:
                raise UsageError(
                    f"template {template.name}: [quality] together names {name!r}, "
                    "which is no control that is asked of the item"
                )
        if len(set(names)) != len(names) or len(names) == 1:
            raise UsageError(f"template {template.name}: [quality] together needs two different controls")
        self._controls = {name: template.controls[name] for name in names}
        self.names = frozenset(names)

    def led(self, voters: Sequence[Annotation]) -> frozenset[str]:
        """The controls that consensus does not decide: all but the first of them that anybody answered."""
        return self.names - {self._lead(voters)}

    def _lead(self, voters: Sequence[Annotation]) -> str:
        return next((n for n in self._controls if any(n in a.answers for a in voters)), "")

    def take(self, voters: Sequence[Annotation], resolved: dict[str, Any]) -> dict[str, int]:
        """Set the answers of all these controls in ``resolved``, by what the leading one is resolved to.

        Returns by control how many voters answered otherwise than the annotation that is taken; of the
        leading control only where the rule had made another answer.
        """
        lead = self._lead(voters)
        if lead not in resolved:
            return {}
        voted = identity(resolved[lead])
        chosen = self._picked(lead, resolved[lead], voters)
        resolved.update({name: chosen.answers[name] for name in self._controls if name in chosen.answers})
        counts = {
            name: _others(name, chosen, voters)
            for name in self._controls
            if name != lead or identity(chosen.answers[lead]) != voted
        }
        return {name: count for name, count in counts.items() if count}

    def _picked(self, first: str, value: Any, voters: Sequence[Annotation]) -> Annotation:
        """The annotation that the consensus picks; no order of annotators decides between unlike ones."""
        from labelwright.consensus._likeness import likeness_of, nearest  # late: few templates need it

        having = [a for a in voters if first in a.answers]
        found = [a for a in having if identity(a.answers[first]) == identity(value)]
        if not found:
            like = likeness_of(self._controls[first])
            by_answer = sorted(having, key=lambda a: order(a.answers[first]))
            found = [max(by_answer, key=lambda a: like(value, a.answers[first]))]
            found = [a for a in having if identity(a.answers[first]) == identity(found[0].answers[first])]
        for name, control in self._controls.items():
            given = [a.answers[name] for a in found if name in a.answers]
            if name != first and len(given) > 1:
                best = identity(nearest(control, given).value)
                found = [a for a in found if name in a.answers and identity(a.answers[name]) == best]
        return found[0]


def _others(name: str, chosen: Annotation, voters: Sequence[Annotation]) -> int:
    """How many others answered a control otherwise than the chosen annotation."""
    own = identity(chosen.answers.get(name))
    return sum(name in a.answers and identity(a.answers[name]) != own for a in voters)
