"""The family of dialects whose rows are ``{"messages": [{"role", "content"}, ...]}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Broken, FileRules, MediaRules
from labelwright.dialects import _schema
from labelwright.dialects._rules import Rule
from labelwright.dialects._targets import (
    BOX_KEYS,
    after_thought,
    allowed_labels,
    breaks_markup,
    wants_only_json,
)
from labelwright.examples import Chat, Completion, Example, Media, Message, Text

_decode = msgspec.json.decode


def thought(message: Message, tag: str) -> str:
    """What goes before the content of a message: its reasoning between tags, if it has any."""
    return f"<{tag}>{message.think}</{tag}>" if message.think else ""


def content_parts(message: Message, tag: str) -> list[dict[str, Any]]:
    """A message's content as typed parts; reasoning goes into the first text."""
    before = thought(message, tag)
    parts: list[dict[str, Any]] = []
    for part in message.content:
        if isinstance(part, Media):
            # What is no image is written as servers name it, and refused by the target's rules.
            kind = f"{part.kind}_url"
            parts.append({"type": kind, kind: {"url": part.named}})
        else:
            parts.append({"type": "text", "text": before + part.text})
            before = ""
    if before:
        parts.append({"type": "text", "text": before})
    return parts


def has_media(messages: Sequence[Message]) -> bool:
    """Whether a conversation holds anything but words."""
    for message in messages:
        for part in message.content:
            if type(part) is not Text:
                return True
    return False


def written(messages: Sequence[Message], tag: str) -> list[dict[str, Any]]:
    """Messages with strings as content, or typed parts throughout where there is an image."""
    if has_media(messages):
        return [{"role": m.role, "content": content_parts(m, tag)} for m in messages]
    return [{"role": m.role, "content": thought(m, tag) + m.text if m.think else m.text} for m in messages]


def as_chat(example: Example) -> Chat:
    """The example as a conversation: a completion is a question and its answer."""
    if isinstance(example, Chat):
        return example
    assert isinstance(example, Completion)
    prompt = Message("user", (Text(example.prompt),))
    return Chat([prompt, Message("assistant", (Text(example.completion),))])


def _safe(text: str) -> bool:
    """Whether a text is encodable as UTF-8 (no half of a surrogate pair)."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json_answer_is_plain(answer: str) -> bool:
    for key in BOX_KEYS:
        if key in answer:
            return False
    try:
        _decode(answer)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return True


class ChatDialect:
    """A dialect of messages. Subclasses and instances differ by their rules, not by their shape."""

    kinds: frozenset[str] = frozenset({"chat"})

    def __init__(
        self,
        name: str,
        title: str,
        reference: str,
        rules: Sequence[Rule],
        file_rules: FileRules = FileRules(),  # noqa: B008 - frozen
        *,
        one_content_shape: bool = False,
        think_tag: str = "think",
        media: MediaRules = MediaRules(),  # noqa: B008 - frozen
    ) -> None:
        """``one_content_shape``: strings and typed parts may not meet in one file."""
        self.name = name
        self.title = title
        self.reference = reference
        self.file_rules = file_rules
        self.one_content_shape = one_content_shape
        self.think_tag = think_tag
        self.media = media
        self._rules = tuple(rules)

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row: strings, or typed parts throughout where there is an image."""
        return {"messages": written(as_chat(example).messages, self.think_tag)}

    def plain(self, row: dict[str, Any]) -> bool:
        """Whether a row is an everyday conversation that keeps every rule, found out quickly.

        True is exact: ``check`` then finds nothing. False only means that ``check`` must look.
        """
        if len(row) != 1 or "messages" not in row:
            return False
        system, user, content, awaited = "", "", "", "user"
        for index, message in enumerate(row["messages"]):
            if len(message) != 2:
                return False
            role, content = message["role"], message.get("content")
            if type(content) is not str or not content or content.isspace():
                return False
            if "<" in content and breaks_markup(role, content):
                return False
            if not content.isascii() and not _safe(content):
                return False
            if role == awaited:
                if role == "user":
                    user, awaited = content, "assistant"
                else:
                    awaited = "user"
            elif role == "system" and index == 0:
                system = content
            else:
                return False
        answer = after_thought(content) if content[:1] == "<" else content
        return bool(user) and awaited == "user" and _target_is_plain(system, user, answer)

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if isinstance(row, dict):
            for rule in self._rules:
                yield from rule(row)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn, to find contradictions by."""
        messages = row.get("messages") if isinstance(row, dict) else None
        if not isinstance(messages, list) or len(messages) < 2:
            return None
        return messages[:-1], messages[-1]

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Nothing goes beside the training files."""
        return {}


def _target_is_plain(system: str, user: str, answer: str) -> bool:
    """Whether the rules on answers surely find nothing in an answer without tags."""
    if system:
        labels = allowed_labels(system)
        if labels and answer not in labels:
            return False
    if answer[0] in "{[ \n\t\r\f\v" or not answer[0].isprintable():
        return _json_answer_is_plain(answer)
    if system and wants_only_json(system):
        return False
    # Lower case costs more than all the rest; most texts have no j at all.
    return ("j" not in user and "J" not in user) or "json" not in user.lower()
