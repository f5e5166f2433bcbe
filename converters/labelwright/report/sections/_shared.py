"""What the sections share."""

from __future__ import annotations

from typing import Any

from labelwright.agreement.result import Measure
from labelwright.quality.proportions import Proportion
from labelwright.report import charts, words

SHORT = 60


def more(total: int, shown: int) -> int:
    """How many are not shown."""
    return max(0, total - shown)


def measured(measure: Measure | None, near: float | None = None) -> dict[str, Any]:
    """A measure in words."""
    return {
        "defined": words.defined(measure),
        "value": words.value_words(measure, near),
        "interval": words.interval_words(measure),
        "why": words.undefined_words(measure),
    }


def as_measure(share: Proportion) -> Measure:
    """A share as a measure, to be shown like one."""
    return Measure(share.value, share.low, share.high)


def shared(share: Proportion, start: float, gate: float | None = None) -> dict[str, Any]:
    """A share in words and as a whisker."""
    measure = as_measure(share)
    return {**measured(measure), "n": share.n, "picture": charts.whisker(measure, start, gate)}


def label(text: str) -> str:
    """A label that is there even where it is empty."""
    return words.clean(text, SHORT) or "(none)"
