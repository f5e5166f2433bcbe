"""The JSON Schemas that ship with the package, one file per dialect or format."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, cast

import msgspec


@cache
def load(name: str) -> dict[str, Any]:
    """The schema of that name, read once. Callers do not change it."""
    text = files("labelwright.dialects").joinpath("schemas", f"{name}.json").read_bytes()
    return cast("dict[str, Any]", msgspec.json.decode(text))
