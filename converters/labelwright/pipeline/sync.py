"""Pull what changed, convert, report: safe to run again and again from a scheduler."""

from __future__ import annotations

import importlib
from pathlib import Path

from msgspec import Struct

from labelwright.contracts import Tool
from labelwright.pipeline.convert import Result, convert
from labelwright.pipeline.opening import open_source
from labelwright.pipeline.parts import Progress
from labelwright.pipeline.settings import Settings
from labelwright.problems import UsageError
from labelwright.state.manifest import Manifest
from labelwright.state.versions import VersionStore

TRAIN = "train.jsonl"


class SyncResult(Struct):
    """What a sync did. ``version`` is the folder in force; ``changed``: it is a new one."""

    changed: bool
    version: Path | None
    clean: bool
    gate: str
    result: Result


def sync(
    tool: Tool, project: str, settings: Settings, out: Path, url: str = "", progress: Progress | None = None
) -> SyncResult:
    """Bring the data set below ``out`` up to date with a project.

    A new version appears when the annotations, the template or the settings changed; else nothing is
    written. Raises ``DataError`` if the server cannot be used or another run is at work.
    """
    store = VersionStore(out)
    with store.locked():
        pulled = pull(tool, project, store.source, url)
        return publish(tool, pulled, settings, store, progress)


def pull(tool: Tool, project: str, folder: Path, url: str = "") -> Path:
    """Bring a folder up to date with a project; what is to be read of it. Raises ``DataError``."""
    where = tool.capabilities.get("sync")
    if where is None:
        raise UsageError(f"{tool.name} cannot be synchronised")
    module, _, function = where.partition(":")
    return Path(getattr(importlib.import_module(module), function)(project, folder, url or None).export)


def publish(
    tool: Tool, pulled: Path, settings: Settings, store: VersionStore, progress: Progress | None = None
) -> SyncResult:
    """Convert what was pulled; a new version appears only where something differs from the newest.

    Where nobody's answer is left at all, ``latest`` points to nothing: an older version would hold work that
    was deleted.
    """
    opened = open_source(str(pulled), tool=tool.name)
    with store.new() as folder:
        result = convert(opened, settings, folder / _name(settings), progress=progress)
        newest = store.newest()
        good = bool(result.manifest and result.manifest.outputs)
        if not result.report.counts.annotated:
            store.withdraw()
        if newest is not None and _same(newest, result.manifest):
            if good:
                store.point(newest)
            return SyncResult(False, newest, result.clean, result.report.gate.state, result)
        version = store.publish(folder, good)
        result.files = sorted(version.iterdir())
        return SyncResult(True, version, result.clean, result.report.gate.state, result)


def _name(settings: Settings) -> str:
    from labelwright.registry import formats

    chosen = formats().get(settings.target)
    if hasattr(chosen, "write_files"):
        return "train"  # a folder
    return TRAIN if chosen is None else f"train{chosen.suffix}"


def _same(newest: Path, manifest: Manifest | None) -> bool:
    found = next(iter(sorted(newest.glob("*manifest.json"))), None)
    if found is None or manifest is None:
        return False
    # Some of its files may have been lost, which the manifest does not know.
    return found.read_bytes() == manifest.encode() and all(
        (path := newest / entry.name).is_file() and path.stat().st_size == entry.bytes
        for entry in manifest.outputs
    )
