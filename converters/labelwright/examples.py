"""Waist 2: a training example before it takes a file's shape."""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct


class Text(Struct, frozen=True, gc=False):
    """Words."""

    text: str


class Media(Struct, frozen=True):
    """A picture, a film or a sound: where it is and what it is."""

    uri: str
    type: str = ""


Part: TypeAlias = Text | Media


class Message(Struct, gc=False):
    """One message of a chat. ``think`` is the reasoning that goes before the content, if any."""

    role: str
    content: tuple[Part, ...]
    think: str = ""

    @property
    def text(self) -> str:
        """The words of the message, its media left out."""
        if len(self.content) == 1:
            part = self.content[0]
            return part.text if type(part) is Text else ""
        return "".join(p.text for p in self.content if isinstance(p, Text))

    @property
    def shown(self) -> str:
        """The words of the message and where its media are, one part a line."""
        return "\n".join([p.text if isinstance(p, Text) else p.uri for p in self.content])


class Chat(Struct, gc=False):
    """A conversation whose assistant messages are what the model learns.

    Roles are ``system`` (at most once, first), ``user`` and ``assistant``; the last is ``assistant``.
    """

    messages: list[Message]


class Completion(Struct, gc=False):
    """A prompt and what follows it, without roles."""

    prompt: str
    completion: str


Example: TypeAlias = Chat | Completion

KINDS: dict[str, type[Any]] = {"chat": Chat, "completion": Completion}


def kind_of(example: Example) -> str:
    """The name of an example's kind, as templates and dialects write it."""
    return type(example).__name__.lower()


def asked(example: Example) -> str:
    """What an example asks, as plain text: words, and which media are shown."""
    if isinstance(example, Chat):
        return "\n".join([m.shown for m in example.messages[:-1]])
    return example.prompt


def taught(example: Example) -> str:
    """What an example teaches, as plain text: the reasoning too."""
    if isinstance(example, Chat):
        last = example.messages[-1]
        return f"{last.think}\n{last.text}" if last.think else last.text
    return example.completion
