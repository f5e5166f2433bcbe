"""A label is given to one group of items far more often than to the others.

Where it should not depend on the group (a dialect, a region, a source), this is a bias of the data or of
its annotators, and a model learns it (a survey of annotation practice). ``groups`` in ``[quality.lint]``
names keys of the items' data or meta; without it there is no group to compare. An item has the labels that
more than half of its annotators gave. Each group of at least 30 items is held against all other items with
the two-proportion z-test, two-sided, with the pooled share, where at least five items are expected in each
of its four cells. It is a finding if the shares differ by at least 20 percentage points and p, times the
number of comparisons (Bonferroni), is below 0.01. 30 items, 20 points and 0.01 are ours. Source of the
test: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003). At most 100 groups of a
key are compared.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._facets import facet
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import percent, quoted
from labelwright.records import Item, Kind

UNEVEN = ProblemType(
    "lint.group-shares",
    "A label is much more frequent in one group than in the others",
    "{control} = {label}: {share} of {count} items with {key} = {value}, {other} of the others (p = {p})",
    "Look at items of both sides: if the label should not depend on the group, balance or correct them.",
    Severity.WARNING,
)
NO_GROUPS = ProblemType(
    "lint.group-shares-unknown",
    "A key gives no groups",
    "the key {key!r} gives no groups to compare: {why}",
    "Correct the key in [quality.lint], or give the items a value under it.",
    Severity.WARNING,
)
KINDS = frozenset((Kind.CHOICE, Kind.CHOICES))
MIN_GROUP, MIN_EXPECTED, MIN_DIFFERENCE, ALPHA = 30, 5, 0.2, 0.01
MAX_GROUPS = 100


def p_value(hits: int, count: int, other_hits: int, others: int) -> float:
    """Two-sided p of the pooled two-proportion z-test; 1.0 where it does not apply.

    Source: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), without a
    correction for continuity.
    """
    if not count or not others:
        return 1.0
    pooled = (hits + other_hits) / (count + others)
    if min(count, others) * min(pooled, 1 - pooled) < MIN_EXPECTED:
        return 1.0
    error = math.sqrt(pooled * (1 - pooled) * (1 / count + 1 / others))
    return math.erfc(abs(hits / count - other_hits / others) / error / math.sqrt(2))


def majority_labels(item: Item, control: str) -> frozenset[str]:
    """The labels that more than half of an item's annotators gave."""
    votes: Counter[str] = Counter()
    for annotation in item.submitted:
        value = annotation.answers.get(control)
        votes.update({value} if isinstance(value, str) else set(value) if isinstance(value, tuple) else ())
    return frozenset(str(label) for label, n in votes.items() if 2 * n > len(item.submitted))


class GroupShares(Rule):
    """Counts labels by group."""

    name = "group-shares"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        controls = context.template.controls if context.template is not None else {}
        self._asked = [n for n, c in controls.items() if c.kind in KINDS and c.labels and not c.on]
        self._sizes: dict[str, Counter[str]] = {key: Counter() for key in context.lint.groups}
        self._given: Counter[tuple[str, str, str, str]] = Counter()  # key, group, control, label

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """Count the labels of one item."""
        if not item.submitted or not self._sizes:
            return ()
        given = [(name, label) for name in self._asked for label in majority_labels(item, name)]
        for key, sizes in self._sizes.items():
            group = facet(item, key)
            if group and (group in sizes or len(sizes) <= MAX_GROUPS):
                sizes[group] += 1
                self._given.update((key, group, name, label) for name, label in given)
        return ()

    def finish(self) -> Iterator[Problem]:
        """Labels whose share depends on the group."""
        for key, sizes in self._sizes.items():
            if len(sizes) > MAX_GROUPS:
                yield NO_GROUPS.at(key=key, why=f"it has more than {MAX_GROUPS} values")
            elif len(sizes) < 2:
                yield NO_GROUPS.at(key=key, why="the answered items have fewer than two values under it")
            else:
                yield from self._compared(key, sizes)

    def _compared(self, key: str, sizes: Counter[str]) -> Iterator[Problem]:
        labels = sorted({(name, label) for k, _, name, label in self._given if k == key})
        groups = [group for group in sorted(sizes) if sizes[group] >= MIN_GROUP]
        everything = sizes.total()
        for name, label in labels:
            total = sum(self._given[key, group, name, label] for group in sizes)
            for group in groups:
                hits, count = self._given[key, group, name, label], sizes[group]
                share, other = hits / count, (total - hits) / max(1, everything - count)
                p = min(
                    1.0, p_value(hits, count, total - hits, everything - count) * len(labels) * len(groups)
                )
                if abs(share - other) >= MIN_DIFFERENCE and p < ALPHA:
                    yield UNEVEN.at(
                        control=name, label=quoted(label), share=percent(share), count=count, key=key,
                        value=quoted(group), other=percent(other), p=f"{p:.1g}",
                    )  # fmt: skip


plugin = GroupShares
