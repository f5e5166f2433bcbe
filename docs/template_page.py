"""The reference page on ``template.toml``, from the structs that it is read into."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec

from labelwright.contracts import Checks, Control, ExampleSpec, Input, Lint, Quality, Template
from markdown_text import table, text_of

TABLES: dict[str, type[msgspec.Struct]] = {
    "the top of the file": Template,
    "[inputs.NAME]": Input,
    "[controls.NAME]": Control,
    "[example]": ExampleSpec,
    "[checks]": Checks,
    "[quality]": Quality,
    "[quality.lint]": Lint,
}
# Filled by the program and never written in the file.
FILLED = frozenset(("folder", "regions", "kept_above"))
_WORDS = {str: "string", int: "whole number", float: "number", bool: "true or false", Any: "any value"}


def fields(struct: type[msgspec.Struct]) -> list[Any]:
    """The fields that a file may hold."""
    return [field for field in msgspec.structs.fields(struct) if field.name not in FILLED]


def type_of(kind: Any) -> str:
    """A type as somebody who writes TOML calls it."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(type_of(one) for one in inner if one is not type(None))
    if origin is list:
        return f"list of {type_of(inner[0])}s" if inner[0] is str else f"list of: {type_of(inner[0])}"
    if origin is dict:
        return f"table of: {type_of(inner[1])}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    return _WORDS.get(kind, "table")


def default_of(field: Any) -> str:
    """The value of a field that is left out."""
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else None
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value not in (None, "", [], {}) else ""


def template_page() -> Iterator[str]:
    """Every table of ``template.toml`` with its keys."""
    yield "# template.toml"
    yield ""
    yield "What the file of a template may say, table by table; a key that is not listed is refused."
    yield "[Write your own template](../how-to/own-template.md) has a whole one."
    yield ""
    for name, struct in TABLES.items():
        yield f"## {name}" if name.startswith("the") else f"## `{name}`"
        yield ""
        yield from text_of(struct.__doc__)
        yield from table(
            ("key", "value", "default"),
            ((f"`{f.name}`", type_of(f.type), default_of(f)) for f in fields(struct)),
        )
