"""Describes versions of data sets for the record, by what lies in their folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from labelwright.problems import DataError, Place, ProblemType
from labelwright.quality.gate import ERRORS
from labelwright.quality.gold import BELOW
from labelwright.service.work.job import FileMade, VersionMade
from labelwright.state.manifest import file_entry
from labelwright.state.versions import VersionStore

DAMAGED = ProblemType(
    "service.version-damaged",
    "A version of a data set cannot be read",
    "{reason}",
    "Restore the folder from a backup, or remove the version: the next rebuild makes a new one.",
)


class _Measured(msgspec.Struct):
    value: float | None = None


class _Control(msgspec.Struct):
    measures: dict[str, _Measured] = {}


class _Gate(msgspec.Struct):
    state: str
    minimum: float
    measure: str
    controls: list[str] = []


class _Annotator(msgspec.Struct):
    accuracy: _Measured
    state: str = ""


class _Gold(msgspec.Struct):
    annotators: dict[str, _Annotator] = {}
    target: float | None = None


class _Report(msgspec.Struct):
    gate: _Gate
    controls: dict[str, _Control] = {}
    counts: dict[str, int] = {}
    problem_counts: dict[str, int] = {}
    gold: _Gold | None = None
    written: bool = True


def unrecorded(dataset: str, store: VersionStore, recorded: int) -> list[VersionMade]:
    """The versions behind the newest on record, oldest first. Raises ``DataError``."""
    return [describe(dataset, store.folder(n)) for n in store.numbers() if n > recorded]


def describe(dataset: str, folder: Path) -> VersionMade:
    """What a version's report and files say. Raises ``DataError``."""
    report = _read(folder)
    gold = report.gold or _Gold()
    missed = {n: a.accuracy.value for n, a in sorted(gold.annotators.items()) if a.state == BELOW}
    return VersionMade(
        dataset=dataset,
        number=int(folder.name),
        published=report.written,
        gate=report.gate.state,
        measure=report.gate.measure,
        agreement=_worst(report.gate, report.controls),
        threshold=report.gate.minimum,
        counts=report.counts,
        problems=report.problem_counts,
        files=_files(folder),
        gold_target=gold.target,
        gold_missed={name: value for name, value in missed.items() if value is not None},
    )


def row_of(project: str, build: str, made: VersionMade, at: float) -> dict[str, Any]:
    """A version as it is recorded."""
    row: dict[str, Any] = {"project": project, "build": build, "created_at": at}
    row |= {name: getattr(made, name) for name in _PLAIN}
    return row | {name: msgspec.json.encode(getattr(made, name)).decode() for name in _JSON}


_PLAIN = ("dataset", "number", "published", "gate", "measure", "agreement", "threshold")
_JSON = ("counts", "problems", "files")


def _read(folder: Path) -> _Report:
    try:
        (path,) = folder.glob("*report.json")
        return msgspec.json.decode(path.read_bytes(), type=_Report)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise DataError(DAMAGED.at(Place(source=str(folder)), reason=type(error).__name__)) from None


def _worst(gate: _Gate, controls: Mapping[str, _Control]) -> float | None:
    values = [
        measured.value
        for name in gate.controls
        if (measured := controls.get(name, _Control()).measures.get(gate.measure)) is not None
        and measured.value is not None
    ]
    worst = max if gate.measure in ERRORS else min
    return worst(values, default=None)


def _files(folder: Path) -> list[FileMade]:
    found = [file_entry(path, path.name) for path in sorted(folder.iterdir()) if path.is_file()]
    return [FileMade(f.name, f.bytes, f.sha256) for f in found]
