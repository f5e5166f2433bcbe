"""Values under a key of an item's data or meta, by which items are told into groups."""

from __future__ import annotations

from labelwright.records import Item


def facet(item: Item, key: str) -> str:
    """The value under a key of the meta or, failing that, of the data; empty if there is no plain one."""
    value = item.meta.get(key, item.inputs.get(key))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""
