"""Checks rows: jsonschema-rs accepts, jsonschema explains a refusal, the dialect's rules go beyond.

Compiled once per dialect; everyday rows take a few microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._rules import broken, declared, dotted, is_error, rule, shown
from labelwright.problems import NOWHERE, Place, Problem, Severity

if TYPE_CHECKING:  # only a refusal needs the slower validator, which takes long to import
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

KEY_MISSING = rule(
    "row.key-missing",
    "A row lacks a key that the target needs",
    "{said}",
    "Add the key; its spelling and its place count.",
)
TYPE_WRONG = rule(
    "row.type-wrong",
    "A value has another JSON type than the target takes",
    "{said}",
    "Write the value with the type that the schema names.",
)
VALUE_REFUSED = rule(
    "row.value-refused",
    "A value is not one of those the target takes",
    "{said}",
    "Use one of the values that the schema names.",
)
KEY_REFUSED = rule(
    "row.key-refused",
    "A row has a key that the target refuses",
    "{said}",
    "Remove the key, or keep such data in a file beside the training file.",
)
TOO_SHORT = rule("row.too-short", "A list or text is too short", "{said}", "Fill it in, or remove the row.")
TOO_LONG = rule("row.too-long", "A list or text is too long", "{said}", "Shorten it, or split the row.")
FORM_WRONG = rule(
    "row.form-wrong", "A text does not have the form the target takes", "{said}", "Correct the text."
)
SHAPE_WRONG = rule(
    "row.shape-wrong",
    "A row has none of the shapes the target takes",
    "{said}",
    "Compare the row with the dialect's schema.",
)
SURROGATE = rule(
    "row.lone-surrogate",
    "A text has half of a surrogate pair",
    "a text holds half of a surrogate pair, which UTF-8 cannot encode",
    "Correct the text where it was cut or decoded.",
)
NOT_FINITE = rule(
    "row.number-not-finite",
    "A number is NaN or infinite",
    "{value} is not a JSON number",
    "Use a finite number or null.",
)

_KEYWORDS = {
    "required": KEY_MISSING,
    "type": TYPE_WRONG,
    "enum": VALUE_REFUSED,
    "const": VALUE_REFUSED,
    "minimum": VALUE_REFUSED,
    "maximum": VALUE_REFUSED,
    "additionalProperties": KEY_REFUSED,
    "unevaluatedProperties": KEY_REFUSED,
    "minItems": TOO_SHORT,
    "minLength": TOO_SHORT,
    "minProperties": TOO_SHORT,
    "maxItems": TOO_LONG,
    "maxLength": TOO_LONG,
    "maxProperties": TOO_LONG,
    "pattern": FORM_WRONG,
}
_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _named(instance: Any) -> str:
    """The JSON type of a value, in words."""
    if instance is None:
        return "null"
    if isinstance(instance, bool):
        return "true or false"
    for kind, word in ((str, "a string"), (int, "a number"), (float, "a number"), (list, "a list")):
        if isinstance(instance, kind):
            return word
    return "an object"


def _words(error: ValidationError) -> str:
    """What a schema's refusal says to a person."""
    wanted: Any = error.validator_value
    instance: Any = error.instance
    if error.validator == "required":
        lacking = [key for key in wanted if key not in instance]
        return f"the key {', '.join(repr(key) for key in lacking)} is missing"
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else list(wanted)
        return f"it is {_named(instance)} and must be {' or '.join(_TYPES[k] for k in kinds)}"
    if error.validator in ("enum", "const"):
        allowed = wanted if error.validator == "enum" else [wanted]
        given = repr(shown(instance)) if isinstance(instance, str) else shown(instance)
        return f"{given} is not one of: {', '.join(str(v) for v in allowed)}"
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        extra = ", ".join(repr(shown(key)) for key in instance if key not in known)
        return f"the target takes no key {extra}"
    if error.validator in ("minItems", "minLength", "minProperties"):
        return f"it has {len(instance)} and needs at least {wanted}"
    if error.validator in ("maxItems", "maxLength", "maxProperties"):
        return f"it has {len(instance)} and may have at most {wanted}"
    return shown(error.message, 160)


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The errors behind an error: those of the alternative that came nearest."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    nearest = min(branches.values(), key=lambda b: (-max(len(e.path) for e in b), len(b)))
    for inner in nearest:
        yield from _leaves(inner)


def unwritable(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Broken]:
    """What JSON cannot hold: halves of surrogate pairs, NaN, infinities."""
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                yield broken(SURROGATE, dotted(path))
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield broken(NOT_FINITE, dotted(path), value=value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from unwritable(key, (*path, "(key)"))
            yield from unwritable(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from unwritable(inner, (*path, index))


class RowChecker:
    """Accepts or explains rows of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        """Compile the dialect's schema."""
        self._dialect = dialect
        self._schema = dialect.schema()
        self._valid = jsonschema_rs.Draft202012Validator(self._schema).is_valid
        self._plain = getattr(dialect, "plain", None)
        self._explainer: Draft202012Validator | None = None

    def accepts(self, row: Any) -> bool:
        """Whether a row breaks nothing but, perhaps, rules of severity warning or note."""
        try:
            if not self._valid(row):
                return False
            if self._plain is not None and self._plain(row):
                return True
        except (ValueError, TypeError):  # a value that JSON cannot hold
            return False
        return next(unwritable(row), None) is None and not any(
            is_error(found) for found in self._dialect.check(row)
        )

    def broken(self, row: Any) -> Iterator[Broken]:
        """Every rule that a row breaks, the schema's first, each once."""
        seen: set[Broken] = set()
        for found in self._all(row):
            if found not in seen:
                seen.add(found)
                yield found

    def _all(self, row: Any) -> Iterator[Broken]:
        bad = list(unwritable(row))
        yield from bad
        if bad or not self._valid(row):
            yield from self._refusals(row)
        yield from self._dialect.check(row)

    def _refusals(self, row: Any) -> Iterator[Broken]:
        if self._explainer is None:
            from jsonschema import Draft202012Validator

            self._explainer = Draft202012Validator(self._schema)
        for error in self._explainer.iter_errors(row):
            for leaf in _leaves(error):
                kind = _KEYWORDS.get(str(leaf.validator), SHAPE_WRONG)
                yield broken(kind, dotted(leaf.absolute_path), said=_words(leaf))

    def explain(self, row: Any, place: Place = NOWHERE) -> Iterator[Problem]:
        """Every rule that a row breaks, as problems at a place."""
        for found in self.broken(row):
            yield as_problem(found, place)


def as_problem(found: Broken, place: Place) -> Problem:
    """A broken rule as a problem: its path joins the place, its type gives remedy and severity."""
    kind = declared(found.code)
    remedy, severity, title = (kind.remedy, kind.severity, kind.title) if kind else ("", Severity.ERROR, "")
    at = Place(place.source, place.line, place.item, place.annotation, path=found.path)
    return Problem(found.code, found.message, at, remedy, severity, False, title)
