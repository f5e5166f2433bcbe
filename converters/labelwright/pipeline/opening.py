"""Opens what a user names: finds the tool that reads it."""

from __future__ import annotations

import contextlib
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from msgspec import Struct

from labelwright.contracts import Source, Tool
from labelwright.io.atomic import writing
from labelwright.io.problems import EMPTY, ENCODING
from labelwright.problems import DataError, Place, Problem, ProblemType, UsageError
from labelwright.registry import pick, source_readers, tools

HEAD = 1 << 16

HTML_PAGE = ProblemType(
    "io.html-page",
    "A source is a web page",
    "this is an HTML page, not an export (perhaps a log-in or error page saved under this name)",
    "Log in and export again, or pull with an access token.",
)
UNRECOGNISED = ProblemType(
    "io.unrecognised",
    "No tool recognises a source",
    "this is no export that any tool here reads (tried: {tools})",
    "Pass the tool's own export, such as Label Studio's JSON.",
)
UNREADABLE = ProblemType(
    "io.unreadable",
    "A source cannot be read",
    "{reason}",
    "Check the path and its permissions.",
)


ZIPPED = ProblemType(
    "io.zipped",
    "A source is packed",
    "this is a {kind} archive, and it holds no export that any tool or format here reads",
    "Unpack it and pass the export that is in it.",
)
NO_FILES = ProblemType(
    "io.folder-empty",
    "A folder holds no file",
    "the folder holds no file",
    "Pass the folder that the tool writes its annotations to, or an export file.",
)

_PACKED = {b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7z"}


class Opened(Struct):
    """A source and the tool that reads it. ``form`` names the kind of export.

    A context manager: what was spooled for the run goes on the way out.
    """

    tool: Tool
    source: Source
    form: str
    spooled: bool = False

    def __enter__(self) -> Opened:
        """Nothing to do on the way in."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Remove the spooled copy."""
        if self.spooled:
            Path(self.source.path).unlink(missing_ok=True)


def open_source(path: str, *, label_config: Path | None = None, tool: str = "", server: str = "") -> Opened:
    """Recognise a file, a folder, a pipe or ``-`` (standard input); pipes are spooled.

    Raises ``UsageError`` if there is no such file, ``DataError`` if no tool can read it.
    """
    config = _config_text(label_config)
    if path != "-" and _is_plain(path):
        source = Source(path, label_config=config, server=server, name=Path(path).name or path)
        return _recognised(source, tool)
    name = "standard input" if path == "-" else path
    source = Source(_spool(path), label_config=config, server=server, name=name)
    try:
        opened = _recognised(source, tool)
    except BaseException:
        Path(source.path).unlink(missing_ok=True)
        raise
    opened.spooled = True
    return opened


def _is_plain(path: str) -> bool:
    """Whether a path is a file or folder that can be read twice. Raises ``UsageError``."""
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot open {path[:80]}: {getattr(error, 'strerror', error)}") from None
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _recognised(source: Source, tool: str) -> Opened:
    path = Path(source.path)
    head = _head(path, source.name)
    tried = []
    for candidate in [pick("tool", dict(tools()), tool)] if tool else source_readers():
        form = candidate.recognise(source, head)
        if form:
            return Opened(candidate, candidate.complete(source), form)
        tried.append(candidate.name)
    raise DataError(_why_not(path, head, Place(source=source.name), ", ".join(tried)))


def _why_not(path: Path, head: bytes, place: Place, tried: str) -> Problem:
    """What a source is, that no tool recognises it."""
    start = head.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return HTML_PAGE.at(place)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ENCODING.at(place, offset=0, reason="a UTF-16 byte order mark")
    for mark, kind in _PACKED.items():
        if head.startswith(mark):
            return ZIPPED.at(place, kind=kind)
    if path.is_dir() and not any(p.is_file() for p in path.rglob("*")):
        return NO_FILES.at(place)
    return UNRECOGNISED.at(place, tools=tried)


def _spool(path: str) -> str:
    """Copy a pipe to a temporary file, since two passes need a file."""
    if path == "-" and sys.stdin is None:
        raise UsageError("standard input is closed; name a file")
    folder = Path(tempfile.gettempdir())
    with writing(folder), contextlib.ExitStack() as stack:
        handle = tempfile.NamedTemporaryFile(  # noqa: SIM115 - the run removes it at its end
            prefix="labelwright-", suffix=".json", delete=False
        )
        stack.callback(handle.close)
        on_failure = stack.enter_context(contextlib.ExitStack())
        on_failure.callback(Path(handle.name).unlink)
        stream = sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
        shutil.copyfileobj(stream, handle)
        handle.flush()
        on_failure.pop_all()
    return handle.name


def _config_text(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read label config {path}: {error}") from None


def _head(path: Path, name: str) -> bytes:
    if path.is_dir():
        return b""
    try:
        with path.open("rb") as handle:
            head = handle.read(HEAD)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(UNREADABLE.at(Place(source=name), reason=reason)) from None
    if not head.strip():
        raise DataError(EMPTY.at(Place(source=name)))
    return head
