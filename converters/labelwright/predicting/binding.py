"""Joins a predictor with a template: which inputs it reads, which controls it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labelwright.contracts import Asked, Template
from labelwright.predicting.finding import name_of
from labelwright.problems import UsageError


def bind(
    kind: type[Any],
    template: Template,
    controls: Sequence[str] = (),
    inputs: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
    folder: str = "",
) -> Asked:
    """What a predictor is to do for a template.

    ``controls`` and ``inputs`` empty: all of the template's that the predictor can answer and read; of
    controls about the item's regions none, since a predictor answers them with the regions. Raises
    ``UsageError`` where nothing fits or an option is unknown.
    """
    name = name_of(kind)
    readable = {n: i.type for n, i in template.inputs.items() if i.type in kind.inputs}
    answerable = {n: c.kind for n, c in template.controls.items() if c.kind in kind.kinds and not c.on}
    told = {n: i.type for n, i in template.inputs.items()}
    _known(inputs, readable, f"{name} reads {_or(kind.inputs)}", "input", template, told)
    asked = {n: str(c.kind) for n, c in template.controls.items()}
    _known(controls, answerable, f"{name} answers {_or(kind.kinds)}", "control", template, asked)
    if not readable:
        has = ", ".join(sorted(set(told.values()))) or "nothing"
        raise UsageError(f"{name} reads {_or(kind.inputs)}; template {template.name!r} shows {has}")
    if not answerable:
        has = ", ".join(sorted(set(asked.values()))) or "nothing"
        raise UsageError(f"{name} answers {_or(kind.kinds)}; template {template.name!r} asks {has}")
    return Asked(
        template,
        tuple(inputs or readable),
        tuple(controls or answerable),
        _options(kind, options or {}),
        folder,
    )


def fits(kind: type[Any], template: Template) -> bool:
    """Whether a predictor can answer anything of a template."""
    reads = any(i.type in kind.inputs for i in template.inputs.values())
    return reads and any(c.kind in kind.kinds and not c.on for c in template.controls.values())


def _known(
    given: Sequence[str], fitting: Mapping[str, Any], does: str, what: str, template: Template, all_: Any
) -> None:
    for one in given:
        if one not in all_:
            offered = ", ".join(all_) or "none"
            raise UsageError(f"template {template.name!r} has no {what} {one!r}; there are: {offered}")
        if one not in fitting:
            raise UsageError(f"{does}; {what} {one!r} is {all_[one]}")


def _options(kind: type[Any], given: Mapping[str, str]) -> dict[str, str]:
    known = getattr(kind, "options", {})
    for name in given:
        if name not in known:
            offered = ", ".join(known) or "none"
            raise UsageError(f"{name_of(kind)} has no option {name!r}; there are: {offered}")
    return {name: str(given.get(name, default)) for name, (default, _) in known.items()}


def _or(names: Any) -> str:
    return " or ".join(str(n) for n in names)
