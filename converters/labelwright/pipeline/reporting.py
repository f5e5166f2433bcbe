"""Fills the report of a run."""

from __future__ import annotations

from collections.abc import Mapping

from labelwright import __version__
from labelwright.contracts import Template
from labelwright.pipeline.observing import Observed
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.partstate import Work
from labelwright.pipeline.settings import Settings
from labelwright.pipeline.strengths import Comparisons, strengths
from labelwright.problems import Ledger, Problems
from labelwright.quality.gate import GateResult
from labelwright.quality.signals import median
from labelwright.report.model import AnnotatorWork, Approximation, ModelStrengths, Report, reached_volume
from labelwright.state.splits import Splitter


def make_report(
    opened: Opened,
    settings: Settings,
    template: Template,
    seen: Observed,
    gate: GateResult,
    problems: Problems,
    *,
    made: bool = False,
) -> Report:
    """The report of what a run found; ``made``: examples were made though no file was asked for."""
    state = seen.state
    sides = Splitter(settings.split, settings.seed).names
    return Report(
        version=__version__,
        template=template.name,
        title=template.title or template.name,
        tool=opened.tool.title,
        source=opened.source.name,
        target=settings.target,
        consensus=settings.rule if settings.target or made else "",
        counts=state.counts,
        agreement=seen.agreement,
        gate=gate,
        problems=list(problems),
        problem_counts=dict(sorted(problems.counts.items())),
        problem_titles={p.code: p.title for p in problems if p.title},
        splits=dict(zip(sides, state.sides, strict=True)) if settings.target else {},
        volume=reached_volume(state.counts.examples, template.quality.volumes),
        annotators=_annotators(state.work),
        gold=seen.gold,
        signals=seen.signals,
        models=seen.models,
        strengths=_strengths(template, state.compared),
        reviews=seen.reviews,
        objects={leg: book for leg, book in problems.ledgers.items() if book != Ledger()},
        approximations=_approximations(problems),
        suggestions=seen.anchoring,
    )


def _approximations(problems: Problems) -> dict[str, Approximation]:
    titles = {p.code: p.title for p in problems}
    return {
        code: Approximation(problems.counts[code], bound, titles.get(code, ""))
        for code, bound in sorted(problems.bounds.items())
    }


def _strengths(template: Template, compared: Comparisons) -> dict[str, ModelStrengths]:
    found = strengths(compared)
    spec = template.example
    return {} if found is None else {(spec.choice or spec.ranking).partition(".")[2]: found}


def _annotators(work: Mapping[str, Work]) -> dict[str, AnnotatorWork]:
    return {
        name: AnnotatorWork(mine.annotations, mine.skipped, median(mine.seconds))
        for name, mine in sorted(work.items())
    }
