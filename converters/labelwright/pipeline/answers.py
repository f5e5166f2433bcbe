"""Which annotations of an item count."""

from __future__ import annotations

from collections.abc import Iterable

from labelwright.records import Annotation, Item


def counted(item: Item) -> list[Annotation]:
    """Submitted annotations, the newest of each annotator (a reference before others), by annotator."""
    return newest(item.submitted)


def newest(annotations: Iterable[Annotation]) -> list[Annotation]:
    """The newest of each annotator (a reference before others), by annotator."""
    found: dict[str, Annotation] = {}
    for annotation in sorted(annotations, key=lambda a: (a.reference, a.updated_at, a.id)):
        found[annotation.annotator] = annotation
    return [found[name] for name in sorted(found)]
