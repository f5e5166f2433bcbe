"""What a run says of an item that consensus decided against somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from labelwright.pipeline.partstate import AdjudicateShape
from labelwright.pipeline.problems import OUTVOTED, OVERRULED, TOGETHER
from labelwright.pipeline.resolve import Outcome
from labelwright.problems import Place, Problems
from labelwright.records import Annotation, Item
from labelwright.render.forms import plain

SHOWN = 60  # characters of a value
_encode = msgspec.json.Encoder().encode


def shown(value: Any) -> str:
    """A value in so few characters that several fit into a message."""
    return _encode(plain(value)).decode(errors="replace")[:SHOWN]


def outvoted_lines(item: Item, outcome: Outcome, names: Mapping[str, str]) -> Iterator[bytes]:
    """A line of the adjudication list for each shape or track that too few drew; ``names``: pseudonyms."""
    for control, few in outcome.outvoted.items():
        for one in few:
            by = sorted(names[who] for who in one.by)
            mark = plain(one.mark)
            line = AdjudicateShape(item.key.item, item.link, control, mark, by, len(by), one.of)
            yield _encode(line) + b"\n"


def tell(problems: Problems, place: Place, outcome: Outcome, annotations: Iterable[Annotation]) -> None:
    """Add what was left out, since too few drew it or it belongs to another annotation, and overruled."""
    for control, few in outcome.outvoted.items():
        for one in few:
            problems.add(OUTVOTED.at(replace(place, control=control), drawn=len(one.by), people=one.of))
    for control, count in outcome.left.items():
        problems.add(TOGETHER.at(replace(place, control=control), count=count))
    for control in outcome.overruled:
        given = sorted({shown(a.answers[control]) for a in annotations if control in a.answers})
        value = shown(outcome.answers[control])
        problems.add(OVERRULED.at(replace(place, control=control), value=value, given=", ".join(given)))


def set_aside(item: Item, outcome: Outcome) -> int:
    """How many objects that people drew the answers that were chosen from lack."""
    return sum(a.set_aside for a in item.annotations if a.set_aside and a.id in outcome.annotations)
