"""Remembers what every written row was, in 16 bytes each, to find repeats and contradictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import Struct

RECORD = 16
ROWS_PER_PASS = 1 << 20
_LOWER = bytes(range(256)).lower()
_BLANKS = b" \t\r\n"


class Repeat(Struct, frozen=True):
    """A row (line ``second``, from 1) with the input of an earlier row; ``same`` if the target is too."""

    first: int
    second: int
    same: bool


def record(question: str, target: str) -> bytes:
    """The record of a row that asks ``question`` and teaches ``target``.

    Questions that differ in (ASCII) case or blanks alone count as the same.
    """
    folded = question.encode().translate(_LOWER, _BLANKS)
    return blake2b(folded, digest_size=8).digest() + blake2b(target.encode(), digest_size=8).digest()


def repeats(paths: Sequence[Path]) -> Iterator[Repeat]:
    """Every row whose input came before, in a fixed order; ``paths`` hold the records of one file.

    Works in passes of about a million rows, so that memory does not grow with the file.
    """
    total = sum(path.stat().st_size for path in paths) // RECORD
    if total < 2:  # as of a format, which has no rows
        return
    import numpy as np

    passes = max(1, -(-total // ROWS_PER_PASS))
    for number in range(passes):
        lines, questions, rows = [], [], []
        start = 0
        for chunk in _chunks(paths):
            table = np.frombuffer(chunk, dtype="<u8").reshape(-1, 2)
            mine = np.flatnonzero(table[:, 0] % np.uint64(passes) == number)
            lines.append(mine + start)
            questions.append(table[mine, 0])
            rows.append(table[mine, 1])
            start += len(table)
        if lines:
            yield from _repeats(np.concatenate(lines), np.concatenate(questions), np.concatenate(rows))


def _chunks(paths: Sequence[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as handle:
            while chunk := handle.read(RECORD << 16):
                yield chunk


def _repeats(line: Any, question: Any, row: Any) -> Iterator[Repeat]:
    import numpy as np

    order = np.lexsort((line, question))
    line, question, row = line[order], question[order], row[order]
    again = np.flatnonzero(question[1:] == question[:-1]) + 1
    first: dict[int, tuple[int, int]] = {}
    found = []
    for index in again.tolist():
        key = int(question[index])
        if key not in first:
            first[key] = (int(line[index - 1]), int(row[index - 1]))
        begin, content = first[key]
        found.append(Repeat(begin + 1, int(line[index]) + 1, content == int(row[index])))
    yield from sorted(found, key=lambda r: (r.second, r.first))
