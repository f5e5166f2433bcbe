"""Compiles the strings of ``[example]``: Jinja, sandboxed, or a direct join where that is the same.

A string made of text and plain substitutions (``{{ inputs.text }}``, ``{{ answers.category }}``,
``{{ labels.category | join(', ') }}``) is joined directly, since a sandboxed render costs more than all
the rest of a row, and loading Jinja more than a thousand rows. What depends on the
labels alone is rendered once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from labelwright.problems import UsageError
from labelwright.render.forms import detailed
from labelwright.render.reading import rows

if TYPE_CHECKING:
    import jinja2

Scope: TypeAlias = Mapping[str, Any]
Compiled: TypeAlias = Callable[[Scope, Scope], str]

_PLAIN = re.compile(
    r"\{\{\s*(?:(inputs|answers)\.([A-Za-z_][A-Za-z0-9_]*)"
    r"|labels\.([A-Za-z_][A-Za-z0-9_]*)\s*\|\s*join\(\s*'([^'\\]*)'\s*\))\s*\}\}"
)
_SPECIAL = re.compile(r"\{[{%#]")
_MENTIONS = re.compile(r"\b(inputs|answers)\b")


class TextError(Exception):
    """A string of the template cannot take the data of one item."""


class TextCompiler:
    """Compiles strings for one template's inputs, controls and labels."""

    def __init__(self, inputs: set[str], controls: set[str], labels: Mapping[str, list[str]]) -> None:
        """Names a string may use: ``inputs.X``, ``answers.X`` and ``labels.X``."""
        self._names = {"inputs": inputs, "answers": controls}
        self._labels = {name: list(values) for name, values in labels.items()}

    def compile(self, source: str, where: str) -> Compiled:
        """A function of (inputs, answers). Raises ``UsageError`` for a string that cannot work."""
        direct = self.direct(source)
        if direct is not None:
            return direct
        template = self._jinja(source, where)
        if not mentions_item(source):
            try:
                constant = self._render(template, {}, {}, where)
            except TextError as error:
                raise UsageError(str(error)) from None
            return lambda inputs, answers: constant
        return lambda inputs, answers: self._render(template, inputs, answers, where)

    def direct(self, source: str) -> Compiled | None:
        """The direct join of a string of plain substitutions; None if it needs Jinja."""
        pieces = _PLAIN.split(source)
        if "\r" in source or any(_SPECIAL.search(text) or text.endswith("{") for text in pieces[0::5]):
            return None
        texts, names = [pieces[0]], []
        for scope, name, labels, joint, text in zip(*(pieces[i::5] for i in range(1, 6)), strict=True):
            if scope is None:
                if labels not in self._labels:
                    return None
                texts[-1] += joint.join(self._labels[labels]) + text
                continue
            if name not in self._names[scope]:
                return None
            names.append((scope == "inputs", name))
            texts.append(text)
        if not names:
            return lambda inputs, answers: texts[0]
        if texts == ["", ""]:
            return _single(*names[0])
        return _joined(texts, names)

    def jinja(self, source: str, where: str = "") -> Compiled:
        """The same string through Jinja, whatever it is: what ``direct`` must equal."""
        template = self._jinja(source, where)
        return lambda inputs, answers: self._render(template, inputs, answers, where)

    def _jinja(self, source: str, where: str) -> jinja2.Template:
        import jinja2
        from jinja2 import meta

        environment = _environment()
        try:
            meta.find_undeclared_variables(environment.parse(source))
            return environment.from_string(source)
        except jinja2.TemplateError as error:
            raise UsageError(f"{where}: {error}") from None

    def _render(self, template: jinja2.Template, inputs: Scope, answers: Scope, where: str) -> str:
        import jinja2
        import jinja2.exceptions

        scope = {
            "inputs": {name: inputs.get(name) for name in self._names["inputs"]},
            "answers": {name: detailed(answers.get(name)) for name in self._names["answers"]},
            "labels": self._labels,
        }
        try:
            return template.render(scope)
        except (jinja2.UndefinedError, jinja2.exceptions.SecurityError) as error:
            raise UsageError(f"{where}: {error}") from None
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise TextError(f"{where}: {error}") from None


def mentions_item(source: str) -> bool:
    """Whether a string depends on the item, and not on the labels alone."""
    return _MENTIONS.search(source) is not None


def _environment() -> jinja2.Environment:
    import jinja2
    import msgspec
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        finalize=lambda value: "" if value is None else value,
    )
    environment.filters["tojson"] = lambda value: msgspec.json.encode(value).decode()
    environment.filters["rows"] = rows
    return environment


def shown(value: Any) -> str:
    """A value as Jinja prints it, with nothing for None."""
    if type(value) is str:
        return value
    return "" if value is None else str(detailed(value))


def _single(is_input: bool, name: str) -> Compiled:
    if is_input:
        return lambda inputs, answers: shown(inputs.get(name))
    return lambda inputs, answers: shown(answers.get(name))


def _joined(texts: list[str], names: list[tuple[bool, str]]) -> Compiled:
    def join(inputs: Scope, answers: Scope) -> str:
        parts = [texts[0]]
        for (is_input, name), text in zip(names, texts[1:], strict=True):
            parts.append(shown((inputs if is_input else answers).get(name)))
            parts.append(text)
        return "".join(parts)

    return join
