"""Plain-text tables and paragraphs for a terminal, by display width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

GAP = "  "


def display_width(text: str) -> int:
    """How many cells of a terminal the text takes: wide East Asian characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_cells(c) for c in text)


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def fit(text: str, width: int) -> str:
    """The text cut to ``width`` cells, the cut shown as an ellipsis."""
    if display_width(text) <= width:
        return text
    kept, room = [], width - 1
    for char in text:
        room -= _cells(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept) + "…"


def pad(text: str, width: int, right: bool = False) -> str:
    """The text filled with blanks to ``width`` cells, on its left if ``right``."""
    blanks = " " * max(0, width - display_width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """The words of a text on lines of at most ``width`` cells; words too long stand on their own."""
    lines: list[str] = []
    line = indent
    for word in text.split():
        joined = f"{line} {word}" if line.strip() else f"{line}{word}"
        if line.strip() and display_width(joined) > width:
            lines.append(line)
            joined = indent + word
        line = joined
    return [*lines, line] if line.strip() else lines


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], width: int, right: str = "", indent: str = GAP
) -> list[str]:
    """Rows under a head with a rule. ``right`` has an ``r`` at the place of a right-aligned column.

    Where the rows are too wide the widest columns are cut, never below eight cells.
    """
    widths = [max(display_width(row[i]) for row in (head, *rows)) for i in range(len(head))]
    room = width - len(indent) - len(GAP) * (len(head) - 1)
    while sum(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    lines = []
    for row in (head, ["-" * w for w in widths], *rows):
        cells = [
            pad(fit(cell, w), w, right[i : i + 1] == "r")
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + GAP.join(cells)).rstrip())
    return lines
