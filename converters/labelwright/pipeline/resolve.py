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
STRICT = "unanimous"
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

    Written answers (text, json) are left to ``nearest``, unless ``unanimous`` was asked: no two people
    write the same. Raises ``UsageError`` if a rule cannot serve a control.
    """

    def __init__(self, template: Template, rule: str, needed: frozenset[str] | None = None) -> None:
        """Choose the rule for each control. A tie counts on ``needed`` controls only (None: on all)."""
        self._needed = frozenset(template.controls) if needed is None else needed
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
            if control.kind in _WRITTEN and chosen.name != STRICT:
                chosen = rules[FALLBACK]
            elif control.kind not in chosen.kinds:
                raise UsageError(f"consensus rule {rule!r} does not serve {name!r} (kind {control.kind})")
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
                    if not decision.tied:
                        resolved[name] = decision.value
                    elif name in self._needed:
                        ties.append(Tie(name, decision.tied))
                    break
            else:
                resolved[name] = first
        return Outcome(resolved, [a.id for a in voters], ties, bool(references))
