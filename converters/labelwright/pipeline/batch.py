"""Makes the batch report of an export: what a conversion reports, without a training file."""

from __future__ import annotations

from pathlib import Path

from labelwright.agreement.variants import label_problems
from labelwright.io.atomic import Pending, must_not_exist, writing
from labelwright.pipeline.convert import Result, judged, unaccounted
from labelwright.pipeline.fitting import check_gate
from labelwright.pipeline.history import remember
from labelwright.pipeline.linted import RunLinter, render_spooled
from labelwright.pipeline.mediafiles import check_pictures
from labelwright.pipeline.observing import observe
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.outputs import WorkFolder
from labelwright.pipeline.pairs import POLICIES, PairPolicy
from labelwright.pipeline.parts import Progress
from labelwright.pipeline.reporting import make_report
from labelwright.pipeline.settings import Settings
from labelwright.problems import Problems, UsageError
from labelwright.report.html import render_html
from labelwright.report.json import render_json
from labelwright.report.markdown import render_markdown
from labelwright.report.model import Report

RENDERINGS = {
    ".html": lambda report: render_html(report).encode(),
    ".md": lambda report: render_markdown(report).encode(),
    ".json": render_json,
}


def batch_report(
    opened: Opened, settings: Settings, out: Path | None = None, progress: Progress | None = None
) -> Result:
    """Report on an export; ``out`` is a folder, or a file by whose ending the form is chosen.

    Raises ``UsageError`` for an ``out`` that cannot be meant, ``DataError`` for what stops a run.
    """
    check_gate(settings.template, settings.measure)
    check_pictures(settings)
    if settings.ties not in POLICIES:
        raise UsageError(f"--ties {settings.ties}: give one of {', '.join(POLICIES)}")
    targets = _targets(out, Path(opened.source.path), settings.force) if out is not None else []
    problems = Problems()
    template = opened.tool.adapt(opened.source, settings.template, problems)
    with WorkFolder(None) as folder, Pending() as pending:
        seen = observe(opened, settings, template, str(folder), progress, problems)
        gate = judged(seen.agreement, template, settings)
        problems.extend([*gate.problems, *label_problems(seen.agreement)])
        linter = RunLinter(template) if settings.lint else None
        policy = PairPolicy(settings.ties, settings.min_margin)
        paths, name = sorted(folder.glob("*.0.rows")), opened.source.name
        render_spooled(paths, template, name, policy, seen.state.counts, problems, linter)
        unaccounted(problems)
        report = make_report(opened, settings, template, seen, gate, problems, made=True)
        if linter is not None:
            linter.items(opened)
            report.lint = linter.finish()
        remember(report, opened.source, settings, problems)
        for target in targets:
            _put(pending, target, report)
        return Result(report, None, pending.commit(), not problems.errors)


def _targets(out: Path, source: Path, force: bool) -> list[Path]:
    """The files to write, none of which may be what is read."""
    if out.suffix in RENDERINGS and not out.is_dir():
        targets = [out]
    elif out.suffix and not out.is_dir():
        raise UsageError(f"{out.name}: name a folder, or a file that ends in {', '.join(RENDERINGS)}")
    else:
        if out.exists() and not out.is_dir():
            raise UsageError(
                f"{out} is a file; name a folder, or a file that ends in {', '.join(RENDERINGS)}"
            )
        targets = [out / f"report{ending}" for ending in RENDERINGS]
    for target in targets:
        if target.exists() and source.exists() and target.samefile(source):
            raise UsageError(f"{target} is what is read; name another file")
        must_not_exist(target, force)
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise UsageError(f"{source} is what is read; write to another folder")
    return targets


def _put(pending: Pending, target: Path, report: Report) -> None:
    handle = pending.file(target)
    with writing(target):
        handle.write(RENDERINGS[target.suffix](report))
