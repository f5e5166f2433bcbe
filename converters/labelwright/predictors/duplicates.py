"""Near duplicates: whether an item's text reads like one that was seen before.

An item is DUPLICATE if a text that was asked about earlier is at least ``alike`` its likeness (Jaccard, of
shingles of five characters, case and blanks aside, estimated by MinHash), else UNIQUE: of a group of
duplicates the first one stays. An item that is asked about again is none of itself. A text control gets
the key of the item that it repeats. It remembers 100,000 items, then forgets the oldest half; where it has
a folder, it remembers over restarts too. What it keeps there are keys and sketches, no texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, ClassVar

import msgspec

from labelwright.contracts import Asked, Guess, Query
from labelwright.predictors._extras import number
from labelwright.predictors._kept import DIGITS, loaded, words
from labelwright.predictors._seen import Journal, Seen
from labelwright.records import Kind

READ = 20_000  # characters of a text that are compared
SHINGLE = 5
PERMUTATIONS, BANDS, SEED = 128, 32, 42  # 32 bands of 4: a pair of likeness 0.7 is found by 99.98 %
REMEMBERED = 50_000  # items of one half


class Duplicates:
    """Tells texts that repeat an earlier one. The score is the likeness, or what lacks for one."""

    name = "duplicates"
    title = "Near duplicates"
    version = "minhash 1"
    extra = "duplicates"
    modules = ("rensa",)
    inputs = ("text",)
    kinds = (Kind.CHOICE, Kind.TEXT)
    labels = ("DUPLICATE", "UNIQUE")
    alike: ClassVar[dict[str, Sequence[str]]] = {
        "DUPLICATE": ("DUPLICATED", "REPEATED", "YES"),
        "UNIQUE": ("ORIGINAL", "NEW", "NO"),
    }
    options = {"alike": ("0.8", "the likeness (0.5 to 1) from which two texts are the same")}  # noqa: RUF012
    batch = 256

    def __init__(self, asked: Asked) -> None:
        """Remember what was seen before. Raises ``UsageError``."""
        self._asked = asked
        self._least = number("alike", asked.option("alike"), 0.5, 1)
        self._rensa = loaded("rensa", self.extra)
        self._halves = [self._half(), self._half()]  # the older one first
        self._new: list[Seen] = []
        self._turned = False
        self._journal = Journal(asked.place, f"{self.version} {self._least:g} {','.join(asked.controls)}")
        try:
            for seen in self._journal.read():
                self._remember(seen, self._sketch(seen.sketch))
        except ValueError:  # made by another version of the library: it says nothing now
            self._halves = [self._half(), self._half()]
            self._journal.replace([])

    def _half(self) -> _Half:
        return _Half(self._rensa.RMinHashLSH(self._least, PERMUTATIONS, BANDS))

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        """Whether each text repeats an earlier one, those of the batch itself included."""
        found = [self._guess(query) for query in batch]
        if self._turned:
            self._journal.replace(entry for half in self._halves for entry in half.entries())
        else:
            self._journal.append(self._new)
        self._new, self._turned = [], False
        return found

    def _guess(self, query: Query) -> Guess:
        guess = Guess({})
        text = " ".join(words(query, self._asked, self._asked.controls[0], READ).casefold().split())
        if not text:
            return guess
        key = str(query.item.key)
        likeness, twin = self._twin(key, text)
        for name in self._asked.controls:
            if query.template.controls[name].kind is Kind.CHOICE:
                guess.answers[name] = "DUPLICATE" if twin else "UNIQUE"
                guess.scores[name] = round(likeness if twin else 1 - likeness, DIGITS)
            elif twin:
                guess.answers[name] = twin
                guess.scores[name] = round(likeness, DIGITS)
        return guess

    def _twin(self, key: str, text: str) -> tuple[float, str]:
        """The likeness of the most alike earlier item, and its key where it is alike enough."""
        mark = blake2b(text.encode(), digest_size=8).digest()
        for half in self._halves:
            known = half.known.get(key)
            if known is not None and half.seen[known].text == mark:
                return half.seen[known].likeness, half.seen[known].twin
        signature = self._rensa.RMinHash(PERMUTATIONS, SEED)
        signature.update([text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE + 1))])
        best, twin = 0.0, ""
        for half in self._halves:
            for n in sorted(half.index.query(signature)):
                like = half.seen[n]
                if like.key != key and (likeness := float(signature.jaccard(half.signatures[n]))) > best:
                    best, twin = likeness, like.key
        seen = Seen(key, mark, best, twin if best >= self._least else "", signature.__getstate__())
        self._new.append(seen)
        self._turned |= self._remember(seen, signature)
        return seen.likeness, seen.twin

    def _remember(self, seen: Seen, signature: Any) -> bool:
        """Whether older ones were forgotten for it."""
        full = len(self._halves[-1].seen) >= REMEMBERED
        if full:
            self._halves = [self._halves[-1], self._half()]
        self._halves[-1].add(seen, signature)
        return full

    def _sketch(self, state: bytes) -> Any:
        made = self._rensa.RMinHash(PERMUTATIONS, SEED)
        made.__setstate__(state)
        return made


class _Half:
    """Items seen, in the order they came."""

    def __init__(self, index: Any) -> None:
        self.index = index
        self.seen: list[Seen] = []
        self.signatures: list[Any] = []
        self.known: dict[str, int] = {}

    def add(self, seen: Seen, signature: Any) -> None:
        self.known[seen.key] = len(self.seen)
        self.index.insert(len(self.seen), signature)
        self.seen.append(msgspec.structs.replace(seen, sketch=b""))
        self.signatures.append(signature)

    def entries(self) -> Iterator[Seen]:
        """All of it, as it is written down."""
        for seen, signature in zip(self.seen, self.signatures, strict=True):
            yield msgspec.structs.replace(seen, sketch=signature.__getstate__())


plugin = Duplicates
