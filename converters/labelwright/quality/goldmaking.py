"""Proposes gold items: those marked as ground truth, and those on which several annotators agree."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from msgspec import Struct

from labelwright.agreement.bounded import Lowest
from labelwright.contracts import Template
from labelwright.quality.comparing import essence
from labelwright.quality.gate import gated_controls
from labelwright.records import Annotation, Value

FLAGGED, AGREED = "ground truth", "unanimous"


class Candidate(Struct):
    """An item that can be gold, its answers, the annotations they come from, and why."""

    item: str
    answers: dict[str, Value]
    annotations: tuple[str, ...]
    why: str


def shared_answers(marked: Sequence[Annotation]) -> dict[str, Value]:
    """What an item's ground-truth annotations, at least one, all say."""
    first, *others = marked
    return {
        name: value
        for name, value in first.answers.items()
        if all(name in a.answers and essence(a.answers[name]) == essence(value) for a in others)
    }


class Maker:
    """Collects candidates: all flagged items, and the ``wanted`` agreed ones of lowest seeded hash.

    An item is agreed where at least ``least`` annotators answered it and all of them gave the same
    answer to every control that the gate asks for. The hash takes the same items in any order.
    """

    def __init__(self, template: Template, wanted: int, seed: int, least: int, trust: bool) -> None:
        """``trust``: flags count even where each annotation of an item has one."""
        self._trust = trust
        self._gated = gated_controls(template)
        self._least, self._seed = least, seed
        self.agreed = Lowest(max(wanted, 1))
        self.candidates = 0  # items agreed on, whether taken or not
        self.flagged: list[Candidate] = []
        self.annotated = 0
        self.marked = 0

    def add(self, item: str, annotations: Sequence[Annotation]) -> None:
        """Look at one item's annotations, one an annotator."""
        self.annotated += 1
        flagged = [a for a in annotations if a.reference]
        self.marked += bool(flagged)
        # Where each of several annotations is flagged, none of them stands out.
        if flagged and (self._trust or not len(flagged) == len(annotations) > 1):
            ids = tuple(a.id for a in flagged)
            self.flagged.append(Candidate(item, shared_answers(flagged), ids, FLAGGED))
        if len(annotations) < self._least or not self._gated:
            return
        first = annotations[0].answers
        for name in self._gated:
            if name not in first:
                return
            same = essence(first[name])
            if any(n.answers.get(name) is None or essence(n.answers[name]) != same for n in annotations):
                return
        self.candidates += 1
        digest = blake2b(f"{self._seed}\0{item}".encode("utf-8", "backslashreplace"), digest_size=8).digest()
        if self.agreed.wants((digest, item)):
            answers = {n: first[n] for n in self._gated}
            ids = tuple(a.id for a in annotations)
            self.agreed.put((digest, item), Candidate(item, answers, ids, AGREED))

    @property
    def everything_flagged(self) -> bool:
        """Whether the flags are an import's doing (see ``mostly_flagged``)."""
        return mostly_flagged(self.marked, self.annotated)


def mostly_flagged(marked: int, annotated: int) -> bool:
    """Whether more than half of the annotated items have a ground-truth flag, which is no gold set.

    Label Studio marks every annotation that is imported without the flag as ground truth.
    """
    return marked * 2 > annotated
