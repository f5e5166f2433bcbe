"""Stretches of a film: ranges of frames become segments in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelwright.records import Segment
from labelwright_plugins.label_studio import shapeproblems as s
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.parsing import Parses
from labelwright_plugins.label_studio.plan import Plan

RANGES = "ranges"
Answers = tuple[tuple[str, Any], ...]


def read_ranges(
    reader: Parses, plan: Plan, result: Result, labels: Sequence[str], answers: Answers
) -> list[Segment]:
    """One segment for each range and label.

    Frames count from 1 and the last is within: the stretch lasts from (start - 1) / rate to end / rate.
    """
    ranges = result.value[RANGES]
    rate = reader.rate(result)
    if rate is None:
        reader.problem(s.NO_RATE, result, plan.name)
        return []
    found = []
    for stretch in ranges if isinstance(ranges, list) else [ranges]:
        held = stretch if isinstance(stretch, dict) else {}
        start, end = held.get("start"), held.get("end")
        if type(start) is not int or type(end) is not int or not 1 <= start <= end:
            reader.problem(s.BAD_RANGE, result, plan.name, start=start, end=end)
            continue
        found += [
            Segment(
                (start - 1) / rate, end / rate, label, 0, result.id, result.parentID or "",
                result.score, result.origin, answers,
            )
            for label in labels
        ]  # fmt: skip
    return found
