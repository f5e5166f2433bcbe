"""Answers that compare: a preference between two answers, a ranking of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from labelwright.problems import ProblemType, Severity
from labelwright.records import LEFT, RIGHT, TIE

_RANK_AGAIN = "Open the annotation in Label Studio, rank the answers again and submit."
RANKED_TWICE = ProblemType(
    "label-studio.ranking-repeated",
    "A ranking names an entry more than once",
    "control {control!r} ranks {names} more than once; the ranking is set aside",
    _RANK_AGAIN,
)
RANKED_UNKNOWN = ProblemType(
    "label-studio.ranking-unknown",
    "A ranking names an entry that the item's list does not have",
    "control {control!r} ranks {names}, which the item's list does not have; the ranking is set aside",
    "The task's list was changed after it was ranked: restore the list or rank it again.",
)
RANKED_PARTLY = ProblemType(
    "label-studio.ranking-partial",
    "A ranking leaves out entries of the item's list",
    "control {control!r} does not place {names}; the others' order is kept",
    _RANK_AGAIN,
    Severity.WARNING,
)
LEFT_UNRANKED = ProblemType(
    "label-studio.ranking-unranked",
    "Entries were left in no bucket",
    "control {control!r}: {names} were left in no bucket and have no rank",
    "None needed if they were left there on purpose.",
    Severity.NOTE,
)
LIST_UNREADABLE = ProblemType(
    "label-studio.ranking-unchecked",
    "A ranking cannot be checked against the item's list",
    "control {control!r} ranks entries of {variable!r}, which is no list of objects with an id",
    "Import the task with a list of objects that have an id, a title and a body.",
    Severity.WARNING,
)
PREFERENCE_CHOICES = ProblemType(
    "label-studio.preference-choices",
    "A control's choices are no preference",
    "control {control!r} stores {stored}; a preference is stored as left, tie or right",
    'Give each Choice an alias: alias="left", alias="tie", alias="right".',
)

UNRANKED = "_"  # where Label Studio keeps what was dragged into no bucket
PREFERENCES = (LEFT, TIE, RIGHT)

Tiers: TypeAlias = tuple[tuple[str, ...], ...]
Found: TypeAlias = tuple[ProblemType, dict[str, Any]]


def preference(value: Any, labels: Mapping[str, str]) -> str | None:
    """``left``, ``tie`` or ``right`` of a Pairwise or of Choices; None: the choice was taken back.

    Raises ``ValueError`` for anything else.
    """
    if "selected" in value:
        found = value["selected"]
        if found is None or found == "none":
            return None
    else:
        chosen = value["choices"]
        if not isinstance(chosen, list) or len(chosen) != 1:
            raise ValueError("one choice was asked")
        found = labels.get(chosen[0], chosen[0])
    if found not in PREFERENCES:
        raise ValueError(f"{found!r} is none of {', '.join(PREFERENCES)}")
    return str(found)


class Ranked:
    """A Ranker's columns as they are stored, before they are checked against the item's list."""

    __slots__ = ("column", "tiers", "unranked")

    def __init__(self, tiers: Tiers, unranked: tuple[str, ...] = (), column: str = "") -> None:
        """``tiers`` best first; ``unranked``: what lies in no bucket; ``column``: the only one's name."""
        self.tiers = tiers
        self.unranked = unranked
        self.column = column


def ranking(value: Any, buckets: Mapping[str, str]) -> Ranked:
    """The tiers of a Ranker: one for each entry, or one for each bucket, in the config's order.

    A Ranker without buckets has one column, which is named as the control is (the caller checks that). A
    bucket that holds nothing keeps its place, so that all in the best is not all in the worst.
    Raises ``ValueError`` if the value is no ranking or its buckets have no known order.
    """
    columns = value["ranker"]
    if not isinstance(columns, dict):
        raise ValueError("it holds no columns")
    entries = {str(name): _entries(held) for name, held in columns.items()}
    if not buckets and len(entries) == 1:
        ((name, order),) = entries.items()
        return Ranked(tuple((entry,) for entry in order), column=name)
    unknown = sorted(set(entries) - set(buckets) - {UNRANKED})
    if unknown:
        raise ValueError(f"the label config has no bucket {', '.join(map(repr, unknown))}")
    best_first = dict.fromkeys(buckets.values())
    return Ranked(tuple(entries.get(name, ()) for name in best_first), entries.get(UNRANKED, ()))


def _entries(held: Any) -> tuple[str, ...]:
    if not isinstance(held, list) or not all(type(x) in (str, int) for x in held):
        raise ValueError("a column is no list of ids")
    return tuple(str(x) for x in held)


def checked(ranked: Ranked, shown: Any, variable: str) -> tuple[Tiers | None, list[Found]]:
    """A ranking's value, None if it cannot be used or ranks nothing, and what is wrong with it.

    ``shown`` is the item's list, which the data holds as ``variable``.
    """
    tiers = ranked.tiers
    placed = [name for tier in (*tiers, ranked.unranked) for name in tier]
    repeated = sorted({name for name in placed if placed.count(name) > 1})
    if repeated:
        return None, [(RANKED_TWICE, {"names": _named(repeated)})]
    found: list[Found] = []
    ids = _ids(shown)
    if ids is None:
        found.append((LIST_UNREADABLE, {"variable": variable}))
    else:
        unknown = [name for name in placed if name not in ids]
        if unknown:
            return None, [(RANKED_UNKNOWN, {"names": _named(unknown)})]
        missing = sorted(ids.difference(placed))
        if missing:
            found.append((RANKED_PARTLY, {"names": _named(missing)}))
    if ranked.unranked:
        found.append((LEFT_UNRANKED, {"names": _named(ranked.unranked)}))
    if not any(tiers):
        return None, found
    return tuple(tuple(sorted(tier)) for tier in tiers), found


def _ids(shown: Any) -> frozenset[str] | None:
    if not isinstance(shown, list) or not all(isinstance(x, dict) and "id" in x for x in shown):
        return None
    return frozenset(str(x["id"]) for x in shown)


def _named(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))


def preference_drift(tag: str, stored: Sequence[str]) -> Iterator[ProblemType]:
    """The problem of Choices that do not store a preference; a Pairwise always does."""
    if tag == "Choices" and not {LEFT, RIGHT} <= set(stored) <= set(PREFERENCES):
        yield PREFERENCE_CHOICES
