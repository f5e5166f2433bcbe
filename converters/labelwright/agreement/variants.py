"""Labels that differ by case or blanks alone: counted apart, and said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from labelwright.agreement.result import Agreement
from labelwright.problems import Place, Problem, ProblemType, Severity
from labelwright.records import Kind

DIFFER_BY_CASE = ProblemType(
    "agreement.labels-differ-by-case",
    "Labels differ by case or blanks alone",
    "control {control!r} has labels that differ by case or blanks alone: {labels}",
    "They count as different labels. Make them one in the labelling configuration and in the answers.",
    Severity.WARNING,
)
LABELLED = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.SPANS, Kind.RELATIONS, Kind.TURNS})
LABELLED |= {Kind.SEGMENTS, Kind.SHAPES, Kind.TRACKS}


def variants(labels: Iterable[str]) -> list[list[str]]:
    """Groups of labels that are equal once case and blanks are left out, each sorted."""
    groups: dict[str, set[str]] = {}
    for label in labels:
        bare = "".join(unicodedata.normalize("NFC", label).casefold().split())
        groups.setdefault(bare, set()).add(label)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def label_problems(agreement: Agreement) -> Iterator[Problem]:
    """A warning for every group of labels of one control that look like one."""
    for name, control in agreement.controls.items():
        if control.kind not in LABELLED:
            continue
        counted = control.distribution if control.kind == Kind.CHOICE else {}
        for group in variants([*control.labels, *counted]):
            told = ", ".join(repr(label) for label in group)
            yield DIFFER_BY_CASE.at(Place(control=name), control=name, labels=told)
