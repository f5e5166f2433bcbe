"""Runs a source as often as gold needs: once, unless flags turn out useless or annotators fall short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from labelwright.contracts import Template
from labelwright.pipeline.goldpart import GoldPlan
from labelwright.pipeline.goldproblems import (
    BELOW_TARGET,
    EVERYTHING_FLAGGED,
    ITEM_ALL_FLAGGED,
    NOT_MEASURED,
    TARGET_UNUSED,
    UNREADABLE_GOLD,
    size_problem,
)
from labelwright.pipeline.partstate import PartState
from labelwright.pipeline.running import Run
from labelwright.pipeline.settings import Settings
from labelwright.problems import DataError, Place, Problems
from labelwright.quality.answerfile import UNKNOWN_ITEM, UNREADABLE_LINE, KnownAnswer, read_answers
from labelwright.quality.gold import BELOW, GoldReport, gold_report, untrusted
from labelwright.quality.goldmaking import mostly_flagged
from labelwright.quality.review import ReviewState

RunOnce: TypeAlias = Callable[[GoldPlan], Run]


def gold_plan(settings: Settings, template: Template, problems: Problems) -> GoldPlan:
    """The plan of a first run, from the files that the settings name.

    Raises ``UsageError`` for a file that cannot be opened, and ``DataError`` where gold could reach a
    training file because a line of the gold file cannot be read.
    """
    references = read_answers(settings.references, template, problems) if settings.references else {}
    return GoldPlan(
        _gold(settings, template, problems) if settings.gold else {},
        {item: known for item, known in references.items() if known.answers or known.rejected},
        trust_flags=settings.trust_flags,
        train=settings.train_on_gold,
    )


def _gold(settings: Settings, template: Template, problems: Problems) -> dict[str, KnownAnswer]:
    assert settings.gold is not None
    own = Problems()
    known = read_answers(settings.gold, template, own)
    unread = next((p for p in own if p.code == UNREADABLE_LINE.code), None)
    if unread is not None and settings.target and not settings.train_on_gold:
        raise DataError(UNREADABLE_GOLD.at(unread.place, reason=unread.message))
    problems.merge(own)
    return known


def settled(run: RunOnce, plan: GoldPlan, settings: Settings, template: Template) -> tuple[Run, GoldPlan]:
    """Run until the plan holds: flags that mean nothing are ignored, untrusted annotators left out.

    What a run counts of gold items and of annotators' work does not depend on who is trusted, so one
    more run settles each question.
    """
    ran = run(plan)
    counts = ran.state.counts
    flags = mostly_flagged(counts.references, counts.annotated)
    if flags and ran.state.gold.by_flag and not plan.trust_flags:
        plan = msgspec.structs.replace(plan, ignore_flags=True)
        ran = run(plan)
    target, state = settings.asked_gold, ran.state
    if target is not None and state.gold.items:
        short = untrusted(state.gold, template, state.work, target, settings.gold_least)
        if short:
            plan = msgspec.structs.replace(plan, untrusted=frozenset(short))
            ran = run(plan)
    return ran, plan


def report_gold(
    state: PartState,
    plan: GoldPlan,
    settings: Settings,
    template: Template,
    names: Mapping[str, str],
    problems: Problems,
) -> GoldReport | None:
    """What gold showed, with its problems; None where nothing of a run is about gold."""
    target = settings.asked_gold
    counts = state.counts
    flags = mostly_flagged(counts.references, counts.annotated) and not plan.trust_flags
    if flags:
        problems.forget(ITEM_ALL_FLAGGED)
        problems.add(EVERYTHING_FLAGGED.at(marked=counts.references, annotated=counts.annotated))
    _unknown(settings.gold, plan.known, state.gold.seen, problems)
    _unknown(settings.references, plan.references, state.gold.referred, problems)
    if target is not None and not state.gold.items:
        problems.add(TARGET_UNUSED.at(target=target))
    if not state.gold.items and not plan.known and not flags:
        return None
    report = gold_report(
        state.gold,
        template,
        names,
        target=target if state.gold.items else None,
        least_answers=settings.gold_least,
        flags_ignored=flags,
        trained=plan.train,
    )
    problems.extend(size_problem(report.items))
    asked = target or 0.0
    for person in sorted(plan.untrusted, key=lambda p: names[p]):
        one = report.annotators.get(names[person])
        if one is not None and one.state == BELOW:
            value = one.accuracy.value or 0.0
            problems.add(BELOW_TARGET.at(annotator=names[person], value=value, target=asked))
            continue
        items = one.items if one is not None else 0
        least = settings.gold_least
        problems.add(NOT_MEASURED.at(annotator=names[person], items=items, least=least, target=asked))
    return report


def _unknown(path: object, known: Mapping[str, KnownAnswer], seen: set[str], problems: Problems) -> None:
    """Say which items of a file of known answers the source does not have."""
    source = getattr(path, "name", "")
    for item, answer in known.items():
        if item not in seen:
            problems.add(UNKNOWN_ITEM.at(Place(source=source, line=answer.line, item=item), item=item))


def review_states(plan: GoldPlan, state: PartState) -> dict[str, int]:
    """How many items of the source are in which state of a review, by the file of references."""
    notes = [known.note for item, known in plan.references.items() if item in state.gold.referred]
    return {one.value: notes.count(one) for one in ReviewState if one in notes}
