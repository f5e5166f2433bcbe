"""Transcripts: word and character error rates, in both directions, after stated normalisation.

Edits are those of Levenshtein (1966). A transcript is split into words at white space. Error rates are
summed over items and over both directions of each pair (each annotator is the reference once) before
they are divided, as is usual over a corpus. Agreement of words or characters is 1 minus the edits over
the length of the longer transcript, so that it lies between 0 and 1.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import combinations

from rapidfuzz.distance import Levenshtein

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.normalise import Normaliser
from labelwright.agreement.scores import Scores, compared, given, pack
from labelwright.contracts import Control
from labelwright.records import Value

EXPECTED = 64  # transcripts between which the disagreement expected by chance is measured
KEPT = 2000  # code points of a sampled transcript


def word_edits(left: str, right: str) -> int:
    """The least number of words to insert, leave out or replace."""
    return Levenshtein.distance(left.split(), right.split())


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
        said = [self._normalise.split(str(v)) for v in answers]
        scores = Scores(people)
        for i, j in compared(len(people)):
            (a, left), (b, right) = said[i], said[j]
            if a == b:
                edits = letters = 0
            else:
                edits, letters = Levenshtein.distance(left, right), Levenshtein.distance(a, b)
            words, characters = len(left) + len(right), len(a) + len(b)
            found = [*agreed(edits, len(left), len(right)), 2.0 * edits, float(words)]
            found += [2.0 * letters, float(characters), *agreed(letters, len(a), len(b)), float(a == b), 1.0]
            scores.pairs.append((i, j, found))
        return pack(scores)

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Keep the transcripts whose hash is lowest, of items that two or more wrote down."""
        people, texts = given(who, values)
        if len(people) < 2:
            return
        name = f"\0{item}".encode("utf-8", "surrogatepass")
        for annotator, value in zip(people, texts, strict=True):
            key = (blake2b(annotator.encode() + name, digest_size=8).digest(), item, annotator)
            if by < 0:
                kept.remove(key)
            elif kept.wants(key):
                kept.put(key, self._normalise(str(value))[:KEPT])


def expected_word_distance(sample: list[str]) -> float | None:
    """The mean ``word_distance`` between the first sampled transcripts; None for fewer than two."""
    apart = [word_distance(a, b) for a, b in combinations(sample[:EXPECTED], 2)]
    return sum(apart) / len(apart) if apart else None


MEASURES = {"wer": wer, "wer_concatenated": wer, "character_percent": agreed}
