"""Makes an example ready for a dialect: its media, the places in them, and the bytes in the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from msgspec.structs import replace

from labelwright.contracts import MediaRoom, Notation, Prepared
from labelwright.examples import Chat, Example, Grounded, Grounding, Media, Message, Part, Pointed, Text
from labelwright.geometry.reframe import reframe
from labelwright.problems import Place, Problem, Problems

GROUNDED = "grounded"
Fitted: TypeAlias = tuple[Example, Sequence[Prepared]]


class Outfit:
    """Fits examples to one dialect."""

    def __init__(self, notation: Notation | None, room: MediaRoom | None) -> None:
        """Without ``notation`` groundings stay as they are, for a dialect that has a way of its own.

        Without ``room`` media stay where the items say they are, and nobody looks at them.
        """
        self.notation, self.room = notation, room

    def fit(self, example: Example, place: Place, problems: Problems) -> Fitted | None:
        """The example with its media ready and its places written; None if it cannot be, which is said."""
        if not isinstance(example, Chat | Grounded):
            return example, ()
        prepared: list[Prepared] = []
        if self.room is not None:
            for media in _media(example):
                made = self.room.prepare(
                    media, (media.width, media.height) if media.width else None, place, problems
                )
                if isinstance(made, Problem):
                    problems.add(made)
                    return None
                prepared.append(made)
        if prepared or isinstance(example, Grounded):
            return self._fitted(example, prepared, place, problems)
        return example, ()

    def described(self) -> dict[str, Any]:
        """What a reader of the rows must know of places and media, for the manifest."""
        told: dict[str, Any] = {}
        if self.notation is not None:
            told["boxes"] = self.notation.described()
        if self.room is not None:
            told["media"] = self.room.described()
        return told

    def close(self) -> None:
        """Let go of connections to servers that hold media."""
        if self.room is not None:
            self.room.close()

    def finish(self, line: bytes, prepared: Sequence[Prepared]) -> bytes:
        """A row's JSON with the bytes of its media."""
        return self.room.finish(line, prepared) if prepared and self.room is not None else line

    def _fitted(
        self, example: Chat | Grounded, prepared: list[Prepared], place: Place, problems: Problems
    ) -> Fitted | None:
        rest = iter(prepared)
        messages = []
        for message in example.messages:
            parts: list[Part] = []
            for part in message.content:
                if isinstance(part, Media):
                    made = next(rest, None)
                    parts.append(part if made is None else _looked_at(made))
                elif isinstance(part, Grounding):
                    moved = _moved(part, prepared)
                    if self.notation is None:
                        parts.append(moved)
                    elif text := self.notation.write(moved, place, problems):
                        parts.append(Text(text))
                    else:  # the notation has said why
                        return None
                else:
                    parts.append(part)
            messages.append(Message(message.role, _joined(parts), message.think))
        kind = Chat if self.notation is not None else type(example)
        return kind(messages), prepared


def _media(example: Chat | Grounded) -> list[Media]:
    return [part for message in example.messages for part in message.content if isinstance(part, Media)]


def _looked_at(made: Prepared) -> Media:
    """A file as the row shows it, with its size there."""
    return replace(made.media, width=made.size[0], height=made.size[1])


def _moved(grounding: Grounding, prepared: Sequence[Prepared]) -> Grounding:
    """The grounding in pixels of the image that the row shows."""
    if grounding.media >= len(prepared):
        return grounding
    made = prepared[grounding.media]
    if made.turn == 1 and made.size == made.original:
        return replace(grounding, size=made.size)
    objects = tuple(_reframed(thing, made) for thing in grounding.objects)
    return replace(grounding, objects=objects, size=made.size)


def _reframed(thing: Pointed, made: Prepared) -> Pointed:
    shapes: tuple[Any, ...] = tuple(
        reframe(shape, made.turn, made.original, made.size) for shape in thing.shapes
    )
    return replace(thing, shapes=shapes)


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """Neighbouring texts as one: what stands before a grounding and the grounding itself."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Text) and isinstance(last, Text):
            joined[-1] = Text(last.text + part.text)
        else:
            joined.append(part)
    return tuple(joined)
