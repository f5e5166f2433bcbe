"""Makes one answer per control of an item's annotations: references first, then the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from labelwright.consensus._private import identity
from labelwright.contracts import (
    AnyRule,
    ConsensusRule,
    Control,
    Evidence,
    FittedModel,
    FittedRule,
    ModelRule,
    Outvoted,
    Template,
)
from labelwright.pipeline.margins import MarginRule, margin_of
from labelwright.pipeline.partstate import PartState
from labelwright.pipeline.together import Together
from labelwright.problems import UsageError
from labelwright.records import Annotation, Kind
from labelwright.registry import consensus_rules, pick

EACH = "each"
FALLBACK = "nearest"
STRICT = "unanimous"
# What people write in their own words, and the rule that serves it: no two write the same. Transcripts
# are written of one thing that was said, so there a vote comes first.
_WRITTEN = {Kind.TEXT: FALLBACK, Kind.JSON: FALLBACK, Kind.TRANSCRIPT: "majority"}


class Tie(Struct):
    """A control on which the rule could not decide, with the values it hesitates between.

    ``on`` and ``region`` tell the region control and its region, where only that region is tied.
    """

    control: str
    values: tuple[Any, ...]
    on: str = ""
    region: str = ""


class Outcome(Struct, gc=False):
    """The resolved answers of one item. ``ties`` empty: every control is decided.

    ``overruled`` names the controls for which a model decided on a value that nobody gave, ``outvoted``
    are by control the shapes and tracks that too few drew. ``left`` counts by control the annotators whose
    other answer is left out, since it belongs together with one that was not chosen.
    """

    answers: dict[str, Any]
    annotations: list[str]
    ties: list[Tie]
    reference: bool = False
    overruled: tuple[str, ...] = ()
    outvoted: dict[str, tuple[Outvoted, ...]] = {}
    left: dict[str, int] = {}


def serving(template: Template, name: str) -> dict[str, AnyRule]:
    """The rule that serves each control of the items when ``name`` is asked for.

    Written answers (text, json, transcript) go to a rule of their own, unless ``unanimous`` or, for
    transcripts, ``nearest`` was asked. Other kinds that the rule does not take go to the rule it
    names for them. The margin of a pair always goes to ``MarginRule``, and comes last: it is said by
    those who chose the resolved answer. Raises ``UsageError`` if there is no such rule, or if the rule
    would serve no control.
    """
    rules = consensus_rules()
    if name != EACH and name not in rules:
        pick("consensus rule", {**rules, EACH: None}, name)
    asked = rules[FALLBACK if name == EACH else name]
    items = {n: c for n, c in template.controls.items() if not c.on}
    if asked.others and not any(c.kind in asked.kinds for c in items.values()):
        kinds = ", ".join(sorted(asked.kinds))
        raise UsageError(
            f"consensus rule {name!r} serves no control of template {template.name} (kinds: {kinds})"
        )
    found: dict[str, AnyRule] = {}
    margin = margin_of(template)
    if margin is not None:
        items.pop(margin[0], None)
    for control, what in items.items():
        if what.kind in _WRITTEN and name not in (STRICT, FALLBACK):
            found[control] = rules[_WRITTEN[what.kind]]
        elif what.kind in asked.kinds:
            found[control] = asked
        elif asked.others:
            found[control] = rules[asked.others]
        else:
            raise UsageError(f"consensus rule {name!r} does not serve {control!r} (kind {what.kind})")
    return found if margin is None else {**found, margin[0]: margin[1]}


def fit(template: Template, name: str, state: PartState) -> dict[str, FittedRule]:
    """The models that a rule needs, by control, fitted to all answers."""
    return {
        control: rule.fit(
            template.controls[control],
            Evidence(state.agreement.patterns(control), state.gold.of(control, template.controls[control])),
        )
        for control, rule in serving(template, name).items()
        if isinstance(rule, ModelRule)
    }


class Resolver:
    """Applies one consensus rule to the controls of a template. Raises as ``serving`` does."""

    def __init__(
        self,
        template: Template,
        rule: str,
        needed: frozenset[str] | None = None,
        models: Mapping[str, FittedRule] | None = None,
    ) -> None:
        """Choose the rule for each control; ``models`` holds the fitted ones.

        A tie counts on ``needed`` controls only (None: on all).
        """
        self._together = Together(template)
        self._needed = frozenset(template.controls) if needed is None else needed | self._together.names
        self.each = rule == EACH
        self.name = rule
        self._models = models or {}
        self._controls: list[tuple[str, Control, ConsensusRule | FittedRule]] = [
            (
                name,
                _whole(template, name, needed),
                self._models[name] if isinstance(chosen, ModelRule) else chosen,
            )
            for name, chosen in serving(template, rule).items()
        ]

    def resolve(self, annotations: Sequence[Annotation]) -> Outcome:
        """One outcome for several annotations, which are sorted by annotator."""
        references = [a for a in annotations if a.reference]
        voters = references or annotations
        # A model knows more than the item's own votes; but a reference stands before every rule.
        models = {} if references else self._models
        if len(voters) == 1 and not models:
            only = voters[0]
            return Outcome(only.answers, [only.id], [], bool(references))
        resolved: dict[str, Any] = {}
        ties: list[Tie] = []
        overruled: list[str] = []
        outvoted: dict[str, tuple[Outvoted, ...]] = {}
        led = self._together.led(voters) if self._together.names else self._together.names
        for name, control, rule in self._controls:
            if name in led:
                continue
            if isinstance(rule, MarginRule):
                given = rule.given(name, voters, resolved)
            else:
                given = [(a.annotator, a.answers[name]) for a in voters if name in a.answers]
            if not given:
                continue
            if name not in models:
                first = given[0][1]
                for _, value in given:
                    if value != first:
                        break
                else:
                    resolved[name] = first
                    continue
            decision = rule.resolve(control, given)
            if decision.questions and name in self._needed:
                ties += [Tie(q.control, q.tied, name, q.region) for q in decision.questions]
            if decision.outvoted:
                outvoted[name] = decision.outvoted
            if not decision.tied:
                resolved[name] = decision.value
                if name in models and not _was_given(decision.value, given):
                    overruled.append(name)
            elif name in self._needed:
                ties.append(Tie(name, decision.tied))
        left = self._together.take(voters, resolved) if led else {}
        for name in self._together.names:  # a whole annotation is taken: nothing is outvoted
            outvoted.pop(name, None)
        ids = [a.id for a in voters]
        return Outcome(resolved, ids, ties, bool(references), tuple(overruled), outvoted, left)


def resolver_for_single(template: Template, rule: str) -> Resolver:
    """A resolver that sees one item at a time. Raises ``UsageError`` for a rule that must see all first."""
    if any(isinstance(one, ModelRule) for one in serving(template, rule).values()):
        raise UsageError(
            f"consensus rule {rule!r} is fitted to all items and decides none by itself; "
            "choose another with --consensus"
        )
    return Resolver(template, rule)


def _whole(template: Template, name: str, needed: frozenset[str] | None) -> Control:
    """The control with those asked of its regions and the quorum; what the target uses is required."""
    regions = {
        n: replace(c, required=c.required or (needed is not None and n in needed))
        for n, c in template.controls.items()
        if c.on == name
    }
    return replace(template.controls[name], regions=regions, kept_above=template.quality.quorum)


def _was_given(value: Any, given: Sequence[tuple[str, Any]]) -> bool:
    return any(identity(v) == identity(value) for _, v in given)


def described(rules: Mapping[str, AnyRule], models: Mapping[str, FittedModel]) -> dict[str, dict[str, Any]]:
    """Which rule served each control, and how well a model fits: what the manifest says of consensus."""
    found: dict[str, dict[str, Any]] = {}
    for control, rule in rules.items():
        found[control] = {"rule": rule.name}
        model = models.get(control)
        if model is not None and model.log_likelihood is not None:
            found[control] |= {
                "labels": model.labels,
                "marginals": model.marginals,
                "iterations": model.iterations,
                "log_likelihood": model.log_likelihood,
                "tolerance": model.tolerance,
                "converged": model.converged,
            }
    return found
