"""The page of the reference that says of every measure what it means."""

from __future__ import annotations

from collections.abc import Iterator

from labelwright.agreement.catalogue import MeasureDoc, measures
from labelwright.report.words import MEASURES


def measures_page() -> Iterator[str]:
    """Every measure: formula, range, what 1, 0 and below 0 mean, source."""
    yield "# What each measure means"
    yield ""
    yield "Read from the code that computes them. Which kind of answer has which measures:"
    yield "[agreement measures](agreement.md)."
    yield ""
    grouped: dict[tuple[str, str], tuple[MeasureDoc, list[str]]] = {}
    for name, doc in measures().items():
        grouped.setdefault((doc.module, doc.function), (doc, []))[1].append(name)
    for doc, names in grouped.values():
        yield "## " + ", ".join(f"`{name}`" for name in names)
        yield ""
        titles = [MEASURES[name] for name in names if name in MEASURES]
        yield from [f"In reports: {'; '.join(titles)}.", ""] if titles else []
        yield from [doc.summary.replace("``", "`"), ""]
        if doc.text:
            yield from [doc.text.partition("\n\nArgs:")[0].replace("``", "`"), ""]
        for word, told in doc.facts.items():
            yield f"- {word}: {told.replace('``', '`')}"
        yield ""
