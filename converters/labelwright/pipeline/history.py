"""Puts a run into the history of batches, and reads from there how agreement developed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from labelwright.contracts import Source
from labelwright.pipeline.settings import Settings
from labelwright.problems import Place, Problems, ProblemType, Severity
from labelwright.quality.gold import GoldReport
from labelwright.quality.proportions import Proportion, proportion
from labelwright.report.batches import Batch, BatchControl, BatchLint
from labelwright.report.model import Report
from labelwright.state.history import Entry, History
from labelwright.state.manifest import source_files

DAMAGED = ProblemType(
    "history.damaged",
    "An entry of the history cannot be used",
    "{reason}; the batch is missing from the trend",
    "Restore the file from a copy, or remove it and measure that batch again.",
    Severity.WARNING,
)
SHOWN = 200  # batches that a report holds, the latest
ALPHA = "krippendorff_alpha"


def remember(report: Report, source: Source, settings: Settings, problems: Problems) -> None:
    """Append a run to the history and give the report its trend; nothing without a history.

    A batch measured again takes the place of its former figures; the former file stays. The same run
    twice adds nothing. Raises ``UsageError`` if the history is no folder, ``DataError`` if it cannot be
    written to.
    """
    report.batch = settings.batch.encode("utf-8", "backslashreplace").decode()
    if settings.history is None:
        return
    identity = _identity(source)
    report.batch = report.batch or identity[:8]
    history = History(settings.history)
    history.add(lambda entries: _addition(report, identity, entries))
    found = [b for e in history.entries() if (b := _decoded(e, problems)) is not None]
    report.trend = _latest([b for b in found if b.template == report.template])[-SHOWN:]
    _again(report, problems)


def _again(report: Report, problems: Problems) -> None:
    """Bring what the history has shown into a report that was made before."""
    report.problems = list(problems)
    report.problem_counts = dict(sorted(problems.counts.items()))
    report.problem_titles = {p.code: p.title for p in problems if p.title}


def _identity(source: Source) -> str:
    """The SHA-256 of what is read, whatever the file is called."""
    files = source_files(source)
    names = len(files) > 1
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name if names else ''}\0{file.sha256}\0".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _addition(report: Report, identity: str, entries: Sequence[Entry]) -> bytes | None:
    """What to append for this run; None if the history has it."""
    batch = _batch(report, identity)
    former = [b for e in entries if (b := _decoded(e, Problems())) is not None and _same(b, batch)]
    if former and former[-1].input == identity:  # a run that looks at less does not forget the rest
        batch.examples = former[-1].examples if batch.examples is None else batch.examples
        batch.lint = former[-1].lint if batch.lint is None else batch.lint
    if former and former[-1] == batch:
        return None
    encoded = msgspec.json.encode(batch, order="sorted")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def _same(a: Batch, b: Batch) -> bool:
    return (a.name, a.template) == (b.name, b.template)


def _decoded(entry: Entry, problems: Problems) -> Batch | None:
    place = Place(source=entry.name)
    if entry.content is None:
        problems.add(DAMAGED.at(place, reason="the file cannot be read, or is not what was once written"))
        return None
    try:
        return msgspec.json.decode(entry.content, type=Batch)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problems.add(DAMAGED.at(place, reason=f"the file holds no batch: {error}"))
        return None


def _latest(batches: Sequence[Batch]) -> list[Batch]:
    """One batch of each name: the place of its first figures, the content of its last."""
    found: dict[str, Batch] = {}
    for batch in batches:
        found[batch.name] = batch
    return list(found.values())


def _batch(report: Report, identity: str) -> Batch:
    gate, gold, lint = report.gate, report.gold, report.lint
    controls = {
        name: BatchControl(
            found.items,
            {n: found.measures[n] for n in dict.fromkeys((gate.measure, ALPHA)) if n in found.measures},
            _on_gold(gold, [name]),
        )
        for name, found in report.agreement.controls.items()
    }
    asked = gate.controls or list(controls)
    return Batch(
        report.batch,
        identity,
        report.template,
        report.counts.items,
        report.counts.annotations,
        report.agreement.annotators,
        gate.state,
        gate.measure,
        gate.minimum,
        controls,
        _on_gold(gold, asked),
        report.counts.examples if report.consensus else None,
        BatchLint(lint.summary.errors, lint.summary.warnings, lint.summary.notes) if lint else None,
    )


def _on_gold(gold: GoldReport | None, controls: Sequence[str]) -> Proportion | None:
    """How much of all annotators' answers on gold is right; None where there is none."""
    if gold is None:
        return None
    found = [a.controls[c].accuracy for a in gold.annotators.values() for c in controls if c in a.controls]
    answers = sum(p.n for p in found)
    return proportion(sum(p.n * (p.value or 0.0) for p in found), answers) if answers else None
