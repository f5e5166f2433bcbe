"""Makes one answer per control of an item's annotations: references first, then the rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from labelwright.contracts import ConsensusRule, Control, Template
from labelwright.problems import UsageError
from labelwright.records import Annotation, Kind
from labelwright.registry import consensus_rules, pick

EACH = "each"
FALLBACK = "nearest"
_WRITTEN = frozenset((Kind.TEXT, Kind.JSON))


class Tie(Struct):
    """A control on which the rule could not decide, with the values it hesitates between."""

    control: str
    values: tuple[Any, ...]


class Outcome(Struct, gc=False):
    """The resolved answers of one item. ``ties`` empty: every control is decided."""

    answers: dict[str, Any]
    annotations: list[str]
    ties: list[Tie]
    reference: bool = False


class Resolver:
    """Applies one consensus rule to the controls of a template.

    A rule that does not take a written kind (text, json) leaves it to ``nearest``. Raises
    ``UsageError`` if a rule cannot serve a control.
    """

    def __init__(self, template: Template, rule: str) -> None:
        """Choose the rule for each control."""
        rules = consensus_rules()
        if rule != EACH:
            pick("consensus rule", {**rules, EACH: None}, rule)
        self.each = rule == EACH
        self.name = rule
        self._controls: list[tuple[str, Control, ConsensusRule]] = []
        for name, control in template.controls.items():
            if control.on:
                continue
            chosen = rules[FALLBACK if self.each else rule]
            if control.kind not in chosen.kinds:
                if control.kind not in _WRITTEN:
                    raise UsageError(f"consensus rule {rule!r} does not serve {name!r} (kind {control.kind})")
                chosen = rules[FALLBACK]
            self._controls.append((name, control, chosen))

    def resolve(self, annotations: Sequence[Annotation]) -> Outcome:
        """One outcome for several annotations, which are sorted by annotator."""
        references = [a for a in annotations if a.reference]
        voters = references or annotations
        if len(voters) == 1:
            only = voters[0]
            return Outcome(only.answers, [only.id], [], bool(references))
        resolved: dict[str, Any] = {}
        ties: list[Tie] = []
        for name, control, rule in self._controls:
            given = [(a.annotator, a.answers[name]) for a in voters if name in a.answers]
            if not given:
                continue
            first = given[0][1]
            for _, value in given:
                if value != first:
                    decision = rule.resolve(control, given)
                    if decision.tied:
                        ties.append(Tie(name, decision.tied))
                    resolved[name] = decision.value
                    break
            else:
                resolved[name] = first
        return Outcome(resolved, [a.id for a in voters], ties, bool(references))
