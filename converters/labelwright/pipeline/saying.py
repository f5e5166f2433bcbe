"""What a run says of an item that consensus decided against somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from labelwright.pipeline.problems import OUTVOTED, OVERRULED
from labelwright.pipeline.resolve import Outcome
from labelwright.problems import Place, Problems
from labelwright.records import Annotation
from labelwright.render.forms import plain

SHOWN = 60  # characters of a value
_encode = msgspec.json.Encoder().encode


def shown(value: Any) -> str:
    """A value in so few characters that several fit into a message."""
    return _encode(plain(value)).decode(errors="replace")[:SHOWN]


def tell(problems: Problems, place: Place, outcome: Outcome, annotations: Iterable[Annotation]) -> None:
    """Add what was left out since too few drew it, and what a model decided against all answers."""
    for control, times in outcome.outvoted.items():
        problems.add(OUTVOTED.at(replace(place, control=control)), times)
    for control in outcome.overruled:
        given = sorted({shown(a.answers[control]) for a in annotations if control in a.answers})
        value = shown(outcome.answers[control])
        problems.add(OVERRULED.at(replace(place, control=control), value=value, given=", ".join(given)))
