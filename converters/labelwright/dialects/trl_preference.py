"""TRL preference rows: a prompt, the chosen and the rejected answer, as strings or as messages.

Written with an explicit prompt, which TRL recommends for DPO. Checked with or without: where a row has
no ``prompt``, TRL takes what both sides begin with. A reward may come as ``margin`` or as scores. TRL
reads images from a column of their own, so the contents of messages are strings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects import _schema
from labelwright.dialects._compared import (
    SAME_ANSWER,
    TWO_KINDS,
    ComparedDialect,
    along,
    two_sides,
    unordered,
)
from labelwright.dialects._messages import ends_with_assistant, has_content, has_user, one_system_first
from labelwright.dialects._pairs import not_blank, thinks
from labelwright.dialects._rules import broken, known_keys, rule, shown
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import tool_calls
from labelwright.dialects.trl_prompt_completion import prompt_ends
from labelwright.examples import Example

OTHER_TYPE = rule(
    "preference.key-of-another-type",
    "A row has a key of another type of data set, which TRL refuses",
    "the key {key!r} belongs to rows of another type",
    "Remove the key.",
)
SIDES = ("prompt", "chosen", "rejected")
_EXTRA = ("margin", "score_chosen", "score_rejected", "tools", "chat_template_kwargs", "images", "image")
_KNOWN = known_keys(*SIDES, *_EXTRA, "messages", "completion", "label")
_CHOSEN = (ends_with_assistant, has_user, one_system_first, has_content, tool_calls, said)
_REJECTED = (ends_with_assistant, one_system_first, has_content, tool_calls)


def one_type(row: dict[str, Any]) -> Iterator[Broken]:
    """No key is there by which TRL would take the row for one of another type, and fail."""
    for key in ("messages", "completion", "label"):
        if key in row:
            yield broken(OTHER_TYPE, key, key=key)


def strings(row: dict[str, Any]) -> Iterator[Broken]:
    """A row of strings: none is blank, the chosen answer is well formed, the answers differ."""
    yield from not_blank(*SIDES)(row)
    yield from thinks("chosen")(row)
    if "prompt" not in row:
        yield from two_sides(row["chosen"], row["rejected"])
    elif row["chosen"] == row["rejected"]:
        yield broken(SAME_ANSWER, "rejected", answer=shown(row["chosen"]))


def explicit(row: dict[str, Any]) -> Iterator[Broken]:
    """A row of messages with a prompt of its own."""
    prompt, chosen, rejected = (row[key] for key in SIDES)
    yield from prompt_ends(prompt)
    yield from along([("prompt", prompt), ("chosen", chosen)], _CHOSEN)
    yield from along([("prompt", prompt), ("rejected", rejected)], _REJECTED)
    if chosen and chosen == rejected:
        answer = chosen[-1].get("content") if isinstance(chosen[-1], dict) else chosen
        yield broken(SAME_ANSWER, "rejected", answer=shown(answer))


def implicit(row: dict[str, Any]) -> Iterator[Broken]:
    """A row of two whole conversations."""
    chosen, rejected = row["chosen"], row["rejected"]
    yield from along([("chosen", chosen)], _CHOSEN)
    yield from along([("rejected", rejected)], _REJECTED)
    yield from two_sides(chosen, rejected)


def preference(row: dict[str, Any]) -> Iterator[Broken]:
    """Every rule on a TRL preference row, whichever of its four shapes it has."""
    held = [row[key] for key in SIDES if key in row]
    if "chosen" not in row or "rejected" not in row:
        return
    if all(isinstance(value, str) for value in held):
        yield from strings(row)
    elif all(isinstance(value, list) for value in held):
        yield from explicit(row) if "prompt" in row else implicit(row)
    elif all(isinstance(value, str | list) for value in held):
        yield broken(TWO_KINDS, "prompt" if "prompt" in row else "rejected")


def pair_of(row: Any) -> tuple[Any, Any] | None:
    """What is compared, and which is better."""
    if not isinstance(row, dict) or "chosen" not in row or "rejected" not in row:
        return None
    return unordered(row.get("prompt"), row["chosen"], row["rejected"]), row["chosen"]


class TrlPreference(ComparedDialect):
    """Rows of four shapes: with and without a prompt, of strings and of messages."""

    reference = "https://huggingface.co/docs/trl/dataset_formats#preference"

    def __init__(self, name: str, title: str, *, implicit: bool = False, think_tag: str = "think") -> None:
        """``implicit``: write the prompt as the beginning of both sides."""
        super().__init__(think_tag)
        self.name = name
        self.title = title
        self._implicit = implicit

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load("trl-preference")

    def row(self, example: Example) -> dict[str, Any]:
        """One pair as one row of messages."""
        sides = self.sides(example)
        if self._implicit:
            return {"chosen": sides.prompt + sides.chosen, "rejected": sides.prompt + sides.rejected}
        return {"prompt": sides.prompt, "chosen": sides.chosen, "rejected": sides.rejected}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if isinstance(row, dict):
            yield from _KNOWN(row)
            yield from one_type(row)
            yield from preference(row)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What is compared, and which is better."""
        return pair_of(row)

    def shape(self, row: Any) -> str:
        """With or without a prompt, of strings or of messages: TRL reads a file as one of these."""
        if not isinstance(row, dict):
            return ""
        kind = "strings" if isinstance(row.get("chosen"), str) else "messages"
        return f"{kind} with a prompt" if "prompt" in row else f"{kind} without a prompt"


plugin: Dialect = TrlPreference("trl-preference", "TRL preference (explicit prompt)")
