"""Free text: chrF and character error rate, both symmetric, between 0 and 1."""

from __future__ import annotations

import unicodedata
from collections import Counter
from hashlib import blake2b
from itertools import combinations

from rapidfuzz.distance import Levenshtein

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.items import MISSING
from labelwright.agreement.scores import compare_pairs, given, pack
from labelwright.records import Value

ORDER = 6  # character n-grams up to this length
BETA = 2  # recall counts this many times as much as precision
EXPECTED = 64  # values between which the disagreement expected by chance is measured
KEPT = 2000  # code points of a sampled value

Profile = list[Counter[str]]


def fold(text: str) -> str:
    """A text in Unicode NFC with every run of white space as one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def profile(text: str) -> Profile:
    """The character n-grams of a text without its white space, by order."""
    bare = "".join(text.split())
    return [Counter([bare[i : i + n] for i in range(len(bare) - n + 1)]) for n in range(1, ORDER + 1)]


def chrf_profiles(hypothesis: Profile, reference: Profile) -> float:
    """Sentence chrF2 (Popović 2015) as sacreBLEU defines it, divided by 100."""
    precision = recall = 0.0
    orders = 0
    for said, meant in zip(hypothesis, reference, strict=True):
        if not said or not meant:
            break
        shared = sum([min(said[g], meant[g]) for g in said.keys() & meant.keys()])
        precision += shared / said.total()
        recall += shared / meant.total()
        orders += 1
    if not precision + recall:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def chrf(left: str, right: str) -> float:
    """Symmetric chrF: how many runs of one to six characters two texts share; 1 for two empty ones.

    White space is left out. Texts are compared both ways and the mean is taken.

    Formula: 5 P R / (4 P + R), with P and R the mean precision and recall of character n-grams, n = 1 to 6.

    Range: 0 to 1.

    At 1: the texts are equal but for white space.

    At 0: they share no character.

    Below 0: never.

    Source: Popović 2015, chrF: character n-gram F-score (chrF2, as sacreBLEU computes it, divided by 100).
    """
    return 1.0 if left == right else _symmetric(profile(left), profile(right))


def _symmetric(left: Profile, right: Profile) -> float:
    if left == right:
        return 1.0
    return (chrf_profiles(left, right) + chrf_profiles(right, left)) / 2.0


def cer(left: str, right: str) -> float:
    """Character error rate, symmetric: the edits from one text to the other beside the longer one's length.

    It is an error: less is better. ``cer_similarity`` is 1 minus it. Two empty texts have no error.
    Of transcripts it is the rate usual in speech recognition: each annotator is the reference of each
    other once, edits and characters are summed over pairs and items, and it can be higher than 1.

    Formula: Levenshtein distance in code points / length of the longer text; similarity 1 - that.

    Range: 0 to 1.

    At 1: nothing of one text is left in the other (of the similarity: the texts are equal).

    At 0: the texts are equal (of the similarity: nothing is left).

    Below 0: never.

    Source: Levenshtein 1966; the normalisation by the longer text keeps it within 1 and symmetric.
    """
    return Levenshtein.normalized_distance(left, right)


def compare(left: str, right: str) -> list[float]:
    """Equality after folding, chrF, error rate and its complement, each of one."""
    a, b = fold(str(left)), fold(str(right))
    if a == b:
        return [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    wrong = cer(a, b)
    return [0.0, 1.0, chrf(a, b), 1.0, wrong, 1.0, 1.0 - wrong, 1.0]


class TextScorer:
    """Scores free text."""

    samples = True

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """Equality, chrF and character error rate of each pair. Contested by chrF."""
        people, texts = given(who, values)
        scores = compare_pairs(people, texts, compare)
        _, packed = pack(scores)
        near = [p[2][2] for p in scores.pairs]
        return (sum(near) / len(near) if near else 1.0), packed

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Keep the values whose hash is lowest: a sample that no order of items changes.

        Chance is measured over pairable values: one answer alone is not sampled.
        """
        if len(given(who, values)[0]) < 2:
            return
        for annotator, value in zip(who, values, strict=True):
            if value is MISSING or value is None:
                continue
            digest = blake2b(f"{annotator}\0{item}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
            key = (digest, item, annotator)
            if by < 0:
                kept.remove(key)
            else:
                kept.put(key, fold(str(value))[:KEPT])


def expected_distance(sample: list[str]) -> float | None:
    """The mean of ``1 - chrF`` between the first sampled values; None for fewer than two."""
    profiles = [profile(t) for t in sample[:EXPECTED]]
    apart = [1.0 - _symmetric(a, b) for a, b in combinations(profiles, 2)]
    return sum(apart) / len(apart) if apart else None


MEASURES = {"chrf": chrf, "cer": cer, "cer_similarity": cer}
