"""Converts an export into a training file, or measures its agreement: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from msgspec import Struct

from labelwright.agreement.result import Agreement
from labelwright.contracts import Format, Template
from labelwright.io.atomic import Pending, writing
from labelwright.pipeline.fitting import check_gate, check_kind, check_think_tag, check_ties
from labelwright.pipeline.history import remember
from labelwright.pipeline.linted import RunLinter, render_spooled
from labelwright.pipeline.observing import observe
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.outputs import Layout, WorkFolder, copy_into, joined_with, unspool
from labelwright.pipeline.pairs import PairPolicy
from labelwright.pipeline.parts import Progress
from labelwright.pipeline.problems import (
    CONTRADICTION,
    DUPLICATE_ROWS,
    LOSS_REFUSED,
    NO_EXAMPLES,
)
from labelwright.pipeline.reporting import make_report
from labelwright.pipeline.resolve import described
from labelwright.pipeline.settings import Settings
from labelwright.problems import Place, Problems, UsageError
from labelwright.quality.gate import OFF, GateResult, judge
from labelwright.registry import dialects, formats
from labelwright.report.html import render_html
from labelwright.report.json import render_json
from labelwright.report.markdown import render_markdown
from labelwright.report.model import Counts, Linted, Report
from labelwright.state.manifest import Manifest, file_entry, make_manifest
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
    check_gate(settings.template)
    problems = Problems()
    template = opened.tool.adapt(opened.source, settings.template, problems)
    seen = observe(opened, settings, template, "", progress, problems)
    gate = judged(seen.agreement, template, settings)
    problems.extend(gate.problems)
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
    if settings.target not in dialects() and settings.target not in formats():
        known = ", ".join(sorted([*dialects(), *formats()]))
        raise UsageError(f"unknown target {settings.target!r}; there are: {known}")
    check_think_tag(settings)
    check_ties(settings)
    check_gate(settings.template)
    problems = Problems()
    template = opened.tool.adapt(opened.source, settings.template, problems)
    check_kind(template, settings)
    sides = Splitter(settings.split, settings.seed).names
    layout = Layout(target, sides) if target is not None else None
    if layout is not None:
        layout.check(settings.force, Path(opened.source.path), _companions(layout, settings))
    with WorkFolder(target) as folder, Pending() as pending:
        seen = observe(opened, settings, template, str(folder), progress, problems)
        gate = judged(seen.agreement, template, settings)
        problems.extend(gate.problems)
        _repeats(folder, problems, settings, sides)
        finished = _finish_rows(folder, settings, template, problems, len(sides))
        empty = not seen.state.counts.examples or not any(p.stat().st_size for p in finished)
        kept = _may_appear(gate, problems, empty, settings)
        report = make_report(opened, settings, template, seen, gate, problems)
        report.written = kept
        if settings.lint:
            report.lint = _linted(opened, folder, settings, template, sides)
        remember(report, opened.source, settings, problems)
        if layout is None:
            if kept and stdout is not None:
                copy_into(stdout, finished, Path("standard output"))
            return Result(report, None, [], not problems.errors)
        manifest = make_manifest(opened.source, template, settings.target, settings.deciding, report)
        manifest.consensus = described(seen.rules, report.models)
        _write(pending, layout, folder, finished if kept else [], settings, report, manifest)
        files = pending.commit()
        layout.remove_stale(files)
        return Result(report, manifest, files, not problems.errors)


def judged(agreement: Agreement, template: Template, settings: Settings) -> GateResult:
    """What the gate says, by the settings of a run."""
    if settings.no_gate:
        return GateResult(OFF, 0.0, settings.measure or template.quality.measure, [])
    unmeasured = settings.allow_unmeasured
    return judge(agreement, template, settings.min_agreement, settings.measure, unmeasured)


def _repeats(folder: Path, problems: Problems, settings: Settings, sides: tuple[str, ...]) -> None:
    for side, side_name in enumerate(sides):
        name = side_name if len(sides) > 1 else settings.target
        for repeat in repeats(_work_files(folder, "log", side)):
            kind = DUPLICATE_ROWS if repeat.same else CONTRADICTION
            place = Place(source=name, line=repeat.second)
            problems.add(kind.at(place, first=repeat.first, second=repeat.second))


def _work_files(folder: Path, what: str, side: int) -> list[Path]:
    return sorted(folder.glob(f"*.{side}.{what}"))


def _finish_rows(
    folder: Path, settings: Settings, template: Template, problems: Problems, sides: int
) -> list[Path]:
    """One whole file per side in the work folder: the rows as they will appear."""
    finished = []
    for side in range(sides):
        path = folder / f"finished.{side}"
        parts = _work_files(folder, "rows", side)
        marked = settings.target in dialects() and dialects()[settings.target].file_rules.byte_order_mark
        if settings.target in dialects() and not marked:
            finished.append(_joined(parts))
            continue
        with writing(path), path.open("wb") as handle:
            if marked:
                handle.write(b"\xef\xbb\xbf")
                copy_into(handle, parts, path)
            else:
                chosen: Format = formats()[settings.target]
                for chunk in chosen.write(unspool(parts), template, problems):
                    handle.write(chunk)
        finished.append(path)
    return finished


def _joined(parts: list[Path]) -> Path:
    """Several files as one: the first, with the others behind it."""
    if len(parts) > 1:
        with writing(parts[0]), parts[0].open("ab") as handle:
            copy_into(handle, parts[1:], parts[0])
            for part in parts[1:]:
                part.unlink()
    return parts[0]


def _linted(
    opened: Opened, folder: Path, settings: Settings, template: Template, sides: tuple[str, ...]
) -> Linted:
    """What the lint rules say of the rows of a run, as they are written."""
    linter = RunLinter(template, len(sides))
    dialect = dialects().get(settings.target)
    linter.items(opened)
    for side, name in enumerate(sides):
        paths = _work_files(folder, "rows", side)
        if dialect is not None:
            linter.rows(paths, dialect, name if len(sides) > 1 else settings.target)
        else:
            counts, problems = Counts(), Problems()
            render_spooled(paths, template, name, PairPolicy(), counts, problems, linter)
    return linter.finish()


def _may_appear(gate: GateResult, problems: Problems, empty: bool, settings: Settings) -> bool:
    """Whether the training file may appear; says why not."""
    allowed = gate.state in ("passed", OFF)
    if problems.losses and not settings.allow_loss:
        problems.add(LOSS_REFUSED.at(count=problems.losses))
        allowed = False
    if empty:
        problems.add(NO_EXAMPLES.at())
        allowed = False
    return allowed


def _write(
    pending: Pending,
    layout: Layout,
    folder: Path,
    finished: list[Path],
    settings: Settings,
    report: Report,
    manifest: Manifest,
) -> None:
    for side, path in enumerate(finished):
        target = layout.rows(side)
        manifest.outputs.append(file_entry(path, target.name, report.splits[layout.sides[side]]))
        pending.adopt(path, target)
        pending.adopt(_joined(_work_files(folder, "provenance", side)), layout.provenance(side))
    if finished:
        for path, content in _companions(layout, settings).items():
            _put(pending, path, joined_with(path, content))
    adjudication = [p for p in _work_files(folder, "adjudication", 0) if p.stat().st_size]
    if adjudication:
        pending.adopt(_joined(adjudication), layout.beside("adjudication.jsonl"))
    _put(pending, layout.beside("manifest.json"), manifest.encode())
    _put(pending, layout.beside("report.json"), render_json(report))
    _put(pending, layout.beside("report.md"), render_markdown(report).encode())
    _put(pending, layout.beside("report.html"), render_html(report).encode())


def _companions(layout: Layout, settings: Settings) -> dict[Path, bytes]:
    """The files that the target's dialect wants beside the rows."""
    if settings.target not in dialects():
        return {}
    files = [layout.rows(side) for side in range(len(layout.sides))]
    found = dialects()[settings.target].companions(files)
    return {layout.target.with_name(name): content for name, content in found.items()}


def _put(pending: Pending, path: Path, content: bytes) -> None:
    handle = pending.file(path)
    with writing(path):
        handle.write(content)
