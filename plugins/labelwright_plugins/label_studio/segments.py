"""Stretches of a sound: results with times in seconds become segments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from labelwright.problems import ProblemType, Severity
from labelwright.records import Segment
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.parsing import Parses
from labelwright_plugins.label_studio.plan import Plan

_AGAIN = "Open the annotation in Label Studio, draw the region again and submit."

NO_TIME = ProblemType(
    "label-studio.segment-without-time",
    "A segment has no usable times",
    "its {which} is {found}, which is no time in seconds; the segment is set aside",
    _AGAIN,
)
NEGATIVE = ProblemType(
    "label-studio.segment-negative",
    "A segment begins before the sound does",
    "it lasts from {start} to {end} seconds, and no sound begins before 0; the segment is set aside",
    _AGAIN,
)
REVERSED = ProblemType(
    "label-studio.segment-reversed",
    "A segment ends before it begins",
    "it lasts from {start} to {end} seconds; the segment is set aside",
    _AGAIN,
)
EMPTY = ProblemType(
    "label-studio.segment-empty",
    "A segment has no length",
    "it begins and ends at {start} seconds; the segment is set aside",
    _AGAIN,
)
OUTSIDE = ProblemType(
    "label-studio.segment-outside",
    "A segment ends after the sound does",
    "it lasts from {start} to {end} seconds, the sound {length} seconds; the segment is set aside",
    "The sound was replaced after it was annotated: restore the file or annotate it again.",
)
BAD_CHANNEL = ProblemType(
    "label-studio.segment-channel-unusable",
    "A segment's channel is no channel",
    "its channel is {found}, and channels count from 0; the segment is set aside",
    _AGAIN,
)
TIMES_DIFFER = ProblemType(
    "label-studio.segment-times-differ",
    "The parts of one region have different times",
    "the label says {start} to {end} seconds, control {control!r} says {other}; the label's times are used",
    _AGAIN,
    Severity.WARNING,
)
REPEATED = ProblemType(
    "label-studio.segment-repeated",
    "One annotator marked the same segment twice",
    "{start} to {end} seconds are marked {label!r} twice; one is kept",
    "None needed; open the annotation in Label Studio and remove one of the two to silence this.",
    Severity.WARNING,
)
# Players round a length to whole milliseconds.
TOLERANCE = 0.001

Answers = tuple[tuple[str, Any], ...]


def read_segments(
    reader: Parses, plan: Plan, result: Result, labels: Sequence[str], answers: Answers
) -> list[Segment]:
    """One segment for each label; none, with a problem, where the times cannot be right."""
    value = result.value
    start, end = (_seconds(reader, plan, result, value.get(k), k) for k in ("start", "end"))
    channel = value.get("channel")
    channel = 0 if channel is None else channel
    if start is None or end is None:
        return []
    if type(channel) is not int or channel < 0:
        reader.problem(BAD_CHANNEL, result, plan.name, found=repr(channel))
        return []
    wrong = _wrong(start, end, result.original_length)
    if wrong is not None:
        length = result.original_length
        reader.problem(wrong, result, plan.name, start=start, end=end, length=length)
        return []
    parent = result.parentID or ""
    return [
        Segment(start, end, label, channel, result.id, parent, result.score, result.origin, answers)
        for label in labels
    ]


def compare_times(reader: Parses, region: Result, parts: Sequence[tuple[Plan, Result]]) -> None:
    """Say where what was asked of a region repeats other times than the region has."""
    first, last = region.value.get("start"), region.value.get("end")
    for part, result in parts:
        value = result.value if isinstance(result.value, dict) else {}
        if "start" not in value and "end" not in value:
            continue
        other = (value.get("start"), value.get("end"))
        if other != (first, last):
            words = f"{other[0]} to {other[1]}"
            reader.problem(TIMES_DIFFER, result, part.name, start=first, end=last, other=words)


def _seconds(reader: Parses, plan: Plan, result: Result, found: Any, which: str) -> float | None:
    if type(found) in (int, float) and math.isfinite(found):
        return float(found)
    reader.problem(NO_TIME, result, plan.name, which=which, found="missing" if found is None else repr(found))
    return None


def _wrong(start: float, end: float, length: Any) -> ProblemType | None:
    """The rule that a stretch breaks, if any. A length that is no number says nothing."""
    if start < 0 or end < 0:
        return NEGATIVE
    if end < start:
        return REVERSED
    if end == start:
        return EMPTY
    if type(length) in (int, float) and end > length + TOLERANCE:
        return OUTSIDE
    return None
