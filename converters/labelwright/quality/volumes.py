"""Tiers of volume: how far a number of examples reaches."""

from __future__ import annotations

from msgspec import Struct


class Volume(Struct):
    """The tier of the template's volumes that the number of examples reaches, and what is missing."""

    examples: int
    tiers: dict[str, int]
    reached: str = ""
    next: str = ""
    missing: int = 0


def reached_volume(examples: int, tiers: dict[str, int]) -> Volume:
    """Which tier ``examples`` reaches; tiers are compared by size."""
    volume = Volume(examples, tiers)
    for name, needed in sorted(tiers.items(), key=lambda tier: tier[1]):
        if examples >= needed:
            volume.reached = name
        else:
            volume.next, volume.missing = name, needed - examples
            break
    return volume
