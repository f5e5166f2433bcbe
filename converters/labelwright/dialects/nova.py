"""Amazon Nova fine-tuning: Bedrock conversations, media in S3, reasoning as a block of its own.

Rules as in the service's published validator: strict turns from user to assistant, media only from
the user and of one kind, reserved words nowhere in a text, optional keys in every row or in none.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelwright.contracts import LINK, Broken, Dialect, FileRules, MediaRules
from labelwright.dialects import _schema
from labelwright.dialects._chat import as_chat
from labelwright.dialects._image_rules import IN_ASSISTANT, TOO_MANY
from labelwright.dialects._media import KIND_REFUSED
from labelwright.dialects._messages import (
    CONTENT_EMPTY,
    strictly_alternates,
)
from labelwright.dialects._rules import broken, objects, rule, shown
from labelwright.dialects._targets import json_answer, label_allowed
from labelwright.examples import Example, Media, Message, Text

RESERVED = rule(
    "text.reserved-word",
    "A text holds a word that the target reserves",
    "the text holds {word!r}, which the target refuses anywhere",
    "Reword the text (for instance 'User -' instead of 'User:').",
)
TWO_MODALITIES = rule(
    "media.two-kinds",
    "An example has media of more than one kind",
    "the example has {kinds}; it may have one kind",
    "Split the example.",
)
NO_ANSWER = rule(
    "think.no-text",
    "An answer has reasoning and nothing after it",
    "no text follows the reasoning",
    "Put the final answer after the reasoning.",
)
VERSION = "bedrock-conversation-2024"
LIMITS = {"image": 10, "video": 1, "document": 1}
MEDIA = MediaRules(
    way=LINK,
    types=(
        *("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"),
        *("video/quicktime", "video/x-matroska", "video/mp4", "video/webm"),
    ),
    schemes=("s3",),
    count=LIMITS["image"],
    size=10 * 1024 * 1024,
    least_side=25,
)
# What the service calls a film by, where that is not the second half of its media type.
_FORMS = {"quicktime": "mov", "x-matroska": "mkv"}
_WORDS = re.compile(
    r"\b(?:System|SYSTEM|User|USER|Bot|BOT|Assistant|ASSISTANT|Thought):"
    r"|\[EOS\]|<image>|<video>|<unk>"
)


class Nova:
    """Rows of Bedrock's customisation of Amazon Nova."""

    name = "nova"
    title = "Amazon Nova fine-tuning"
    reference = "https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html"
    kinds = frozenset({"chat"})
    file_rules = FileRules(min_rows=8, max_rows=20_000)
    media = MEDIA

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row; the system message stands outside the messages."""
        messages = as_chat(example).messages
        row: dict[str, Any] = {"schemaVersion": VERSION}
        if messages and messages[0].role == "system":
            row["system"] = [{"text": messages[0].text}]
            messages = messages[1:]
        row["messages"] = [{"role": m.role, "content": _blocks(m)} for m in messages]
        return row

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from strictly_alternates(row, "messages", "assistant")
        yield from _media(row)
        system = _joined(row.get("system"))
        yield from _texts(row.get("system"), "system")
        user, target = "", ("", "")
        for index, message in objects(row.get("messages")):
            path, content = f"messages[{index}].content", message.get("content")
            yield from _texts(content, path)
            if message.get("role") == "assistant":
                target = (_joined(content), path)
                thinks = any("reasoningContent" in block for _, block in objects(content))
                if thinks and not target[0].strip():
                    yield broken(NO_ANSWER, path)
            else:
                user = _joined(content)
        if target[0]:
            yield from label_allowed(system, *target)
            yield from json_answer(system, user, *target)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        messages = row.get("messages") if isinstance(row, dict) else None
        if not isinstance(messages, list) or len(messages) < 2:
            return None
        return [row.get("system"), row.get("toolConfig"), messages[:-1]], messages[-1]

    def shape(self, row: Any) -> str:
        """Which optional keys a row has: all rows must have the same."""
        held = [key for key in ("system", "toolConfig") if isinstance(row, dict) and key in row]
        return f"with {' and '.join(held)}" if held else "without optional keys"

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Nothing goes beside the training files."""
        return {}


def _blocks(message: Message) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if message.think:
        blocks.append({"reasoningContent": {"reasoningText": {"text": message.think}}})
    for part in message.content:
        if isinstance(part, Media):
            kind = part.type or mimetypes.guess_type(part.named)[0] or ""
            family, _, form = kind.partition("/")
            source = {"s3Location": {"uri": part.named}}
            name = "document" if form == "pdf" else family or part.kind
            blocks.append({name: {"format": _FORMS.get(form, form), "source": source}})
        elif isinstance(part, Text):
            blocks.append({"text": part.text})
    return blocks


def _joined(blocks: Any) -> str:
    found = (block.get("text") for _, block in objects(blocks))
    return "".join(text for text in found if isinstance(text, str))


def _texts(blocks: Any, path: str) -> Iterator[Broken]:
    """Texts say something, and hold none of the reserved words."""
    for at, block in objects(blocks):
        reasoning = block.get("reasoningContent")
        held = reasoning.get("reasoningText") if isinstance(reasoning, dict) else block
        text = held.get("text") if isinstance(held, dict) else None
        if not isinstance(text, str):
            continue
        if not text.strip():
            yield broken(CONTENT_EMPTY, f"{path}[{at}].text")
        for word in sorted(set(_WORDS.findall(text))):
            yield broken(RESERVED, f"{path}[{at}].text", word=word)


def _media(row: dict[str, Any]) -> Iterator[Broken]:
    """Media come from the user, are of one kind and not too many."""
    counts = dict.fromkeys(LIMITS, 0)
    for index, message in objects(row.get("messages")):
        for at, block in objects(message.get("content")):
            if "audio" in block:
                path = f"messages[{index}].content[{at}]"
                yield broken(KIND_REFUSED, path, found="audio", kinds=", ".join(LIMITS))
            for kind in LIMITS:
                if kind in block:
                    counts[kind] += 1
                    if message.get("role") != "user":
                        role = shown(message.get("role"))
                        yield broken(IN_ASSISTANT, f"messages[{index}].content[{at}]", role=role)
    held = [kind for kind, count in counts.items() if count]
    if len(held) > 1:
        yield broken(TWO_MODALITIES, "messages", kinds=" and ".join(held))
    for kind in held:
        if counts[kind] > LIMITS[kind]:
            yield broken(TOO_MANY, "messages", count=counts[kind], limit=LIMITS[kind])


plugin: Dialect = Nova()
