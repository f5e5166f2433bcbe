"""Answers about one region, as if every region that annotators marked alike were an item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from labelwright.contracts import Control
from labelwright.records import Span, Turn, Value

Region = tuple[str, tuple[str, ...], list[dict[str, Value]]]


def regions(
    controls: Mapping[str, Control],
    item: str,
    annotators: Sequence[str],
    answers: Sequence[Mapping[str, Value]],
) -> Iterator[Region]:
    """Each region that at least two annotators marked: its name, they, and their answers about it.

    Spans are the same with the same unit, ends and label; turns with the same index. Who marked a
    region and left its question open has not answered; who did not mark it was not asked.
    """
    asked: dict[str, list[str]] = {}
    for name, control in controls.items():
        asked.setdefault(control.on, []).append(name)
    for on, names in asked.items():
        found: dict[str, dict[str, dict[str, Value]]] = {}
        for annotator, given in zip(annotators, answers, strict=True):
            marked = given.get(on)
            for region in marked if isinstance(marked, tuple | list) else ():
                if isinstance(region, Span | Turn):
                    own = found.setdefault(_name(region), {}).setdefault(annotator, {})
                    own.update({n: v for n, v in region.answers if n in names})
        for place, people in sorted(found.items()):
            if len(people) > 1:
                yield f"{item} {on} {place}", tuple(people), list(people.values())


def _name(region: Span | Turn) -> str:
    if isinstance(region, Turn):
        return str(region.index)
    unit = f"{region.unit}:" if region.unit else ""
    return f"{unit}[{region.start}, {region.end}) {region.label}"
