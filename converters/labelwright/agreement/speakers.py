"""Diarization: error rates between two annotators, and whose speaker is whose.

Names of speakers mean nothing between annotators, so they are first mapped one to one such that the
time on which both name the same speaker is longest. Times are exact to the microsecond.
"""

from __future__ import annotations

from collections import Counter
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
    """Diarization error rate: time given to the wrong speaker or none beside all speech. Less is better.

    Here it is that of one reference, as time of error and time of reference speech. As a measure each
    annotator is the reference of each other once, and everything is summed over pairs and items first;
    the control's collar applies. Where speakers overlap each counts, so time is in speaker seconds.
    ``collar``: seconds before and after each boundary of the reference that do not count.

    Formula: (missed speech + false speech + speech of another speaker) / speech of the reference, after
        the mapping of speakers that shares most time.

    Range: 0 upwards: false speech counts too.

    At 1: as much error as there is speech.

    At 0: all speech is given to the same speakers.

    Below 0: never.

    Source: NIST 2009, the Rich Transcription evaluation plan; pyannote.metrics computes the same.
    """
    found, _, mapping = _scored(reference, hypothesis, collar)
    wrong = total = 0
    for length, (mine, theirs) in found:
        same = sum(mapping.get(speaker) in mine for speaker in theirs)
        wrong += length * (max(len(mine), len(theirs)) - same)
        total += length * len(mine)
    return Errors(wrong / MICRO, total / MICRO)


def jer(reference: Sequence[Segment], hypothesis: Sequence[Segment], collar: float = 0.0) -> Errors:
    """Jaccard error rate: as the diarization error rate, but every speaker counts the same.

    Here it is that of one reference, as error and number of reference speakers. As a measure each
    annotator is the reference of each other once, and everything is summed over pairs and items
    first; no collar applies. Speakers are mapped as for the diarization error rate. Less is better.

    Formula: the mean over reference speakers of 1 - (time shared with the mapped speaker / time of
        either); 1 for a speaker that is mapped to none.

    Range: 0 to 1.

    At 1: no speaker shares time with one of the other annotator.

    At 0: the same time by the same speakers.

    Below 0: never.

    Source: Ryant et al. 2019, the second DIHARD challenge; pyannote.metrics computes the same.
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
    if not mine:  # no speaker to find: all found ones are one error, which counts for no speaker
        return Errors(float(bool(theirs)), 0.0)
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
        for sums, names in zip(time, said, strict=True):
            for name in names:
                sums[name] = sums.get(name, 0) + length
    order = sorted(range(annotators), key=lambda i: -sum(time[i].values()))
    group: list[dict[str, int]] = [{} for _ in range(annotators)]
    weight: list[int] = []
    before: list[Counter[int]] = [Counter() for _ in found]  # who was heard, by those taken up so far
    for place, who in enumerate(order):
        shared: dict[tuple[str, str], int] = {}
        for (length, said), held in zip(found, before, strict=True) if place else ():
            for number, times in held.items() if said[who] else ():
                for own in said[who]:
                    key = (f"{number:09}", own)
                    shared[key] = shared.get(key, 0) + length * times
        known = best_mapping(shared)
        for own in sorted(time[who], key=lambda n: (-time[who][n], n)):
            if own not in known:
                weight.append(0)
            number = int(known[own]) if own in known else len(weight) - 1
            group[who][own] = number
            weight[number] += time[who][own]
        for (_, said), held in zip(found, before, strict=True):
            held.update(group[who][own] for own in said[who])
    ranked = sorted(range(len(weight)), key=lambda n: (-weight[n], n))
    name_of = {number: f"speaker {place}" for place, number in enumerate(ranked, 1)}
    return [{own: name_of[number] for own, number in mine.items()} for mine in group]


MEASURES = {"der": der, "jer": jer}
