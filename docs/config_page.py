"""The reference page on ``labelwright.toml``, from the structs that it is read into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from config_examples import EXAMPLES
from labelwright.service.config import schema as schemas
from labelwright.service.config.model import (
    DatasetConfig,
    ListenConfig,
    LoginConfig,
    NotifyConfig,
    PredictorConfig,
    ProjectConfig,
    ServiceConfig,
    ToolConfig,
)
from markdown_text import table, text_of

TABLES: tuple[type[msgspec.Struct], ...] = (
    ServiceConfig,
    LoginConfig,
    ToolConfig,
    ProjectConfig,
    DatasetConfig,
    PredictorConfig,
    ListenConfig,
    NotifyConfig,
)
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "tables",
}
NAMED = "One table each, with the NAME after its key."
_LIMITS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}


def kind_of(part: dict[str, Any]) -> str:
    """What a value is, as somebody who writes TOML calls it."""
    if "enum" in part:
        return ", ".join(f"`{one}`" for one in part["enum"])
    if isinstance(part.get("additionalProperties"), dict) and "type" in part["additionalProperties"]:
        return f"table of {kind_of(part['additionalProperties'])}s"
    if part["type"] == "array":
        return f"list of {kind_of(part['items'])}s"
    limits = [f"{word} {part[key]}" for key, word in _LIMITS.items() if key in part]
    return ", ".join([_WORDS[part["type"]], " and ".join(limits)]).rstrip(", ")


def default_of(name: str, part: dict[str, Any], schema: dict[str, Any]) -> str:
    """The value of a key that is left out."""
    if name in schema["required"]:
        return "required"
    value = part.get("default")
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value not in (None, "", [], {}) else ""


def config_page() -> Iterator[str]:
    """Every table of ``labelwright.toml`` with its keys."""
    yield "# labelwright.toml"
    yield ""
    yield "What the service's configuration may say, table by table. Whatever else it says is refused: every"
    yield "wrong key and value is named, in one run (what a table refers to: once its own name is right)."
    yield "`labelwright init` writes such a file;"
    yield "`labelwright init --schema` prints its JSON Schema, for editors. Relative paths are relative to"
    yield "the folder of the file. A NAME is of small letters, digits and single hyphens between them."
    yield "Times are seconds, sizes bytes."
    yield ""
    schema = schemas.made()
    for struct in TABLES:
        head, *text = text_of(struct.__doc__)
        name, _, told = head.partition(": ")
        part = schema["$defs"][struct.__name__]
        yield f"## {name}"
        yield ""
        yield from [told[0].upper() + told[1:], *text]
        yield from table(
            ("key", "value", "default", "means"),
            (
                (
                    f"`{key}`",
                    kind_of(one),
                    default_of(key, one, part),
                    one.get("description", "One table each."),
                )
                for key, one in part["properties"].items()
            ),
        )
        yield "```toml"
        yield EXAMPLES[name.strip("`")].strip()
        yield "```"
        yield ""
