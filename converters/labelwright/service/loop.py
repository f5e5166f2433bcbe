"""Something done again and again."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from labelwright.service.context import Service


class Loop(Struct, frozen=True):
    """Something done again and again. ``every`` tells the seconds between two rounds (0: never)."""

    name: str
    every: Callable[[Service], float]
    run: Callable[[Service], None]
