"""Makes an example ready for a dialect: its media, the places in them, and the bytes in the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from labelwright.contracts import MediaRoom, Notation, Prepared
from labelwright.examples import Chat, Example, Grounded, Grounding, Media, Message, Part, Pointed, Text
from labelwright.geometry.reframe import reframe
from labelwright.pipeline.accounts import read_back
from labelwright.problems import Place, Problem, Problems

GROUNDED = "grounded"


class Fitted(Struct):
    """An example made ready. ``places``: how many are found again in its texts (None: it has no texts)."""

    example: Example
    prepared: Sequence[Prepared] = ()
    places: int | None = None


class Outfit:
    """Fits examples to one dialect."""

    def __init__(self, notation: Notation | None, room: MediaRoom | None) -> None:
        """Without ``notation`` groundings stay as they are, for a dialect that has a way of its own.

        Without ``room`` media stay where the items say they are, and nobody looks at them.
        """
        self.notation, self.room = notation, room

    def fit(self, example: Example, place: Place, problems: Problems) -> Fitted | str:
        """The example with its media ready and its places written.

        If it cannot be, the code of the problem that says why.
        """
        if not isinstance(example, Chat | Grounded):
            return Fitted(example)
        prepared: list[Prepared] = []
        if self.room is not None:
            for media in _media(example):
                made = self.room.prepare(
                    media, (media.width, media.height) if media.width else None, place, problems
                )
                if isinstance(made, Problem):
                    problems.add(made)
                    return made.code
                prepared.append(made)
        if prepared or isinstance(example, Grounded):
            return self._fitted(example, prepared, place, problems)
        return Fitted(example)

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
    ) -> Fitted | str:
        rest, places = iter(prepared), 0
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
                        places += read_back(self.notation, text, moved)
                    else:  # the notation has said why, last of all
                        return next(reversed(problems.counts), "")
                else:
                    parts.append(part)
            messages.append(Message(message.role, _joined(parts), message.think))
        if self.notation is None:
            return Fitted(type(example)(messages), prepared)
        return Fitted(Chat(messages), prepared, places)


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
