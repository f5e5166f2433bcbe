"""Which annotations of an item count."""

from __future__ import annotations

from labelwright.records import Annotation, Item


def counted(item: Item) -> list[Annotation]:
    """Submitted annotations, the newest of each annotator (a reference before others), by annotator."""
    newest: dict[str, Annotation] = {}
    for annotation in sorted(item.submitted, key=lambda a: (a.reference, a.updated_at, a.id)):
        newest[annotation.annotator] = annotation
    return [newest[name] for name in sorted(newest)]
