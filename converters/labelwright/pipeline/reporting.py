"""Fills the report of a run."""

from __future__ import annotations

from collections.abc import Mapping

from labelwright import __version__
from labelwright.agreement.result import Agreement
from labelwright.contracts import Template
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.partstate import PartState, Work
from labelwright.pipeline.settings import Settings
from labelwright.problems import Problems
from labelwright.quality.gate import GateResult
from labelwright.report.model import AnnotatorWork, Report, reached_volume
from labelwright.state.splits import Splitter


def make_report(
    opened: Opened,
    settings: Settings,
    template: Template,
    state: PartState,
    agreement: Agreement,
    gate: GateResult,
    problems: Problems,
) -> Report:
    """The report of what a run found."""
    names = Splitter(settings.split, settings.seed).names
    return Report(
        version=__version__,
        template=template.name,
        title=template.title or template.name,
        tool=opened.tool.title,
        source=opened.source.name,
        target=settings.target,
        consensus=settings.rule if settings.target else "",
        counts=state.counts,
        agreement=agreement,
        gate=gate,
        problems=list(problems),
        problem_counts=dict(sorted(problems.counts.items())),
        problem_titles={p.code: p.title for p in problems if p.title},
        splits=dict(zip(names, state.sides, strict=True)) if settings.target else {},
        volume=reached_volume(state.counts.examples, template.quality.volumes),
        annotators=_annotators(state.work),
    )


def _annotators(work: Mapping[str, Work]) -> dict[str, AnnotatorWork]:
    return {
        name: AnnotatorWork(mine.annotations, mine.skipped, _median(mine.seconds))
        for name, mine in sorted(work.items())
    }


def _median(seconds: Mapping[int, int]) -> float | None:
    """The median of whole seconds with their counts; None where no time is known."""
    total = sum(seconds.values())
    if not total:
        return None
    ordered = sorted(seconds.items())

    def at(rank: int) -> int:
        seen = 0
        for second, count in ordered:
            seen += count
            if rank < seen:
                return second
        return ordered[-1][0]

    return (at((total - 1) // 2) + at(total // 2)) / 2
