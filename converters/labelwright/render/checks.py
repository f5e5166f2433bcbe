"""Checks of a target that the engine owns: one of the labels, JSON, Python, a regular expression."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from labelwright.contracts import Template
from labelwright.problems import UsageError
from labelwright.records import Kind

Check: TypeAlias = Callable[[str], str]


def compile_check(template: Template) -> Check | None:
    """A function that says what is wrong with a target (nothing: an empty string).

    Raises ``UsageError`` if the template's ``[checks]`` cannot work.
    """
    rule = template.checks.assistant
    if not rule:
        return None
    if rule == "enum":
        return _enum(template)
    if rule == "json":
        return _json(template)
    if rule == "python":
        return _python
    try:
        pattern = re.compile(rule, re.DOTALL)
    except re.error as error:
        raise UsageError(f"template {template.name}: [checks] assistant: {error}") from None
    return lambda text: "" if pattern.fullmatch(text) else f"it does not match {rule}"


def _enum(template: Template) -> Check:
    name = template.checks.labels_of
    if not name:
        choices = [n for n, c in template.controls.items() if c.kind is Kind.CHOICE and c.labels]
        if len(choices) != 1:
            raise UsageError(f"template {template.name}: [checks] labels_of must name a choice control")
        name = choices[0]
    control = template.controls.get(name)
    if control is None or not control.labels:
        raise UsageError(f"template {template.name}: [checks] labels_of: no labels at control {name!r}")
    labels = frozenset(control.labels)
    listed = ", ".join(control.labels)
    return lambda text: "" if text in labels else f"{text[:80]!r} is none of {listed}"


def _json(template: Template) -> Check:
    schema: Any = None
    if template.checks.schema:
        path = template.file(template.checks.schema)
        try:
            schema = msgspec.json.decode(path.read_bytes())
        except msgspec.DecodeError as error:
            raise UsageError(f"{path}: not JSON: {error}") from None
    accepts = None
    if schema is not None:
        import jsonschema_rs

        try:
            accepts = jsonschema_rs.validator_for(schema)
        except (ValueError, jsonschema_rs.ValidationError) as error:
            raise UsageError(f"template {template.name}: {template.checks.schema}: {error}") from None

    def check(text: str) -> str:
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            return f"it is not JSON: {error}"
        if accepts is None or accepts.is_valid(value):
            return ""
        return _explain(value, schema)

    return check


def _explain(value: Any, schema: Any) -> str:
    import jsonschema

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
    if error is None:  # the two validators disagree; say what is known
        return "it breaks the template's JSON Schema"
    return f"{error.json_path}: {error.message}"


def _python(text: str) -> str:
    try:
        ast.parse(text)
    except SyntaxError as error:
        return f"it is not Python: {error.msg}" + (f" (line {error.lineno})" if error.lineno else "")
    except (ValueError, RecursionError, MemoryError) as error:  # NUL bytes; nested too deep for the parser
        return f"it is not Python: {error or type(error).__name__}"
    return ""
