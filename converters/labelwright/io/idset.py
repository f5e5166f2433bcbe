"""A set of ids that costs about a bit for each of a server's running numbers."""

from __future__ import annotations

_PAGE_BITS = 12
_LOW = (1 << _PAGE_BITS) - 1


def as_id(text: str) -> int | str:
    """A running number as a number, any other id as it is."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


class IdSet:
    """Remembers ids. Whole numbers live in pages of bits, anything else in a plain set."""

    def __init__(self) -> None:
        """Start empty."""
        self._pages: dict[int, bytearray] = {}
        self._others: set[object] = set()
        self._number: int | None = None
        self._page = bytearray()

    def add(self, value: int | str) -> bool:
        """Add an id; False if it was there."""
        if type(value) is not int:
            if value in self._others:
                return False
            self._others.add(value)
            return True
        number = value >> _PAGE_BITS
        if number != self._number:  # ids come in runs
            self._number = number
            page = self._pages.get(number)
            if page is None:
                page = self._pages[number] = bytearray(1 << (_PAGE_BITS - 3))
            self._page = page
        page = self._page
        at = (value & _LOW) >> 3
        mask = 1 << (value & 7)
        if page[at] & mask:
            return False
        page[at] |= mask
        return True

    def overlaps(self, other: IdSet) -> bool:
        """Whether any id is in both."""
        if self._others & other._others:
            return True
        for number, page in self._pages.items():
            theirs = other._pages.get(number)
            if theirs is not None and int.from_bytes(page) & int.from_bytes(theirs):
                return True
        return False

    def __len__(self) -> int:
        """How many ids there are."""
        return len(self._others) + sum(int.from_bytes(p).bit_count() for p in self._pages.values())

    def update(self, other: IdSet) -> None:
        """Take over another set's ids."""
        self._others |= other._others
        for number, page in other._pages.items():
            mine = self._pages.setdefault(number, bytearray(len(page)))
            for position, byte in enumerate(page):
                mine[position] |= byte
