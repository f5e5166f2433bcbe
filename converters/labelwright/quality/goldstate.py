"""How annotators answer gold items, kept exactly: integers that parts add up to the whole's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from labelwright.agreement.items import MISSING, frozen
from labelwright.contracts import Control, Template
from labelwright.quality.comparing import Comparer
from labelwright.quality.goldcopies import CopyState
from labelwright.records import Value

MILLION = 1_000_000  # scores are kept as whole millionths, so that no order of adding changes a sum
NOT_GIVEN = ()  # stands for an answer that was not given; no coded value is empty

CodedKey = tuple[str, str, Any, Any]  # annotator, control, gold value, given value


class GoldState(Struct):
    """What gold scoring counts; ``merge`` gives what one run over both inputs would have counted.

    ``by_file`` and ``by_flag`` count gold items by where their answer came from, ``all_flagged`` items
    of several annotators all of whose annotations are flagged, ``answered`` the gold items that each
    annotator was scored on. ``right`` has one count per key of a coded control, ``scores`` the number
    of answers and their sum in millionths by annotator and control of the other kinds. ``authors``
    wrote gold answers, ``own`` counts by annotator the answers that gold was taken from, which are not
    scored. ``seen`` are the items of a gold file that the input has, ``referred`` those of a file of
    references, and ``copies`` tells of items that show the same as gold items.
    """

    by_file: int = 0
    by_flag: int = 0
    all_flagged: int = 0
    answered: dict[str, int] = field(default_factory=dict)
    right: dict[CodedKey, int] = field(default_factory=dict)
    scores: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    authors: set[str] = field(default_factory=set)
    own: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    referred: set[str] = field(default_factory=set)
    copies: CopyState = field(default_factory=CopyState)

    @property
    def items(self) -> int:
        """The number of gold items."""
        return self.by_file + self.by_flag

    def pairs(self) -> dict[tuple[str, str], list[tuple[Any, Any, int]]]:
        """By annotator and control: gold value, given value and how often."""
        found: dict[tuple[str, str], list[tuple[Any, Any, int]]] = {}
        for (annotator, name, known, given), count in self.right.items():
            found.setdefault((annotator, name), []).append((known, given, count))
        return found

    def of(self, name: str, control: Control) -> dict[str, tuple[int, int]]:
        """By annotator how many answers to a control were right, of how many; scores are rounded."""
        comparer = Comparer(control)
        found: dict[str, list[int]] = {}
        for (annotator, asked, known, given), count in self.right.items():
            if asked == name:
                mine = found.setdefault(annotator, [0, 0])
                mine[0] += count * (comparer.score(known, given) == 1.0)
                mine[1] += count
        for (annotator, asked), (count, total) in self.scores.items():
            if asked == name:
                found[annotator] = [round(total / MILLION), count]
        return {annotator: (right, total) for annotator, (right, total) in sorted(found.items())}

    def merge(self, other: GoldState) -> None:
        """Take over what another part counted."""
        self.by_file += other.by_file
        self.by_flag += other.by_flag
        self.all_flagged += other.all_flagged
        for name, count in other.answered.items():
            self.answered[name] = self.answered.get(name, 0) + count
        for name, count in other.own.items():
            self.own[name] = self.own.get(name, 0) + count
        for key, count in other.right.items():
            self.right[key] = self.right.get(key, 0) + count
        for pair, (count, total) in other.scores.items():
            mine = self.scores.setdefault(pair, [0, 0])
            mine[0] += count
            mine[1] += total
        self.authors |= other.authors
        self.seen |= other.seen
        self.referred |= other.referred
        self.copies.merge(other.copies)


class GoldScorer:
    """Scores answers against gold answers, control by control, into a state."""

    def __init__(self, template: Template, state: GoldState) -> None:
        """Only controls that are asked of items are scored, not those asked of regions."""
        self.state = state
        self._controls = {n: Comparer(c) for n, c in template.controls.items() if not c.on}

    def score(
        self,
        known: Mapping[str, Value],
        annotator: str,
        given: Mapping[str, Value],
        texts: Callable[[str], object],
    ) -> None:
        """Count one annotator's answers to one gold item.

        A control that the gold answer leaves out is not scored; one that only the annotator left out
        counts as wrong. ``texts`` gives the text that a control's spans lie in, or None.
        """
        state = self.state
        scored = False
        for name, value in known.items():
            comparer = self._controls.get(name)
            if comparer is None or value is None:
                continue
            scored = True
            answer = given.get(name, MISSING)
            missing = answer is MISSING or answer is None
            if comparer.coded:
                key = (annotator, name, frozen(value), NOT_GIVEN if missing else frozen(answer))
                state.right[key] = state.right.get(key, 0) + 1
                continue
            mine = state.scores.setdefault((annotator, name), [0, 0])
            mine[0] += 1
            if not missing:
                mine[1] += round(comparer.score(value, answer, texts(name)) * MILLION)
        if scored:
            state.answered[annotator] = state.answered.get(annotator, 0) + 1
