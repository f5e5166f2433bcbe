"""Which items get suggestions: a share drawn by lot, so that the others tell what people do without."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Outcome
from labelwright.problems import Place, ProblemType
from labelwright.records import Item

WHOLE = 100.0
UNDRAWN = ProblemType(
    "predictor.lot-unknown",
    "A blind share cannot be kept where nobody says which item is asked about",
    "this predictor suggests for {share} % of the items, drawn by lot, and who asks does not say which it is",
    "Let labelwright prelabel suggest by lot, or serve a predictor with share = 100 there.",
)


class Lot(Struct, frozen=True):
    """Shows suggestions on ``share`` percent of the items; the others are blind.

    An item's lot hangs on the seed and on itself alone: it stays when other items come or go, and is
    larger for a larger share, so that raising the share takes no suggestion away.
    """

    share: float = WHOLE
    seed: int = 0

    def shows(self, name: str) -> bool:
        """Whether the item of that name (see ``name_of``) gets a suggestion."""
        if self.share >= WHOLE:
            return True
        digest = hashlib.sha256(f"{self.seed}\0{name}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") < self.share / WHOLE * (1 << 64)

    def withheld(self, item: Item) -> Outcome | None:
        """What to answer of an item unasked: nothing, or that nobody can say; None: it is to be asked."""
        if self.share < WHOLE and item.lot is None:
            return Outcome(None, None, [UNDRAWN.at(Place(item=str(item.key)), share=f"{self.share:g}")])
        return None if self.shows(name_of(item)) else Outcome({})


def name_of(item: Item) -> str:
    """What an item's lot is drawn by: what its tool goes by, its name there, else what it shows."""
    if item.lot or item.key.item:
        return item.lot or item.key.item
    return shown_as(item.inputs)


def shown_as(shown: Any) -> str:
    """A name made of what an item shows, for a tool that asks without saying which item it is."""
    data = msgspec.json.encode(shown, order="sorted")
    return hashlib.blake2b(data, digest_size=16).hexdigest()
