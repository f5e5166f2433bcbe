"""Makes whole files of a run's rows, and puts everything that a run made into its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from labelwright.contracts import FolderFormat, Format, SidedFormat, Template
from labelwright.io.atomic import Pending, writing
from labelwright.pipeline.mediafiles import adopt_media
from labelwright.pipeline.mediaplan import WORK
from labelwright.pipeline.outputs import Layout, copy_into, joined_with, unspool
from labelwright.pipeline.rowfolder import RowFolder, read_rows, row_folder
from labelwright.pipeline.settings import Settings
from labelwright.problems import Problems
from labelwright.records import Resolved
from labelwright.registry import dialect_of, formats
from labelwright.report.html import render_html
from labelwright.report.json import render_json
from labelwright.report.markdown import render_markdown
from labelwright.report.model import Report
from labelwright.state.manifest import FileEntry, Manifest, content_entry, file_entry

FINISHED = "finished.0"


def work_files(folder: Path, what: str, side: int) -> list[Path]:
    """The work files of all parts, in order."""
    return sorted(folder.glob(f"*.{side}.{what}"))


def folder_format(name: str, target: Path | None) -> FolderFormat | None:
    """The format of that name, if it writes one file per item and the target is a folder.

    A target with the ending of the format's files is one file, and so is standard output.
    """
    if (rows := row_folder(name, target)) is not None:
        return cast("FolderFormat", rows)
    form = formats().get(name) if dialect_of(name) is None else None
    if form is None or target is None or not hasattr(form, "write_files") or target.suffix == form.suffix:
        return None
    return cast("FolderFormat", form)


def finish_rows(
    folder: Path,
    settings: Settings,
    template: Template,
    problems: Problems,
    sides: tuple[str, ...],
    several: FolderFormat | None,
) -> list[Path]:
    """One whole file (or folder of files) per side in the work folder: what will appear.

    A format that holds all sides in one folder gives that one alone.
    """
    finished: list[Path] = []
    dialect = dialect_of(settings.target)
    if isinstance(several, SidedFormat):
        read: Callable[[list[Path]], Iterable[Any]] = unspool
        if isinstance(several, RowFolder):
            read, several.media = read_rows, folder / WORK / settings.media_folder
        held = {name: read(work_files(folder, "rows", side)) for side, name in enumerate(sides)}
        return [write_folder(folder / FINISHED, several, held, template, problems)]
    for side in range(len(sides)):
        path = folder / f"finished.{side}"
        parts = work_files(folder, "rows", side)
        if dialect is not None and not dialect.file_rules.byte_order_mark:
            finished.append(_joined(parts))
            continue
        if several is not None:
            write_folder(path, several, {sides[side]: unspool(parts)}, template, problems)
        else:
            _one_file(path, parts, settings, template, problems)
        finished.append(path)
    return finished


def write_folder(
    path: Path,
    form: FolderFormat,
    held: Mapping[str, Iterable[Resolved]],
    template: Template,
    problems: Problems,
) -> Path:
    """Write a format's files below ``path``: of all sides, or of the only one it is given."""
    if isinstance(form, SidedFormat):
        files = form.write_sides(held, template, problems)
    else:
        (items,) = held.values()
        files = form.write_files(items, template, problems)
    entries = []
    with writing(path):
        path.mkdir()
        made = {""}
        for name, content in files:
            folder = name.rpartition("/")[0]
            if folder not in made:
                (path / folder).mkdir(parents=True, exist_ok=True)
                made.add(folder)
            with open(f"{path}/{name}", "wb") as handle:  # noqa: PTH123 - there may be very many
                handle.write(content)
            entries.append(content_entry(content, name))
        _index(path).write_bytes(msgspec.json.encode(sorted(entries, key=lambda e: e.name)))
    return path


def _index(path: Path) -> Path:
    """Where the files of a finished folder are listed, so that they are not read again to be hashed."""
    return path.with_name(f"{path.name}.index")


def _one_file(
    path: Path, parts: list[Path], settings: Settings, template: Template, problems: Problems
) -> None:
    with writing(path), path.open("wb") as handle:
        if dialect_of(settings.target) is not None:
            handle.write(b"\xef\xbb\xbf")
            copy_into(handle, parts, path)
        else:
            chosen: Format = formats()[settings.target]
            for chunk in chosen.write(unspool(parts), template, problems):
                handle.write(chunk)


def is_empty(finished: list[Path]) -> bool:
    """Whether nothing was written to any side."""
    return not any(any(p.iterdir()) if p.is_dir() else p.stat().st_size for p in finished)


def _joined(parts: list[Path]) -> Path:
    """Several files as one: the first, with the others behind it."""
    if len(parts) > 1:
        with writing(parts[0]), parts[0].open("ab") as handle:
            copy_into(handle, parts[1:], parts[0])
            for part in parts[1:]:
                part.unlink()
    return parts[0]


def put(
    pending: Pending,
    layout: Layout,
    folder: Path,
    finished: list[Path],
    settings: Settings,
    report: Report,
    manifest: Manifest,
) -> None:
    """Everything a run made goes to its place, or will when ``pending`` is committed.

    What rows name goes before them: a run that is killed on the way leaves no rows without their images.
    """
    named = bool(finished) and not finished[0].is_dir()
    media = list(adopt_media(pending, folder, layout.target)) if named else []
    for side, path in enumerate(finished):
        target = layout.rows(side)
        if path.is_dir():
            with writing(target):
                target.mkdir(parents=True, exist_ok=True)
            for entry in msgspec.json.decode(_index(path).read_bytes(), type=list[FileEntry]):
                pending.adopt(path / entry.name, target / entry.name)
                entry.name = f"{target.name}/{entry.name}"
                manifest.outputs.append(entry)
        else:
            manifest.outputs.append(file_entry(path, target.name, report.splits[layout.sides[side]]))
            pending.adopt(path, target)
    if finished:
        for side in range(len(layout.sides)):
            pending.adopt(_joined(work_files(folder, "provenance", side)), layout.provenance(side))
        manifest.outputs.extend(media)
        for path, content in companions(layout, settings).items():
            _put(pending, path, joined_with(path, content))
    adjudication = [p for p in work_files(folder, "adjudication", 0) if p.stat().st_size]
    if adjudication:
        pending.adopt(_joined(adjudication), layout.beside("adjudication.jsonl"))
    _put(pending, layout.beside("manifest.json"), manifest.encode())
    _put(pending, layout.beside("report.json"), render_json(report))
    _put(pending, layout.beside("report.md"), render_markdown(report).encode())
    _put(pending, layout.beside("report.html"), render_html(report).encode())


def companions(layout: Layout, settings: Settings) -> dict[Path, bytes]:
    """The files that the target's dialect wants beside the rows."""
    dialect = dialect_of(settings.target)
    if dialect is None:
        return {}
    files = [layout.rows(side) for side in range(len(layout.sides))]
    found = dialect.companions(files)
    return {layout.target.with_name(name): content for name, content in found.items()}


def _put(pending: Pending, path: Path, content: bytes) -> None:
    handle = pending.file(path)
    with writing(path):
        handle.write(content)
