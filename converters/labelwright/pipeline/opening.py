"""Opens what a user names: finds the tool that reads it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from msgspec import Struct

from labelwright.contracts import Source, Tool
from labelwright.io.problems import EMPTY
from labelwright.problems import DataError, Place, ProblemType, UsageError
from labelwright.registry import pick, tools

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


class Opened(Struct):
    """A source and the tool that reads it. ``form`` names the kind of export."""

    tool: Tool
    source: Source
    form: str


def open_source(path: str, *, label_config: Path | None = None, tool: str = "", server: str = "") -> Opened:
    """Recognise a file, a folder or ``-`` (standard input, spooled).

    Raises ``UsageError`` if there is no such file, ``DataError`` if no tool can read it.
    """
    name = path
    if path == "-":
        path, name = _spool(), "standard input"
    elif not Path(path).exists():
        raise UsageError(f"{path} does not exist")
    config = _config_text(label_config)
    source = Source(path, label_config=config, server=server, name=Path(name).name if path != "-" else name)
    head = _head(Path(path), source.name)
    candidates = {tool: pick("tool", dict(tools()), tool)} if tool else tools()
    for candidate in candidates.values():
        form = candidate.recognise(source, head)
        if form:
            return Opened(candidate, candidate.complete(source), form)
    place = Place(source=source.name)
    start = head.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        raise DataError(HTML_PAGE.at(place))
    raise DataError(UNRECOGNISED.at(place, tools=", ".join(candidates)))


def _spool() -> str:
    """Copy standard input to a temporary file; two passes need a file."""
    with tempfile.NamedTemporaryFile(prefix="labelwright-", suffix=".json", delete=False) as handle:
        shutil.copyfileobj(sys.stdin.buffer, handle)
    return handle.name


def _config_text(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
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
