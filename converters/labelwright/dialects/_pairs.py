"""Rules for rows of a prompt and its completion, as strings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken
from labelwright.dialects._messages import CONTENT_EMPTY
from labelwright.dialects._rules import Rule, broken
from labelwright.dialects._targets import think_tags


def not_blank(*keys: str) -> Rule:
    """A rule: the texts under these keys say something."""

    def check(row: dict[str, Any]) -> Iterator[Broken]:
        for key in keys:
            text = row.get(key)
            if isinstance(text, str) and not text.strip():
                yield broken(CONTENT_EMPTY, key)

    return check


def thinks(key: str) -> Rule:
    """A rule: reasoning tags in the answer under this key form one pair, and an answer follows."""

    def check(row: dict[str, Any]) -> Iterator[Broken]:
        if isinstance(row.get(key), str):
            yield from think_tags(row[key], key)

    return check
