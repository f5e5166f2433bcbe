"""The forms in which Label Studio hands out annotations, and how each is opened."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Source
from labelwright.io.cuts import boundary_of
from labelwright.io.problems import EMPTY, NOT_JSON
from labelwright.io.stream import ArrayStream
from labelwright.io.surrogates import cleaned, decode
from labelwright.problems import DataError, Place, Problem
from labelwright_plugins.label_studio import problems as p
from labelwright_plugins.label_studio.fields import RawTask
from labelwright_plugins.label_studio.reader import TaskReader

EXPORT_FILE = "export.json"
CONFIG_FILE = "label_config.xml"
PROJECT_FILE = "project.json"
HEAD = 1 << 16
LOOKED_AT = 20  # files of a folder that are looked into to tell what it is

_CSV_HEADER = re.compile(rb"^[^\n]*\bannotation_id\b[^\n]*[,\t]|^[^\n]*[,\t][^\n]*\bannotation_id\b")
_TASK_KEYS = re.compile(rb'"(annotations|completed_by|drafts)"\s*:')
_OWN_KEYS = re.compile(rb'"(data|completed_by|was_cancelled)"\s*:')  # COCO has annotations too
_MIN_KEYS = re.compile(rb'"annotation_id"\s*:')
_STORAGE_KEYS = re.compile(rb'"result"\s*:')


def recognise(source: Source, head: bytes) -> str:
    """Name the form of a source; empty if it is none of Label Studio's.

    Raises ``DataError`` for the export types that have lost what is needed.
    """
    path = Path(source.path)
    if path.is_dir():
        if (path / EXPORT_FILE).is_file():
            return "pulled project"
        return "target storage" if _holds_annotations(path) else ""
    place = Place(source=source.name or source.path)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"[":
        if _TASK_KEYS.search(head):
            return "JSON export"
        if _MIN_KEYS.search(head):
            raise DataError(_lossy(place, "JSON_MIN"))
        return "JSON export" if re.match(rb'\[\s*(\]|\{\s*"(id|data)")', start) else ""
    if start[:1] == b"{":
        if re.match(rb'\{\s*"(tasks|total|count|next|results|total_annotations)"', start):
            return "API answer"
        own = _TASK_KEYS.search(head) and _OWN_KEYS.search(head)
        return "task" if own or _STORAGE_KEYS.search(head) else ""
    if _CSV_HEADER.search(start):
        raise DataError(_lossy(place, "TSV" if b"\t" in start.split(b"\n")[0] else "CSV"))
    return ""


def _lossy(place: Place, kind: str) -> Problem:
    lost = "drops skipped annotations and relations and flattens answers so that they cannot be told apart"
    if kind == "JSON_MIN":
        lost = "drops skipped annotations, relations and the links between regions and their answers"
    return p.LOSSY_EXPORT.at(place, kind=kind, lost=lost)


def read_tasks(source: Source, reader: TaskReader) -> Iterator[RawTask]:
    """The raw tasks of a source of any form."""
    path = Path(source.path)
    if path.is_dir():
        if (path / EXPORT_FILE).is_file():
            yield from _array(path / EXPORT_FILE, source, reader)
        else:
            yield from _storage(path, source, reader)
        return
    with path.open("rb") as handle:
        first = handle.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"{":
        yield from _object(path, source, reader)
    else:
        yield from _array(path, source, reader)


def _array(path: Path, source: Source, reader: TaskReader) -> Iterator[RawTask]:
    name = source.name or source.path
    with path.open("rb") as handle:
        yield from ArrayStream(
            handle, RawTask, reader.mismatch, reader.half, source=name, start=source.start, end=source.end
        )


def _object(path: Path, source: Source, reader: TaskReader) -> Iterator[RawTask]:
    """One page of an API answer, one task, or one file of a target storage: small, decoded whole."""
    raw = load_json(path, source.name or source.path)
    tasks: Any = raw.get("tasks", raw.get("results"))
    if isinstance(tasks, list):
        total = raw.get("total", raw.get("count"))
        if isinstance(total, int) and total > len(tasks):
            reader.note(p.PARTIAL_PAGE, held=len(tasks), total=total)
    else:
        tasks = [_as_task(raw)] if "result" in raw else [raw]
    for task in tasks:
        read = _converted(task, reader)
        if read is not None:
            yield read


def _converted(given: Any, reader: TaskReader) -> RawTask | None:
    """A task that was decoded already; what can be read of it where it is of another shape."""
    task, halves = cleaned(given)
    if halves:
        reader.half(task, halves)
    try:
        return msgspec.convert(task, RawTask)
    except msgspec.ValidationError as error:
        return reader.mismatch(task, str(error))


def load_json(path: Path, name: str) -> Any:
    """A JSON file as plain Python, with halves of surrogate pairs. Raises ``DataError`` if it is not JSON."""
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise DataError(EMPTY.at(Place(source=name)))
    try:
        return decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(NOT_JSON.at(Place(source=name), reason=str(error))) from None


# --- target storage: one file per annotation


def _holds_annotations(folder: Path) -> bool:
    """Whether one of the first files holds an annotation; others may lie among them."""
    for path in itertools.islice(_storage_files(folder), LOOKED_AT):
        with path.open("rb") as handle:
            head = handle.read(HEAD).lstrip()
        if head[:1] == b"{" and _STORAGE_KEYS.search(head):
            return True
    return False


def _storage_files(folder: Path) -> Iterator[Path]:
    """The files of a storage folder in a fixed order, hidden ones and those of hidden folders left out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _as_task(annotation: dict[str, Any]) -> dict[str, Any]:
    """A storage file holds an annotation with its task inside: turn it inside out."""
    task = annotation.get("task")
    if not isinstance(task, dict):
        return annotation
    own = {k: v for k, v in annotation.items() if k != "task"}
    return {**task, "annotations": [own], "project": task.get("project", annotation.get("project"))}


