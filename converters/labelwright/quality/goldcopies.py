"""Finds copies of gold items: items under other ids that show the same."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from msgspec import Struct, field

from labelwright.contracts import Template
from labelwright.quality._seen import digest, normal

_WORDS = ("text", "dialogue")


class CopyState(Struct):
    """What is known of items' inputs, as digests; ``merge`` gives what one run would have known.

    ``gold`` are those of gold items, ``others`` those of other items that may be written. The first
    ``unlooked`` items came before the first gold item, and were not looked at.
    """

    gold: set[bytes] = field(default_factory=set)
    others: set[bytes] = field(default_factory=set)
    unlooked: int = 0

    @property
    def possible(self) -> bool:
        """Whether an item that is no gold may show the same as a gold item."""
        gold = self.gold - {b""}
        return bool(gold) and (self.unlooked > 0 or not gold.isdisjoint(self.others))

    def merge(self, other: CopyState) -> None:
        """Take over what another part found."""
        self.gold |= other.gold
        self.others |= other.others
        self.unlooked += other.unlooked


def _short(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class InputDigest:
    """Stands for what an item shows: texts without differences of case and white space, the rest exactly."""

    def __init__(self, template: Template) -> None:
        """Only the inputs that the template names count."""
        self._words = [n for n, shown in template.inputs.items() if shown.type in _WORDS]
        self._others = [n for n, shown in template.inputs.items() if shown.type not in _WORDS]
        self._only = self._words[0] if len(self._words) == len(template.inputs) == 1 else ""

    def __call__(self, inputs: Mapping[str, Any]) -> bytes:
        """Eight bytes; none where there is no input to compare."""
        if self._only:  # most templates show one text
            shown = inputs.get(self._only)
            if type(shown) is str:
                text = normal(shown)
                return _short(text) if text else b""
        found = {name: normal(inputs[name]) for name in self._words if inputs.get(name)}
        found.update((name, inputs[name]) for name in self._others if inputs.get(name))
        return digest(found) if found else b""
