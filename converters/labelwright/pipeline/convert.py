"""Converts an export into a training file, or measures its agreement: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from labelwright.agreement.result import Agreement
from labelwright.agreement.variants import label_problems
from labelwright.contracts import DatasetTool, FolderFormat, SidedFormat, Template
from labelwright.io.atomic import Pending
from labelwright.pipeline.finishing import (
    FINISHED,
    companions,
    finish_rows,
    folder_format,
    is_empty,
    put,
    work_files,
)
from labelwright.pipeline.fitting import check_gate, check_kind, check_think_tag, check_ties
from labelwright.pipeline.history import remember
from labelwright.pipeline.mediafiles import check_media, check_pictures
from labelwright.pipeline.mediaplan import check_boxes
from labelwright.pipeline.observing import Observed, observe
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.outputs import Layout, WorkFolder, copy_into
from labelwright.pipeline.parts import Progress
from labelwright.pipeline.problems import (
    CONTRADICTION,
    DUPLICATE_ROWS,
    LOSS_REFUSED,
    NO_EXAMPLES,
    NOT_FOUND_AGAIN,
    UNACCOUNTED,
)
from labelwright.pipeline.reporting import make_report
from labelwright.pipeline.resolve import described
from labelwright.pipeline.settings import Settings
from labelwright.pipeline.straight import way
from labelwright.pipeline.wholefiles import check_files
from labelwright.problems import Place, Problems, UsageError
from labelwright.quality.gate import OFF, GateResult, judge
from labelwright.registry import dialect_of, dialects, formats
from labelwright.report.model import Report
from labelwright.state.manifest import Manifest, make_manifest
from labelwright.state.rowlog import repeats
from labelwright.state.splits import Splitter


class Result(Struct):
    """What a run made. ``files`` is empty if the gate, a loss or the lack of examples kept them back."""

    report: Report
    manifest: Manifest | None
    files: list[Path]
    clean: bool


def measure(opened: Opened, settings: Settings, progress: Progress | None = None) -> Result:
    """Agreement, gate and report of an export, without a training file. Raises ``DataError``."""
    check_gate(settings.template, settings.measure)
    check_pictures(settings)
    problems = Problems()
    template = opened.tool.adapt(opened.source, settings.template, problems)
    seen = observe(opened, settings, template, "", progress, problems)
    gate = judged(seen.agreement, template, settings)
    problems.extend([*gate.problems, *label_problems(seen.agreement)])
    unaccounted(problems)
    report = make_report(opened, settings, template, seen, gate, problems)
    remember(report, opened.source, settings, problems)
    return Result(report, None, [], not problems.errors)


def convert(
    opened: Opened,
    settings: Settings,
    target: Path | None,
    stdout: IO[bytes] | None = None,
    progress: Progress | None = None,
) -> Result:
    """Write the training file with its sidecars and report, unless the gate keeps it back.

    ``target`` None: the rows go to ``stdout`` and nothing else is written. Raises ``UsageError`` for
    an unknown target, ``DataError`` for a source that cannot be used or a disk that is full.
    """
    _check(settings)
    if isinstance(opened.tool, DatasetTool):  # has no annotators, who could agree
        settings = msgspec.structs.replace(settings, no_gate=True)
    problems = Problems()
    template = opened.tool.adapt(opened.source, settings.template, problems)
    check_kind(template, settings)
    sides = Splitter(settings.split, settings.seed).names
    several = folder_format(settings.target, target)
    layout, settings = _placed(target, sides, several, opened, settings)
    with WorkFolder(target) as folder, Pending() as pending:
        straight = "" if len(sides) > 1 or settings.lint else way(settings.target, several)
        seen = observe(opened, settings, template, str(folder), progress, problems, straight)
        gate = judged(seen.agreement, template, settings)
        problems.extend([*gate.problems, *label_problems(seen.agreement)])
        _repeats(folder, problems, settings, sides)
        finished = _finished(folder, seen, settings, template, problems, several)
        empty = not seen.state.counts.examples or is_empty(finished)
        check_files(finished, dict(zip(sides, seen.state.sides, strict=True)), settings, problems)
        kept = _may_appear(gate, problems, empty, settings)
        report = make_report(opened, settings, template, seen, gate, problems)
        report.written = kept
        if settings.lint:
            from labelwright.pipeline.linted import lint_run  # late: most runs ask for no rules

            report.lint = lint_run(opened, folder, settings, template, sides)
        remember(report, opened.source, settings, problems)
        if layout is None:
            if kept and stdout is not None:
                copy_into(stdout, finished, Path("standard output"))
            return Result(report, None, [], not problems.errors)
        manifest = _manifest(opened, seen, settings, template, report)
        put(pending, layout, folder, finished if kept else [], settings, report, manifest)
        files = pending.commit()
        layout.remove_stale(files)
        return Result(report, manifest, files, not problems.errors)


def _check(settings: Settings) -> None:
    """Refuse what can be refused before anything is read. Raises ``UsageError``."""
    if dialect_of(settings.target) is None and settings.target not in formats():
        known = ", ".join(sorted([*dialects(), *formats()]))
        raise UsageError(f"unknown target {settings.target!r}; there are: {known}")
    if settings.predictions and not getattr(formats().get(settings.target), "predictions", False):
        into = ", ".join(name for name, form in formats().items() if hasattr(form, "predictions"))
        raise UsageError(f"--predictions is for a tool that takes them in: {into}")
    check_think_tag(settings)
    check_ties(settings)
    check_gate(settings.template, settings.measure)
    check_boxes(settings.boxes, dialect_of(settings.target), settings.template)


def _manifest(
    opened: Opened, seen: Observed, settings: Settings, template: Template, report: Report
) -> Manifest:
    manifest = make_manifest(opened.source, template, settings.target, settings.deciding, report)
    manifest.consensus = described(seen.rules, report.models)
    manifest.settings |= seen.state.told
    return manifest


def _finished(
    folder: Path,
    seen: Observed,
    settings: Settings,
    template: Template,
    problems: Problems,
    several: FolderFormat | None,
) -> list[Path]:
    """The files that were written while the source was read, or are made of what was spooled."""
    if seen.state.written is not None:
        problems.merge(seen.state.written)
        return [folder / FINISHED]
    sides = Splitter(settings.split, settings.seed).names
    return finish_rows(folder, settings, template, problems, sides, several)


def _placed(
    target: Path | None,
    sides: tuple[str, ...],
    several: FolderFormat | None,
    opened: Opened,
    settings: Settings,
) -> tuple[Layout | None, Settings]:
    """Where the files go, which must be free. Raises ``UsageError``."""
    if target is None:
        check_media(settings, None)
        return None, settings
    layout = Layout(target, sides, several is not None, isinstance(several, SidedFormat))
    settings = msgspec.structs.replace(settings, media_folder=layout.media.name)
    check_media(settings, layout)
    layout.check(settings.force, Path(opened.source.path), companions(layout, settings))
    return layout, settings


def judged(agreement: Agreement, template: Template, settings: Settings) -> GateResult:
    """What the gate says, by the settings of a run."""
    if settings.no_gate:
        return GateResult(OFF, 0.0, settings.measure or template.quality.measure, [])
    unmeasured = settings.allow_unmeasured
    return judge(agreement, template, settings.min_agreement, settings.measure, unmeasured)


def _repeats(folder: Path, problems: Problems, settings: Settings, sides: tuple[str, ...]) -> None:
    for side, side_name in enumerate(sides):
        name = side_name if len(sides) > 1 else settings.target
        for repeat in repeats(work_files(folder, "log", side)):
            kind = DUPLICATE_ROWS if repeat.same else CONTRADICTION
            place = Place(source=name, line=repeat.second)
            problems.add(kind.at(place, first=repeat.first, second=repeat.second))


def unaccounted(problems: Problems) -> bool:
    """Whether objects are missing from a ledger, or from a single row; says how many."""
    missing = {leg: book for leg, book in problems.ledgers.items() if book.missing}
    for leg, book in missing.items():
        problems.add(UNACCOUNTED.at(missing=book.missing, taken=book.taken, leg=leg))
    return bool(missing) or NOT_FOUND_AGAIN.code in problems.counts


def _may_appear(gate: GateResult, problems: Problems, empty: bool, settings: Settings) -> bool:
    """Whether the training file may appear; says why not."""
    allowed = gate.state in ("passed", OFF)
    if problems.losses and not settings.allow_loss:
        problems.add(LOSS_REFUSED.at(count=problems.losses))
        allowed = False
    if unaccounted(problems):
        allowed = False
    if empty:
        problems.add(NO_EXAMPLES.at())
        allowed = False
    return allowed
