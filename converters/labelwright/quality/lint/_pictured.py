"""What a row says about images: the phrases that are tied to places, their number, and what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from labelwright.contracts import Template
from labelwright.examples import Chat, Example, Grounded, Grounding, Media, Text
from labelwright.quality._seen import digest, normal
from labelwright.records import Item, Kind, Shape

PICTURES = frozenset({"image", "video"})


def phrases_of(answers: Mapping[str, Any], template: Template) -> tuple[str, ...]:
    """What people wrote about single shapes: answers in words, and labels that they made up."""
    found: list[str] = []
    texts = {n for n, c in template.controls.items() if c.kind is Kind.TEXT and c.on}
    for name, control in template.controls.items():
        if control.kind is not Kind.SHAPES or control.on:
            continue
        drawn = answers.get(name)
        for shape in drawn if isinstance(drawn, tuple | list) else ():
            if not isinstance(shape, Shape):
                continue
            written = [str(value) for asked, value in shape.answers if asked in texts and value]
            found += written or ([shape.label] if shape.label and not control.labels else [])
    return tuple(found)


def pairs_of(example: Example | None, answers: Mapping[str, Any], template: Template) -> int:
    """How many phrases an example ties to places; without an example, how many people wrote."""
    if isinstance(example, Grounded):
        return sum(len(g.objects) for g in _parts(example) if isinstance(g, Grounding))
    return len(phrases_of(answers, template))


def shown_of(item: Item, template: Template) -> bytes:
    """A digest of the images and films that an item shows; empty where there are none."""
    shown = [item.inputs.get(name) for name, i in template.inputs.items() if i.type in PICTURES]
    return digest([value for value in shown if value]) if any(shown) else b""


def shown_in(given: Any, keys: frozenset[str]) -> bytes:
    """The same of a row's input, whose media stand under one of ``keys``; empty where there are none."""
    found = list(_media(given, keys))
    return digest(normal(found)) if found else b""


def _media(value: Any, keys: frozenset[str]) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in keys and inner:
                yield inner
            elif key not in keys:
                yield from _media(inner, keys)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _media(inner, keys)


def target_words(example: Chat | Grounded) -> str:
    """The last message as rules read it: groundings by their caption, or by their labels as a JSON list."""
    found: list[str] = []
    for part in example.messages[-1].content:
        if isinstance(part, Text):
            found.append(part.text)
        elif isinstance(part, Grounding):
            labels = [thing.label for thing in part.objects]
            found.append(part.caption or msgspec.json.encode(labels).decode())
    return "".join(found)


def _parts(example: Grounded) -> Iterator[Text | Media | Grounding]:
    for message in example.messages:
        yield from message.content
