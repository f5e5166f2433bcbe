"""What a template asks, as a JSON Schema for a model's answer, and in words.

The schema keeps to what strict structured output allows: every key is required, no others may be there,
and what may be left unanswered can be null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from labelwright.contracts import STEP, Control, Notation, Template
from labelwright.problems import UsageError
from labelwright.records import LEFT, RIGHT, TIE, Kind

Schema: TypeAlias = dict[str, Any]
KINDS = (
    Kind.CHOICE,
    Kind.CHOICES,
    Kind.TAXONOMY,
    Kind.RATING,
    Kind.NUMBER,
    Kind.DATE,
    Kind.TEXT,
    Kind.SPANS,
    Kind.JSON,
    Kind.PREFERENCE,
    Kind.SHAPES,
)
LISTS = (Kind.CHOICES, Kind.TAXONOMY, Kind.SPANS, Kind.SHAPES)
PATH = " > "  # between the steps of a path of a taxonomy that is one label
_MOST_STEPS = 21  # ratings that are listed one by one
_STRICT = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "const"),
    *("description", "title", "minimum", "maximum", "pattern", "format", "minItems", "maxItems"),
}


class Linking(Struct, frozen=True):
    """How shapes are tied to phrases: the controls asked of each. ``caption`` is a reference."""

    shapes: str
    caption: str
    phrase: str
    occurrence: str = ""


def linking(template: Template) -> Linking | None:
    """The linking of phrases that a template's example is made of, if it is."""
    given = template.example.assistant
    if not isinstance(given, dict) or not all(given.get(k) for k in ("grounding", "caption", "phrase")):
        return None
    names = [str(given.get(k, "")).removeprefix("controls.") for k in ("grounding", "phrase", "occurrence")]
    return Linking(names[0], str(given["caption"]), names[1], names[2])


def asked_of(template: Template, name: str) -> dict[str, Control]:
    """The controls asked of each region of a control that a model can answer."""
    able = (*KINDS, Kind.TRANSCRIPT)
    return {
        n: c
        for n, c in template.controls.items()
        if c.on == name and c.kind in able and c.kind not in (Kind.SPANS, Kind.SHAPES)
    }


def place_keys(control: Control, notation: Notation) -> tuple[str, int]:
    """The key and the count of numbers for places of a control; an empty key where there can be none."""
    told = notation.described()
    if told.get("key") and (not control.shapes or "box" in control.shapes):
        return str(told["key"]), 4
    if told.get("point_key") and "points" in control.shapes:
        return str(told["point_key"]), 2
    return "", 0


def schema_of(template: Template, names: Sequence[str], notation: Notation) -> Schema:
    """The schema of the object that has an answer for each of the controls ``names``."""
    return _object({name: _part(template, name, notation) for name in names})


def is_strict(schema: Any) -> bool:
    """Whether strict structured output takes a schema."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, dict):
        return True
    if not set(schema) <= _STRICT:
        return False
    if "properties" in schema or schema.get("type") == "object":
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", [])) != set(schema.get("properties", {})):
            return False
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("anyOf")]
    return all(map(is_strict, inner))


def own_schema(template: Template, name: str) -> Schema | None:
    """The JSON Schema that a template has for the value of a control of kind json.

    Raises ``UsageError`` if the file is not there or is none.
    """
    target = template.example.assistant
    said = target.get("json") if isinstance(target, dict) else target
    whole = rf"controls\.{name}|\{{\{{\s*answers\.{name}\s*(\|\s*tojson\s*)?\}}\}}"
    if not template.checks.schema or not isinstance(said, str) or not re.fullmatch(whole, said.strip()):
        return None
    return _read(template.file(template.checks.schema))


@lru_cache(maxsize=64)
def _read(path: Path) -> Schema:
    import jsonschema

    try:
        found = json.loads(path.read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(found)
    except (OSError, ValueError, jsonschema.SchemaError) as error:
        raise UsageError(f"{path} is no JSON Schema: {str(error)[:200]}") from None
    if not isinstance(found, dict):
        raise UsageError(f"{path} is no JSON Schema: it is no object")
    return {key: value for key, value in found.items() if key not in ("$schema", "$id")}


def inner_schema(template: Template, name: str) -> Schema | None:
    """``own_schema`` where it can be a part of another; None: the value is asked for as a string of JSON."""
    found = own_schema(template, name)
    return None if found is None or "$ref" in json.dumps(found) else found


def _part(template: Template, name: str, notation: Notation) -> Schema:
    control = template.controls[name]
    if control.kind is Kind.JSON:
        found = inner_schema(template, name) or {"type": "string"}
    elif control.kind is Kind.SPANS:
        found = _regions(template, name, {"quote": {"type": "string"}, "occurrence": {"type": "integer"}})
    elif control.kind is Kind.SHAPES:
        key, count = place_keys(control, notation)
        numbers = {"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count}
        found = _regions(template, name, {key: numbers})
    else:
        found = _SIMPLE[control.kind](control)
    if control.required or control.kind in LISTS:
        return found
    return {"anyOf": [found, {"type": "null"}]}


def _regions(template: Template, name: str, place: Schema) -> Schema:
    control = template.controls[name]
    label = {"label": _choice(control)} if control.labels or control.kind is Kind.SHAPES else {}
    asked = {}
    for one, about in asked_of(template, name).items():
        plain = _SIMPLE.get(about.kind, _text)(about) if about.kind is not Kind.JSON else {"type": "string"}
        asked[one] = plain if about.required else {"anyOf": [plain, {"type": "null"}]}
    return {"type": "array", "items": _object({**place, **label, **asked})}


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _choice(control: Control) -> Schema:
    return {"type": "string", "enum": control.labels} if control.labels else {"type": "string"}


def _choices(control: Control) -> Schema:
    return {"type": "array", "items": _choice(control)}


def _taxonomy(control: Control) -> Schema:
    if any(step in label for label in control.labels for step in (PATH, STEP)):
        return _choices(control)
    return {"type": "array", "items": {"type": "array", "items": _choice(control)}}


def _number(control: Control) -> Schema:
    low, high = control.minimum, control.maximum
    whole = low is not None and high is not None and low == int(low) and high == int(high)
    if control.kind is Kind.RATING and whole and 0 <= high - low < _MOST_STEPS:  # type: ignore[operator]
        return {"type": "integer", "enum": list(range(int(low or 0), int(high or 0) + 1))}
    found: Schema = {"type": "number"}
    found |= {} if low is None else {"minimum": low}
    return found | ({} if high is None else {"maximum": high})


def _text(control: Control) -> Schema:
    del control
    return {"type": "string"}


def _preference(control: Control) -> Schema:
    return {"type": "string", "enum": [x for x in (LEFT, TIE, RIGHT) if x in (control.labels or (x,))]}


_SIMPLE: Mapping[Kind, Callable[[Control], Schema]] = {
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.TAXONOMY: _taxonomy,
    Kind.RATING: _number,
    Kind.NUMBER: _number,
    Kind.DATE: _text,
    Kind.TEXT: _text,
    Kind.TRANSCRIPT: _text,
    Kind.PREFERENCE: _preference,
}
