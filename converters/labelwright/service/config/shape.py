"""Holds what a file says against the schema, and makes of the rest what can be checked further."""

from __future__ import annotations

import copy
import datetime
import unicodedata
from math import isfinite
from typing import Any

import msgspec

from labelwright.service.config import schema as schemas
from labelwright.service.config.findings import Findings, offered
from labelwright.service.config.lines import Path
from labelwright.service.config.model import Config

SHOWN = 40
NAMED = 12
HIGHEST = (2**53, 1e9)  # of whole numbers; of times, in seconds
_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


def shaped(raw: dict[str, Any], findings: Findings) -> Config:
    """The configuration, without what is wrong; that is added to the findings.

    Where a key is needed and missing or wrong, something stands in for it.
    """
    from jsonschema import Draft202012Validator

    schema = schemas.shipped()
    raw = _worded(raw)
    for error in Draft202012Validator(schema).iter_errors(raw):
        _tell(error, findings)
    _values(raw, (), findings)
    left = copy.deepcopy(raw)
    for path in findings.paths:
        _remove(left, path)
    _fill(schema, schema, left)
    try:
        return msgspec.convert(left, Config)
    except msgspec.ValidationError as error:  # what the schema lets through and the structs do not
        text, _, where = str(error).partition(" - at `$.")
        findings.wrong(tuple(where.rstrip("`").split(".")), text)
        return Config()


def _worded(raw: dict[str, Any]) -> dict[str, Any]:
    """The options of predictors as the text that they are, where somebody wrote a number, true or false."""
    found = copy.deepcopy(raw)
    for one in _table(found.get("predictors")).values():
        options = _table(_table(one).get("options"))
        for name, value in options.items():
            if isinstance(value, bool):
                options[name] = "yes" if value else "no"
            elif isinstance(value, int | float) and isfinite(value):
                options[name] = str(value)
    return found


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _tell(error: Any, findings: Findings) -> None:
    path: Path = tuple(error.absolute_path)
    given, limit = error.instance, error.validator_value
    if "propertyNames" in error.schema_path:
        findings.wrong((*path, given), "a name is of small letters, digits and single hyphens between them")
    elif error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        for key in given:
            if key not in known:
                findings.wrong((*path, key), f"unknown key; {_keys(key, known, given)}")
    elif error.validator == "required":
        for key in limit:
            if key not in given and not findings.known((*path, key)):
                told = error.schema["properties"][key].get("description", "give one table for each")
                findings.wrong((*path, key), f"is missing ({told.rstrip('.')})")
    elif error.validator == "type":
        findings.wrong(path, f"{_shown(given)} is not {_KINDS[limit]}")
    elif error.validator == "enum":
        findings.wrong(path, f"{_shown(given)} is none of: {', '.join(map(str, limit))}")
    elif error.validator in ("minimum", "maximum"):
        than = "less" if error.validator == "minimum" else "more"
        findings.wrong(path, f"{_shown(given)} is {than} than {limit}")
    else:
        findings.wrong(path, "is empty" if error.validator == "minLength" else error.message[:200])


def _keys(key: str, known: list[str], given: dict[str, Any]) -> str:
    told = offered(key, known)
    if told.startswith("did"):
        return told
    left = [one for one in known if one not in given]
    return offered(key, left) if len(left) <= NAMED else "labelwright init --schema shows what there is"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _values(value: Any, path: Path, findings: Findings) -> None:
    """TOML knows numbers without end, some that are none, and characters that no name can have."""
    if isinstance(value, float) and not isfinite(value):
        findings.unless(path, f"{value} is not a number that serves here")
    elif isinstance(value, int | float) and abs(value) > HIGHEST[type(value) is float]:
        findings.unless(path, f"{_shown(value)} is more than serves here")
    elif isinstance(value, str) and any(unicodedata.category(c) == "Cc" for c in value):
        findings.unless(path, "holds a line break or another control character")
    inside = value.items() if isinstance(value, dict) else ()
    for key, one in inside:
        _values(one, (*path, key), findings)


def _remove(raw: Any, path: Path) -> None:
    for part in path[:-1]:
        if isinstance(raw, dict) and part in raw:
            raw = raw[part]
        else:
            return
    if isinstance(raw, dict):
        raw.pop(path[-1], None)
    elif isinstance(raw, list) and isinstance(path[-1], int) and path[-1] < len(raw):
        raw[path[-1]] = ""  # the places of the others stay


def _fill(schema: dict[str, Any], part: dict[str, Any], value: Any) -> None:
    part = schemas.inner(schema, part)
    if not isinstance(value, dict):
        return
    known, others = part.get("properties", {}), part.get("additionalProperties")
    for key in part.get("required", ()):
        value.setdefault(key, {} if known[key].get("type") == "object" else "-")
    for key, one in value.items():
        if key in known:
            _fill(schema, known[key], one)
        elif isinstance(others, dict):
            _fill(schema, others, one)
