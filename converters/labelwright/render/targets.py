"""The answer of a chat as text: a string of the template, or a JSON value made of answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from labelwright.contracts import Template
from labelwright.problems import UsageError
from labelwright.records import Kind, Level
from labelwright.render.forms import plain
from labelwright.render.text import Compiled

Answers: TypeAlias = Mapping[str, Any]


def compile_target(template: Template, text: Callable[[str, str], Compiled]) -> Compiled:
    """The text of the last answer: a string, or a JSON value. Raises ``UsageError`` if it is neither."""
    assistant = template.example.assistant
    if isinstance(assistant, str):
        return text("assistant", assistant)
    if set(assistant) != {"json"}:
        raise UsageError(f"template {template.name}: [example] assistant: use a string or {{json = ...}}")
    build = _json(template, assistant["json"])
    return lambda inputs, answers: msgspec.json.encode(build(inputs, answers)).decode()


def _json(template: Template, spec: Any) -> Callable[[Answers, Answers], Any]:
    """A builder of a JSON value whose strings of the form ``controls.X`` stand for answers."""
    if isinstance(spec, dict):
        parts = {key: _json(template, value) for key, value in spec.items()}
        return lambda inputs, answers: {k: part(inputs, answers) for k, part in parts.items()}
    if isinstance(spec, list):
        items = [_json(template, value) for value in spec]
        return lambda inputs, answers: [part(inputs, answers) for part in items]
    if isinstance(spec, str) and spec.partition(".")[0] in ("controls", "inputs"):
        return _reference(template, spec)
    return lambda inputs, answers: spec


def _reference(template: Template, spec: str) -> Callable[[Answers, Answers], Any]:
    scope, _, name = spec.partition(".")
    known = template.controls if scope == "controls" else template.inputs
    if name not in known:
        raise UsageError(f"template {template.name}: [example]: there is no {spec}")
    if scope == "inputs":
        return lambda inputs, answers: inputs.get(name)
    control = template.controls[name]
    order = {label: i for i, label in enumerate(control.labels)}
    if control.kind is Kind.CHOICES and order:
        return lambda inputs, answers: sorted(answers.get(name) or (), key=lambda x: order.get(x, 1 << 30))
    if control.kind is Kind.CHOICE and control.level in (Level.INTERVAL, Level.RATIO):
        return lambda inputs, answers: _number(answers.get(name))
    return lambda inputs, answers: plain(answers.get(name))


def _number(value: Any) -> Any:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    return int(number) if number.is_integer() else number
