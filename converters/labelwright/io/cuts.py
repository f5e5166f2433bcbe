"""Where a JSON text may be cut, and where a value in it ends."""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|["\[\]{}]', re.DOTALL)
_SCALAR_END = re.compile(rb"[,\]\s]")
_FIRST_KEYS = re.compile(
    rb'\s*\{\s*("(?:[^"\\]|\\.)*")\s*:\s*(?:"(?:[^"\\]|\\.)*"|[^,"\[\]{}\s]+)\s*,\s*("(?:[^"\\]|\\.)*")\s*:'
)


def boundary_of(head: bytes) -> re.Pattern[bytes] | None:
    """The pattern of an item's beginning, learned from the first item; None if it has no two keys.

    Group 1 spans the comma and blanks between two items, so that ``end(1)`` is where an item begins.
    """
    match = _FIRST_KEYS.match(head)
    if match is None:
        return None
    first, second = (re.escape(k) for k in match.groups())
    scalar = rb'(?:"(?:[^"\\]|\\.){0,200}"|[^,"\[\]{}\s]{1,40})'
    return re.compile(rb"\}(\s*,\s*)\{\s*" + first + rb"\s*:\s*" + scalar + rb"\s*,\s*" + second + rb"\s*:")


def cuts(boundary: re.Pattern[bytes], buffer: bytes) -> list[tuple[int, int]]:
    """Where the buffer may be cut, last first: (end of the items before, begin of the next)."""
    found: list[tuple[int, int]] = []
    for share in (16, 2):  # most items are small: look near the end first
        found = [
            (m.start() + 1, m.end(1)) for m in boundary.finditer(buffer, len(buffer) - len(buffer) // share)
        ]
        if found:
            return found[:-4:-1]
    found = [(m.start() + 1, m.end(1)) for m in boundary.finditer(buffer)]
    return found[:-4:-1]


def value_end(buffer: bytes) -> int:
    """Length of the first JSON value of a buffer; -1 if it is not complete."""
    if buffer[:1] not in (b"{", b"[", b'"'):
        match = _SCALAR_END.search(buffer)
        return match.start() if match else -1
    depth = 0
    for match in _TOKEN.finditer(buffer):
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif token == b'"':  # a string that the buffer does not end
            return -1
        if depth == 0:
            return match.end()
    return -1
