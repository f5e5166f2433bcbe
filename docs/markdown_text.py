"""Small helpers that write Markdown."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |"
    yield ""


def text_of(doc: str | None) -> list[str]:
    """A docstring as Markdown."""
    return [*inspect.cleandoc(doc or "").replace("``", "`").split("\n"), ""]


def names(values: Iterable[Any]) -> str:
    """Some names as code, sorted."""
    return ", ".join(f"`{v}`" for v in sorted(str(v) for v in values))
