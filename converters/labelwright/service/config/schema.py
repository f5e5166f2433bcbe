"""The JSON Schema of labelwright.toml (draft 2020-12), made of the structs; editors and ``load`` use it."""

from __future__ import annotations

import inspect
from importlib.resources import files
from typing import Any

import msgspec

from labelwright.service.config.model import Config

FILE = "schema.json"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def made() -> dict[str, Any]:
    """The schema as the structs say it."""
    found: dict[str, Any] = msgspec.json.schema(Config)
    for part in found["$defs"].values():
        part["description"] = inspect.cleandoc(part.get("description", "")).replace("``", "`")
        part["properties"] = {name: _plain(one) for name, one in part["properties"].items()}
    return {"$schema": DRAFT, "title": "labelwright.toml", **found}


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Without what TOML cannot say: null."""
    kinds: list[dict[str, Any]] = [one for one in given.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1:
        return given
    return {k: v for k, v in given.items() if k not in ("anyOf", "default")} | kinds[0]


def text() -> str:
    """The file that is shipped."""
    return msgspec.json.format(msgspec.json.encode(made()), indent=2).decode() + "\n"


def shipped() -> dict[str, Any]:
    """The schema of the file that is shipped."""
    found: dict[str, Any] = msgspec.json.decode(files(__package__).joinpath(FILE).read_bytes())
    return found


def inner(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A part of a schema, with what it refers to in its place."""
    name = part.get("$ref", "").rpartition("/")[2]
    return dict(schema["$defs"][name]) if name else part
