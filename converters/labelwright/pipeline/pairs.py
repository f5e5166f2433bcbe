"""What becomes of ties and of pairs that are hardly apart, and which rows an example gives."""

from __future__ import annotations

from msgspec import Struct

from labelwright.examples import Example, Preference, Ranking, derive
from labelwright.problems import ProblemType, Severity

DROP, KEEP = "drop", "keep"
POLICIES = (DROP, KEEP)

TIE_LEFT_OUT = ProblemType(
    "preference.tie-left-out",
    "A pair of answers that people found equally good",
    "neither answer was found better; a pair needs one that is, so the item gives none",
    "None needed. Choose a target that holds ties and pass --ties keep to write them.",
    Severity.NOTE,
)
MARGIN_LOW = ProblemType(
    "preference.margin-low",
    "A pair of answers that are less far apart than was asked",
    "the chosen answer was found better by {margin:g}, less than the {minimum:g} asked",
    "None needed. Lower --min-margin to write such pairs.",
    Severity.NOTE,
)
MARGIN_UNKNOWN = ProblemType(
    "preference.margin-unknown",
    "A pair whose distance nobody stated",
    "nobody said how much better the chosen answer is, and at least {minimum:g} was asked",
    "Answer the question in the tool, or leave --min-margin out.",
    Severity.WARNING,
)
ALL_TIED = ProblemType(
    "preference.ranks-all-equal",
    "A ranking in which all answers are equally good",
    "all ranked answers share one rank, so no pair follows; the item gives no example",
    "None needed if they are; otherwise rank them again.",
    Severity.NOTE,
)


class PairPolicy(Struct, frozen=True):
    """The stated policy for pairs. ``min_margin`` None: any distance will do."""

    ties: str = DROP
    min_margin: float | None = None

    def apply(self, example: Example, kinds: frozenset[str]) -> tuple[list[Example], list[LeftOut]]:
        """The examples of ``kinds`` that an example gives, and what was left out of them."""
        left: list[LeftOut] = []
        if isinstance(example, Preference) and (reason := self._against(example)) is not None:
            return [], [reason]
        derived = derive(example, kinds)
        if isinstance(example, Ranking) and "ranking" not in kinds:
            if not derived:
                left.append(LeftOut(ALL_TIED))
            kept: list[Example] = []
            for pair in derived:
                reason = self._against(pair) if isinstance(pair, Preference) else None
                if reason is None:
                    kept.append(pair)
                else:
                    left.append(reason)
            derived = kept
        return derived, left

    def _against(self, pair: Preference) -> LeftOut | None:
        """Why a pair is left out; None if it is not."""
        if pair.tie:
            return LeftOut(TIE_LEFT_OUT) if self.ties == DROP else None
        if self.min_margin is None:
            return None
        if pair.margin is None:
            return LeftOut(MARGIN_UNKNOWN, {"minimum": self.min_margin})
        if pair.margin < self.min_margin:
            return LeftOut(MARGIN_LOW, {"margin": pair.margin, "minimum": self.min_margin})
        return None


class LeftOut(Struct, frozen=True):
    """Why a pair is not written: the kind of problem and what it says."""

    kind: ProblemType
    what: dict[str, float] = {}
