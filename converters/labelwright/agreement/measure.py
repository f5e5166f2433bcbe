"""From the state of one control to its measures, by value kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labelwright.agreement.coded import measure_coded
from labelwright.agreement.items import CODED
from labelwright.agreement.result import ControlAgreement
from labelwright.agreement.unmeasured import unmeasured
from labelwright.contracts import Control


def measure_control(
    control: Control,
    patterns: Mapping[tuple[str, ...], Mapping[tuple[Any, ...], int]],
    sample: Sequence[Any],
    seed: int,
    resamples: int,
) -> ControlAgreement:
    """All measures of one control. ``sample`` holds some answers of a control of text or spans."""
    if control.kind in CODED:
        return measure_coded(control, patterns, seed, resamples)
    alone = unmeasured(control, patterns)
    if alone is not None:
        return alone
    # Late: comparing texts and regions needs libraries that coded answers do without.
    from labelwright.agreement.scored import measure_scored

    return measure_scored(control, patterns, sample, seed, resamples)
