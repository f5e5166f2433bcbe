"""Remembers rows by digests of a few bytes, to find repetitions and contradictions."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any


def normal(value: Any) -> Any:
    """A value without differences of case and white space."""
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, list | tuple):
        return [normal(inner) for inner in value]
    if isinstance(value, dict):
        return {key: normal(inner) for key, inner in value.items()}
    return value


def digest(value: Any) -> bytes:
    """Eight bytes that stand for a JSON value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class Seen:
    """The rows of one file so far: about 200 bytes for each."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._rows: dict[bytes, int] = {}
        self._targets: dict[bytes, tuple[int, bytes]] = {}

    def repeated(self, row: Any, line: int) -> int:
        """The line of an equal row seen before, or 0."""
        first = self._rows.setdefault(digest(row), line)
        return 0 if first == line else first

    def contradicted(self, given: Any, target: Any, line: int) -> int:
        """The line of an earlier row with the same input and another target, or 0."""
        learnt = digest(normal(target))
        first, before = self._targets.setdefault(digest(normal(given)), (line, learnt))
        return first if before != learnt else 0
