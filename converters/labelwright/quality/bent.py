"""What follows from what suggestions did to the answers: for a person who leads the work, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from labelwright.agreement.result import Measure


class Apart(Struct):
    """How far people agree with each other on items with a suggestion, and on items without.

    The mean over items of how alike each two answers are, from 0 to 1 (for kinds with few values the share
    of equal pairs), with 95 % bootstrap intervals over items; ``difference`` is the first less the second.
    """

    items_with: int
    items_without: int
    with_suggestion: Measure
    without_suggestion: Measure
    difference: Measure


KEEP_BLIND = (
    "Nothing tells what people answer without a suggestion. Keep a blind share in the next batch: prelabel "
    "with --share 80 --seed 7, then report with --share 80 --lot-seed 7."
)
ANSWER_TWICE = (
    "No item was answered by two people, so that nothing tells whether suggestions bend the answers. Have "
    "some items with a suggestion and some of the blind share answered twice."
)
CHECK_LOT = (
    "Make sure that --share and --lot-seed are those that suggestions were given by: {seen:,} of {blind:,} "
    "items of the blind share have a suggestion."
)
MORE = (
    "{control}: people agree more where there was a suggestion ({gap:+.2f}, between {low:+.2f} and "
    "{high:+.2f}). {so}"
)
BY_LOT = (
    "Part of that agreement is the model's: judge the guideline and the work by the agreement without "
    "({without:.2f}), and have a sample of what was suggested reviewed."
)
NOT_SO = "What suggestions do to it is known only with a blind share drawn by lot."
LESS = (
    "{control}: people agree less where there was a suggestion ({gap:+.2f}, between {low:+.2f} and "
    "{high:+.2f}): some follow it, others do not. {so}"
)
SEE_CHANGES = "Look at what was changed, by whom, and at the guideline for such items."
EITHER = (
    "{control}: these items show no difference in agreement with a suggestion and without; it lies between "
    "{low:+.2f} and {high:+.2f}. {so}"
)
NARROW = "More items of the blind share, answered twice, narrow that."
TOO_FEW = (
    "{control}: too few items were answered twice, {shown:,} with a suggestion and {blind:,} without, to "
    "tell whether suggestions bend the answers."
)


def conclusions(agreement: Mapping[str, Apart], items: tuple[int, int], seen: int, by_lot: bool) -> list[str]:
    """Sentences, what has to be looked at first first.

    ``items`` are those with a suggestion and without, ``seen`` those without by lot that have one.
    """
    found = [CHECK_LOT.format(seen=seen, blind=items[1])] if seen else []
    if not items[1] and items[0]:
        return [*found, KEEP_BLIND]
    if not agreement:
        return [*found, ANSWER_TWICE]
    return found + [_control(name, one, by_lot) for name, one in agreement.items()]


def _control(name: str, one: Apart, by_lot: bool) -> str:
    gap, without = one.difference, one.without_suggestion.value
    if gap.value is None or gap.low is None or gap.high is None or without is None:
        return TOO_FEW.format(control=name, shown=one.items_with, blind=one.items_without)
    told = {"control": name, "gap": _plain(gap.value), "low": _plain(gap.low), "high": _plain(gap.high)}
    if gap.low > 0:
        return MORE.format(**told, so=BY_LOT.format(without=without) if by_lot else NOT_SO)
    if gap.high < 0:
        return LESS.format(**told, so=SEE_CHANGES if by_lot else NOT_SO)
    return EITHER.format(**told, so=NARROW if by_lot else NOT_SO)


def _plain(value: float) -> float:
    """Without the sign of what rounds to nothing."""
    return value if abs(value) >= 0.005 else 0.0