def _storage(folder: Path, source: Source, reader: TaskReader) -> Iterator[RawTask]:
    """The tasks of a storage folder, ordered by id, each with all its annotations.

    Two passes: ids first, so that grouping needs a few bytes a file and the files' order never shows.
    """
    index: list[tuple[tuple[int, str], tuple[int, str], str]] = []
    for path in _storage_files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            raw = load_json(path, name)
        except DataError as error:
            reader.note(p.STRAY_FILE, name=name, reason=error.problem.message)
            continue
        task = _as_task(raw) if isinstance(raw, dict) else {}
        if "data" not in task:
            reader.note(p.STRAY_FILE, name=name, reason="it holds no annotation with its task")
            continue
        number = raw.get("id") if task is not raw else ""
        index.append((_natural(task.get("id")), _natural(number), str(path)))
    index.sort()
    group: list[str] = []
    for position, (task_key, _, path_name) in enumerate(index):
        group.append(path_name)
        if position + 1 == len(index) or index[position + 1][0] != task_key:
            yield from _grouped(group, reader)
            group = []


def _grouped(paths: list[str], reader: TaskReader) -> Iterator[RawTask]:
    merged: RawTask | None = None
    for name in paths:
        raw = load_json(Path(name), name)
        task = _converted(_as_task(raw) if isinstance(raw, dict) else raw, reader)
        if task is None:
            continue
        if merged is None:
            merged = task
        else:
            merged.annotations += task.annotations
    if merged is not None:
        yield merged


def _natural(value: Any) -> tuple[int, str]:
    """Sorts numbers as numbers and before words."""
    text = str(value)
    return (int(text), "") if text.isascii() and text.isdigit() and len(text) < 20 else (1 << 62, text)


# --- parts for several workers


def split(source: Source, parts: int) -> list[Source]:
    """Cut an export file at item boundaries; other forms stay whole."""
    path = Path(source.path)
    if path.is_dir() and (path / EXPORT_FILE).is_file():
        path = path / EXPORT_FILE
    if parts < 2 or not path.is_file():
        return [source]
    size = path.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
        boundary = boundary_of(head[1:]) if head[:1] == b"[" else None
        if boundary is None:
            return [source]
        cuts = [_cut_near(handle, size * i // parts, boundary) for i in range(1, parts)]
    known = sorted({c for c in cuts if c})
    starts = [0, *(begin for _, begin in known)]
    ends = [*(stop for stop, _ in known), 0]
    return [
        msgspec.structs.replace(source, path=str(path), name=source.name or source.path, start=a, end=b)
        for a, b in zip(starts, ends, strict=True)
    ]


def _cut_near(handle: Any, offset: int, boundary: re.Pattern[bytes]) -> tuple[int, int] | None:
    """(end of an item, begin of the next) at or after a byte offset; None if there is none."""
    handle.seek(offset)
    window = b""
    while len(window) < 1 << 26:
        more = handle.read(1 << 20)
        window += more
        match = boundary.search(window)
        if match:
            return offset + match.start() + 1, offset + match.end(1)
        if not more:
            return None
    return None
