"""Remembers what every written row was, in 16 bytes each, to find repeats and contradictions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from typing import IO

from msgspec import Struct

RECORD = 16
SPOOL = 16 << 20
BUFFER = 1 << 16
ROWS_PER_PASS = 1 << 20


class Repeat(Struct, frozen=True):
    """A row (line ``second``, from 1) with the input of an earlier row; ``same`` if the target is too."""

    first: int
    second: int
    same: bool


class RowLog:
    """One file's rows in order: a digest of the input and one of the whole row.

    Past 16 MB it lives on disk; ``repeats`` then works in passes of about a million rows.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115
        self._recent = bytearray()
        self.rows = 0

    def add(self, row: bytes, target: bytes) -> None:
        """Remember a row. ``target`` is the part of it that is learned, as written in the row."""
        at = row.rfind(target)
        question = row[:at] + row[at + len(target) :] if at >= 0 else row
        recent = self._recent
        recent += blake2b(question, digest_size=8).digest()
        recent += blake2b(row, digest_size=8).digest()
        self.rows += 1
        if len(recent) >= BUFFER:
            self._flush()

    def _flush(self) -> None:
        self._file.seek(0, 2)
        self._file.write(self._recent)
        self._recent.clear()

    def dump(self) -> bytes:
        """The records, for a log in another process to ``extend`` by."""
        self._flush()
        self._file.seek(0)
        return self._file.read()

    def extend(self, records: bytes) -> None:
        """Take over the records of a later part of the same file."""
        self._flush()
        self._file.write(records)
        self.rows += len(records) // RECORD

    def repeats(self) -> Iterator[Repeat]:
        """Every row whose input came before, in a fixed order."""
        import numpy as np

        self._flush()
        passes = max(1, -(-self.rows // ROWS_PER_PASS))
        for number in range(passes):
            lines, questions, rows = [], [], []
            self._file.seek(0)
            start = 0
            while chunk := self._file.read(RECORD << 16):
                table = np.frombuffer(chunk, dtype="<u8").reshape(-1, 2)
                mine = np.flatnonzero(table[:, 0] % np.uint64(passes) == number)
                lines.append(mine + start)
                questions.append(table[mine, 0])
                rows.append(table[mine, 1])
                start += len(table)
            if lines:
                arrays = np.concatenate(lines), np.concatenate(questions), np.concatenate(rows)
                yield from _repeats(*arrays)


def _repeats(lines: object, questions: object, rows: object) -> Iterator[Repeat]:
    import numpy as np

    line, question, row = np.asarray(lines), np.asarray(questions), np.asarray(rows)
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
