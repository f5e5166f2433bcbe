"""In which line of a TOML file each key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]

_KEY = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEYS = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({_KEYS})[ \t]*\]\]?", re.ASCII)
_GIVEN = re.compile(rf"[ \t]*({_KEYS})[ \t]*=", re.ASCII)
_TOKEN = re.compile(
    r"""\"{3}(?:[^\\]|\\.)*?\"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'"""
    r"""|\#[^\n]*|\n|[\[{]|[\]}]|[^"'\#\n\[\]{}]+""",
    re.DOTALL,
)


def lines_of(text: str) -> dict[Path, int]:
    """The line (from 1) of each key and table by its path; text that is valid TOML.

    Keys of inline tables are left out. Of a table that is reopened, the first line counts.
    """
    text = text.replace("\r\n", "\n")
    found: dict[Path, int] = {}
    table: Path = ()
    at, line = 0, 1
    while at < len(text):
        header, given = _HEADER.match(text, at), _GIVEN.match(text, at)
        if header:
            table = _names(header[1])
            _note(found, table, line)
        elif given:
            _note(found, table + _names(given[1]), line)
        end = _end(text, given.end() if given and not header else at)
        line += text.count("\n", at, end)
        at = end
    return found


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of a path, or of the nearest thing around it; 0 if nothing around it has one."""
    named = tuple(part for part in path if isinstance(part, str))
    return next((lines[named[:n]] for n in range(len(named), 0, -1) if named[:n] in lines), 0)


def _note(found: dict[Path, int], path: Path, line: int) -> None:
    for length in range(1, len(path) + 1):
        found.setdefault(path[:length], line)


def _names(written: str) -> Path:
    inside: Any = tomllib.loads(f"{written} = 0")
    names: list[str | int] = []
    while isinstance(inside, dict):
        name, inside = next(iter(inside.items()))
        names.append(name)
    return tuple(names)


def _end(text: str, at: int) -> int:
    """Where the next statement begins: behind the first end of line outside of strings and brackets."""
    depth = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:  # no TOML
            return len(text)
        at = token.end()
        if token[0] == "\n" and depth == 0:
            return at
        depth += (token[0] in ("[", "{")) - (token[0] in ("]", "}"))
    return at
