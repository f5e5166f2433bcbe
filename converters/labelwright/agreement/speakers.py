"""Diarization: error rates between two annotators, and whose speaker is whose.

Names of speakers mean nothing between annotators, so they are first mapped one to one such that the
time on which both name the same speaker is longest. Times are exact to the microsecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from labelwright.agreement.assignment import assign
from labelwright.agreement.timeline import Atom, Track, atoms, track
from labelwright.records import Segment

MICRO = 1e6  # units of time per second
Mapping = dict[str, str]


class Errors(NamedTuple):
    """Parts of an error rate: sum them over recordings before dividing."""

    wrong: float
    total: float

    @property
    def rate(self) -> float:
        """The rate; where nothing was to be found 0 if nothing was, else 1."""
        return self.wrong / self.total if self.total else float(self.wrong > 0)


def der(reference: Sequence[Segment], hypothesis: Sequence[Segment], collar: float = 0.0) -> Errors:
    """Diarization error rate (NIST RT-09, 2009) as time of error over time of reference speech.

    0: all speech is given to the same speakers. 1: as much error as there is speech; it can be higher,
    since speech that only the hypothesis has counts as error too. Where speakers overlap each counts,
    so time is in speaker seconds. ``collar``: seconds before and after each boundary of the
    reference that do not count.
    """
    found, _, mapping = _scored(reference, hypothesis, collar)
    wrong = total = 0
    for length, (mine, theirs) in found:
        same = sum(mapping.get(speaker) in mine for speaker in theirs)
        wrong += length * (max(len(mine), len(theirs)) - same)
        total += length * len(mine)
    return Errors(wrong / MICRO, total / MICRO)


def jer(reference: Sequence[Segment], hypothesis: Sequence[Segment], collar: float = 0.0) -> Errors:
    """Jaccard error rate (Ryant et al., second DIHARD challenge, 2019), summed over reference speakers.

    Per reference speaker 1 minus the time shared with the mapped speaker over the time of either; 1 for
    a speaker that is mapped to none. Every speaker counts once. 0: the same time by the same speakers.
    1: nothing shared.
    """
    found, shared, mapping = _scored(reference, hypothesis, collar)
    mine: dict[str, int] = {}
    theirs: dict[str, int] = {}
    for length, (left, right) in found:
        for speaker in left:
            mine[speaker] = mine.get(speaker, 0) + length
        for speaker in right:
            theirs[speaker] = theirs.get(speaker, 0) + length
    wrong = float(len(mine))
    for other, speaker in sorted(mapping.items()):
        both = shared[speaker, other]
        wrong -= both / (mine[speaker] + theirs[other] - both)
    return Errors(max(wrong, 0.0), float(len(mine)))


Scored = tuple[list[Atom], dict[tuple[str, str], int], Mapping]


def _scored(reference: Sequence[Segment], hypothesis: Sequence[Segment], collar: float) -> Scored:
    """What is scored of time, the time shared by speakers, and hypothesis speakers as reference ones."""
    mine, theirs = track(reference, MICRO), track(hypothesis, MICRO)
    found = [(n, said[:2]) for n, said in atoms([mine, theirs, _collars(mine, collar)]) if not said[2]]
    shared: dict[tuple[str, str], int] = {}
    for length, (left, right) in found:
        for a in left:
            for b in right:
                shared[a, b] = shared.get((a, b), 0) + length
    return found, shared, best_mapping(shared)


def _collars(reference: Track, collar: float) -> Track:
    """The time around boundaries that is not scored. One speaker's segments that touch are one."""
    wide = round(max(collar, 0.0) * MICRO)
    found: Track = {}
    for channel, part in reference.items() if wide else ():
        by_speaker: dict[str, list[list[int]]] = {}
        for start, end, speaker in sorted(part):
            own = by_speaker.setdefault(speaker, [])
            if own and start <= own[-1][1]:
                own[-1][1] = max(own[-1][1], end)
            else:
                own.append([start, end])
        edges = [edge for own in by_speaker.values() for pair in own for edge in pair]
        found[channel] = [(max(0, edge - wide), edge + wide, "") for edge in edges]
    return found


def best_mapping(shared: dict[tuple[str, str], int]) -> Mapping:
    """Right names as left names, one to one, such that the shared amount is highest.

    ``shared`` gives amounts by (left, right); names that share nothing are not mapped.
    """
    rows, columns = sorted({a for a, _ in shared}), sorted({b for _, b in shared})
    pairs = assign([[shared.get((a, b), 0) for b in columns] for a in rows])
    return {columns[j]: rows[i] for i, j in pairs if (rows[i], columns[j]) in shared}


def common_names(found: Sequence[Atom], annotators: int) -> list[Mapping]:
    """Per annotator, own names of speakers as names that all annotators share.

    Starts from the annotator who gave most speech (the first of equals) and takes up the others by
    falling speech, each by the mapping that shares most time with all before. "speaker 1" is who speaks
    longest, over all annotators. For two annotators this is the best mapping of the pair.
    """
    time: list[dict[str, int]] = [{} for _ in range(annotators)]
    for length, said in found:
        for own, names in zip(time, said, strict=True):
            for name in names:
                own[name] = own.get(name, 0) + length
    order = sorted(range(annotators), key=lambda i: -sum(time[i].values()))
    group: list[dict[str, int]] = [{} for _ in range(annotators)]
    weight: list[int] = []
    for place, who in enumerate(order):
        shared: dict[tuple[str, str], int] = {}
        for length, said in found if place else ():
            for other in order[:place]:
                for name in said[other]:
                    for own in said[who]:
                        key = (f"{group[other][name]:09}", own)
                        shared[key] = shared.get(key, 0) + length
        known = best_mapping(shared)
        for own in sorted(time[who], key=lambda n: (-time[who][n], n)):
            if own not in known:
                weight.append(0)
            number = int(known[own]) if own in known else len(weight) - 1
            group[who][own] = number
            weight[number] += time[who][own]
    ranked = sorted(range(len(weight)), key=lambda n: (-weight[n], n))
    name_of = {number: f"speaker {place}" for place, number in enumerate(ranked, 1)}
    return [{own: name_of[number] for own, number in mine.items()} for mine in group]
