"""A text of titled lines and tables, for a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from labelwright.report.markdown import escape
from labelwright.report.tables import table, wrap
from labelwright.report.words import clean

WIDTH = 100
LONGEST = 400  # code points of a line of words
CELL = 60


class Table(Struct):
    """Rows under a head; ``right`` has an ``r`` at the place of a right-aligned column."""

    head: list[str]
    rows: list[list[str]]
    right: str = ""
    more: int = 0


class Block(Struct):
    """A title, sentences, and tables."""

    title: str
    lines: list[str] = []
    tables: list[Table] = []
    level: int = 2


def shortened(rows: Sequence[list[str]], most: int) -> tuple[list[list[str]], int]:
    """The first rows, and how many more there are."""
    return list(rows[:most]), max(0, len(rows) - most)


def terminal(blocks: Sequence[Block], width: int = WIDTH) -> str:
    """As text of at most ``width`` columns where words allow."""
    found = []
    for block in blocks:
        indent = "" if block.level == 1 else "  "
        lines = [clean(block.title, LONGEST)]
        for line in block.lines:
            lines += wrap(clean(line, LONGEST), width, indent)
        for one in block.tables:
            head = [clean(h, CELL) for h in one.head]
            rows = [[clean(c, CELL) for c in row] for row in one.rows]
            lines += table(head, rows, width, one.right)
            lines += [f"  and {one.more:,} more"] if one.more else []
        found.append("\n".join(lines))
    return "\n\n".join(found) + "\n"


def markdown(blocks: Sequence[Block]) -> str:
    """As GitHub Markdown, everything escaped."""
    found = []
    for block in blocks:
        found.append(f"{'#' * block.level} {escape(block.title, LONGEST)}")
        if block.lines:
            found.append("\n".join(f"- {escape(line, LONGEST)}" for line in block.lines))
        for one in block.tables:
            rule = ["---:" if one.right[i : i + 1] == "r" else "---" for i in range(len(one.head))]
            rows = [[escape(c, CELL) for c in row] for row in (one.head, *one.rows)]
            lines = [f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:])]
            found.append("\n".join(lines))
            if one.more:
                found.append(f"and {one.more:,} more")
    return "\n\n".join(found) + "\n"
