"""The manifest of a data set: what it was made from, how, and what came out."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from labelwright import __version__
from labelwright.contracts import Source, Template


class FileEntry(Struct):
    """A file by its bare name; ``rows`` is 0 where they are not counted."""

    name: str
    bytes: int
    sha256: str
    rows: int = 0


class Manifest(Struct):
    """Same input, template and settings: same manifest, byte for byte."""

    labelwright: str
    template: str
    template_sha256: str
    label_config_sha256: str
    target: str
    settings: dict[str, Any]
    inputs: list[FileEntry]
    counts: dict[str, int]
    problems: dict[str, int]
    gate: str
    agreement: dict[str, dict[str, float | None]]
    consensus: dict[str, dict[str, Any]] = {}  # by control: the rule that served it, and how its model fits
    outputs: list[FileEntry] = []
    objects: dict[str, Any] = {}  # ledgers of shapes and tracks by leg: taken, given, lost by code
    approximations: dict[str, Any] = {}  # what was written nearly, by code: count, bound, title

    def encode(self) -> bytes:
        """As JSON that people can read."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=2) + b"\n"


def make_manifest(
    source: Source, template: Template, target: str, settings: dict[str, Any], report: Any
) -> Manifest:
    """Describe a run; ``report`` gives counts, problems, gate, agreement and objects."""
    label_config = source.label_config
    return Manifest(
        __version__,
        template.name,
        _template_hash(template),
        hashlib.sha256(label_config.encode()).hexdigest() if label_config else "",
        target,
        settings,
        source_files(source),
        msgspec.structs.asdict(report.counts),
        report.problem_counts,
        report.gate.state,
        {
            control: {name: m.value for name, m in sorted(found.measures.items())}
            for control, found in sorted(report.agreement.controls.items())
        },
        objects=msgspec.to_builtins(report.objects),
        approximations=msgspec.to_builtins(report.approximations),
    )


def file_entry(path: Path, name: str, rows: int = 0) -> FileEntry:
    """Hash one file under its bare name."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as handle:
        while chunk := handle.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return FileEntry(name, size, digest.hexdigest(), rows)


def content_entry(content: bytes, name: str) -> FileEntry:
    """The entry of a file whose content is at hand."""
    return FileEntry(name, len(content), hashlib.sha256(content).hexdigest())


def source_files(source: Source) -> list[FileEntry]:
    """The files that a source reads, by name."""
    path = Path(source.path)
    if path.is_file():
        return [file_entry(path, source.name)]
    found = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
    return [file_entry(p, p.relative_to(path).as_posix()) for p in found]


def _template_hash(template: Template) -> str:
    """A digest of the files that decide what a template does."""
    digest = hashlib.sha256()
    for path in sorted(Path(template.folder).glob("*")):
        if path.suffix in (".toml", ".xml") or path.name == template.checks.schema:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
