"""What a pull left behind of a project, for those who look at it without the tool."""

from __future__ import annotations

from pathlib import Path

import msgspec


class _About(msgspec.Struct):
    id: int


def number_of(project: str, about: Path) -> str:
    """A project's id: ``project`` itself if it is one, else that in the pulled file; empty without either."""
    if project.isascii() and project.isdigit():
        return project
    try:
        return str(msgspec.json.decode(about.read_bytes(), type=_About).id)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return ""
