"""Transcripts: word and character error rates, in both directions, after stated normalisation.

Edits are those of Levenshtein (1966). A transcript is split into words at white space. Error rates are
summed over items and over both directions of each pair (each annotator is the reference once) before
they are divided, as is usual over a corpus. Agreement of words or characters is 1 minus the edits over
the length of the longer transcript, so that it lies between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import combinations

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.normalise import Normaliser
from labelwright.agreement.scores import Scores, given, pack
from labelwright.contracts import Control
from labelwright.records import Value

BULK = 8192  # pairs that are compared in one call
CODES = 0x110000  # distinct words that one string of code points can stand for
EXPECTED = 64  # transcripts between which the disagreement expected by chance is measured
KEPT = 2000  # code points of a sampled transcript


class _Words:
    """Writes words as single code points, so that sequences of words are strings."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def code(self, words: Iterable[str]) -> str:
        known = self._known
        out = []
        for word in words:
            code = known.get(word)
            if code is None:
                code = known[word] = chr(len(known) % CODES)
            out.append(code)
        return "".join(out)


def word_edits(left: str, right: str) -> int:
    """The least number of words to insert, leave out or replace."""
    a, b = left.split(), right.split()
    if len(a) + len(b) >= CODES:  # more words than there are code points
        return Levenshtein.distance(a, b)
    words = _Words()
    return Levenshtein.distance(words.code(a), words.code(b))


def wer(reference: str, hypothesis: str) -> float:
    """Word error rate: words to insert, leave out or replace beside the words there are. Less is better.

    Here it is that of one reference: of two empty transcripts 0, of an empty reference alone 1. As a
    measure each annotator is the reference of each other once, and everything is summed over pairs and
    items first. ``wer_concatenated`` is measured where segments are transcribed one by one: over
    each annotator's transcripts of a whole item, joined in order of time, so that it needs no
    segments that match.

    Formula: edits / words of the reference; of a pair 2 x edits / (words of one + words of the other).

    Range: 0 upwards.

    At 1: as many edits as words.

    At 0: the same words in the same order after normalisation.

    Below 0: never.

    Source: Levenshtein 1966 (edits); the rate as usual in speech recognition, jiwer computes the same.
    """
    return _rate(word_edits(reference, hypothesis), len(reference.split()))


def cer(reference: str, hypothesis: str) -> float:
    """Character error rate: as ``wer``, over code points."""
    return _rate(Levenshtein.distance(reference, hypothesis), len(reference))


def _rate(edits: int, length: int) -> float:
    return edits / length if length else float(edits > 0)


def corpus_wer(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """The word error rate of many transcripts: all edits over all words of the references."""
    edits = words = 0
    for first in range(0, len(references), BULK):
        left = [text.split() for text in references[first : first + BULK]]
        right = [text.split() for text in hypotheses[first : first + BULK]]
        words += sum(map(len, left))
        if sum(map(len, left)) + sum(map(len, right)) >= CODES:
            edits += sum(word_edits(" ".join(a), " ".join(b)) for a, b in zip(left, right, strict=True))
            continue
        codes = _Words()
        edits += _bulk([codes.code(a) for a in left], [codes.code(b) for b in right])
    return _rate(edits, words)


def corpus_cer(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """The character error rate of many transcripts: all edits over all characters of the references."""
    edits = 0
    for first in range(0, len(references), BULK):
        edits += _bulk(references[first : first + BULK], hypotheses[first : first + BULK])
    return _rate(edits, sum(map(len, references)))


def _bulk(left: Sequence[str], right: Sequence[str]) -> int:
    """All edits between texts of the same places, in one call."""
    found = cpdist(left, right, scorer=Levenshtein.distance, dtype=np.int64)
    return int(found.sum())


def word_distance(left: str, right: str) -> float:
    """Edits over the words of the longer transcript: 0 (the same) to 1 (nothing shared)."""
    longer = max(len(left.split()), len(right.split()))
    return word_edits(left, right) / longer if longer else 0.0


def agreed(edits: int, left: int, right: int) -> list[float]:
    """Character agreement: the share of characters that two transcripts have alike.

    The characters (code points) are those after normalisation. ``percent`` of transcripts is the same
    of words.

    Formula: 1 - edits / length of the longer one, both summed over pairs and items first.

    Range: 0 to 1.

    At 1: the transcripts are equal after normalisation.

    At 0: every character would have to be replaced.

    Below 0: never.

    Source: own definition: 1 minus the error rate over the longer transcript, so that it is symmetric.
    """
    longer = max(left, right)
    return [float(longer - edits), float(longer)]


class TranscriptScorer:
    """Scores transcripts."""

    samples = True

    def __init__(self, control: Control) -> None:
        """Normalise by the control's steps. Raises ``UsageError`` if there is an unknown one."""
        self._normalise = Normaliser(control.normalise)

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """Words and characters agreed, error rates and equality of each pair. Contested by words."""
        people, answers = given(who, values)
        texts = [self._normalise(str(v)) for v in answers]
        split = [t.split() for t in texts]
        words = _Words()
        many = sum(map(len, split)) >= CODES
        coded = split if many else [words.code(one) for one in split]
        scores = Scores(people)
        for i, j in combinations(range(len(people)), 2):
            edits = Levenshtein.distance(coded[i], coded[j])
            letters = Levenshtein.distance(texts[i], texts[j])
            found = agreed(edits, len(coded[i]), len(coded[j]))
            found += [2.0 * edits, float(len(coded[i]) + len(coded[j]))]
            found += [2.0 * letters, float(len(texts[i]) + len(texts[j]))]
            found += agreed(letters, len(texts[i]), len(texts[j]))
            found += [float(texts[i] == texts[j]), 1.0]
            scores.pairs.append((i, j, found))
        return pack(scores)

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Keep the transcripts whose hash is lowest, of items that two or more wrote down."""
        if len(given(who, values)[0]) < 2:
            return
        for annotator, value in zip(*given(who, values), strict=True):
            digest = blake2b(f"{annotator}\0{item}".encode(), digest_size=8).digest()
            key = (digest, item, annotator)
            if by < 0:
                kept.remove(key)
            else:
                kept.put(key, self._normalise(str(value))[:KEPT])


def expected_word_distance(sample: list[str]) -> float | None:
    """The mean ``word_distance`` between the first sampled transcripts; None for fewer than two."""
    apart = [word_distance(a, b) for a, b in combinations(sample[:EXPECTED], 2)]
    return sum(apart) / len(apart) if apart else None


MEASURES = {"wer": wer, "wer_concatenated": wer, "character_percent": agreed}
