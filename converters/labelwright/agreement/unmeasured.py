"""What is said of drawings that no two people made: that nothing can be measured.

Most data sets that are converted are of one annotator. This says of them what ``scored`` would say,
without loading what it needs to count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from labelwright.agreement.result import AnnotatorAgreement, ControlAgreement, Measure, State
from labelwright.agreement.scores import FOLLOWING, Scores, metrics_of
from labelwright.contracts import Control
from labelwright.records import Kind

ALPHA = "krippendorff_alpha"
DRAWN = frozenset({Kind.SHAPES, Kind.TRACKS})


def unmeasured(
    control: Control, patterns: Mapping[Any, Mapping[tuple[Any, ...], int]]
) -> ControlAgreement | None:
    """The agreement of a control of drawings; None if a pair of annotators met on some item."""
    if control.kind not in DRAWN or any(len(who) > 1 for who in patterns):
        return None
    decode = msgspec.msgpack.Decoder(Scores).decode
    people: set[str] = set()
    answers = 0
    for group in patterns.values():
        for (key,), count in group.items():
            who = decode(key).who
            people.update(who)
            answers += count * len(who)
    state = State.ONE_ANNOTATOR if len(people) < 2 else State.NO_OVERLAP
    names = [name for name, _ in metrics_of(control)] + [*FOLLOWING] * (control.kind is Kind.TRACKS)
    alone = {name: Measure(state=State.NO_VARIATION) for name in names}  # nobody to be compared with
    return ControlAgreement(
        kind=control.kind.value,
        level=control.measured_level.value,
        items=0,
        answers=answers,
        measures={name: Measure(state=state) for name in [*names, ALPHA]},
        annotators=[AnnotatorAgreement(name, 0, dict(alone)) for name in sorted(people)],
    )
