"""The images, films and sounds that a user's message shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labelwright.contracts import Template
from labelwright.examples import Media
from labelwright.problems import UsageError

KINDS = ("image", "video", "audio")


def media_inputs(template: Template) -> list[str]:
    """The inputs that ``[example] media`` names. Raises ``UsageError`` for what can be none."""
    where = f"template {template.name}: [example] media"
    names = []
    for reference in template.example.media:
        scope, _, name = reference.partition(".")
        if scope != "inputs" or name not in template.inputs:
            raise UsageError(f"{where}: there is no {reference}; give inputs.NAME")
        if template.inputs[name].type not in KINDS:
            raise UsageError(
                f"{where}: {reference} is of type {template.inputs[name].type}, which is no media"
            )
        names.append(name)
    return names


def shown_media(template: Template) -> Callable[[Mapping[str, Any]], list[tuple[Media, str, str]]] | None:
    """Finds an item's media: each with its input, and its index there if the input has several.

    None where the template shows none.
    """
    kinds = {name: template.inputs[name].type for name in media_inputs(template)}
    if not kinds:
        return None

    def find(inputs: Mapping[str, Any]) -> list[tuple[Media, str, str]]:
        found: list[tuple[Media, str, str]] = []
        for name, kind in kinds.items():
            value = inputs.get(name)
            if isinstance(value, str):
                found.append((Media(value, kind=kind), name, ""))
            elif isinstance(value, list):
                found.extend((Media(uri, kind=kind), name, str(at)) for at, uri in enumerate(value))
        return found

    return find
