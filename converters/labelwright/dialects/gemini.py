"""Vertex AI Gemini supervised tuning: ``contents`` of ``role`` and ``parts``.

Media are addresses (``gs://`` or http(s)) with their media type; at most 30 images of 20 MB per example,
in the user's contents.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelwright.contracts import LINK, Broken, Dialect, FileRules, MediaRules
from labelwright.dialects import _schema
from labelwright.dialects._chat import as_chat, thought
from labelwright.dialects._image_rules import IN_ASSISTANT, TOO_MANY, TYPE_REFUSED, address_taken
from labelwright.dialects._messages import (
    CONTENT_EMPTY,
    strictly_alternates,
)
from labelwright.dialects._rules import broken, objects, shown
from labelwright.dialects._targets import after_thought, json_answer, label_allowed, think_tags
from labelwright.examples import Example, Media, Message, Text

MEDIA = MediaRules(
    way=LINK,
    types=(
        *("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "application/pdf"),
        *("video/mp4", "video/mpeg", "video/quicktime", "video/mov", "video/avi", "video/x-flv", "video/mpg"),
        *("video/webm", "video/wmv", "video/3gpp", "video/x-msvideo", "video/x-ms-wmv"),
        *("audio/wav", "audio/x-wav", "audio/mp3", "audio/mpeg", "audio/aiff", "audio/aac", "audio/x-aac"),
        *("audio/ogg", "audio/flac", "audio/mp4", "audio/m4a", "audio/opus", "audio/webm", "audio/pcm"),
    ),
    schemes=("gs", "https", "http"),
    count=30,
    size=20 * 1024 * 1024,
)
ROLES = {"user": "user", "assistant": "model"}


class Gemini:
    """Rows of Vertex AI's tuning service."""

    name = "gemini"
    title = "Vertex AI Gemini tuning"
    reference = (
        "https://cloud.google.com/vertex-ai/generative-ai/docs/models/gemini-supervised-tuning-prepare"
    )
    kinds = frozenset({"chat"})
    file_rules = FileRules(max_bytes=1024**3)
    media = MEDIA
    boxes = "gemini"

    def __init__(self, think_tag: str = "think") -> None:
        """``think_tag`` goes around the reasoning of an answer."""
        self.think_tag = think_tag

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row; the system message stands outside the contents."""
        messages = as_chat(example).messages
        row: dict[str, Any] = {}
        if messages and messages[0].role == "system":
            row["systemInstruction"] = {"role": "system", "parts": self._parts(messages[0])}
            messages = messages[1:]
        row["contents"] = [{"role": ROLES.get(m.role, m.role), "parts": self._parts(m)} for m in messages]
        return row

    def _parts(self, message: Message) -> list[dict[str, Any]]:
        before, parts = thought(message, self.think_tag), list[dict[str, Any]]()
        for part in message.content:
            if isinstance(part, Media):
                kind = part.type or mimetypes.guess_type(part.named)[0] or ""
                parts.append({"fileData": {"mimeType": kind, "fileUri": part.named}})
            elif isinstance(part, Text):
                parts.append({"text": before + part.text})
                before = ""
        return parts

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from strictly_alternates(row, "contents", "model")
        yield from self._media(row)
        instruction = row.get("systemInstruction")
        system = _joined(instruction) if isinstance(instruction, dict) else ""
        user, target = "", ("", "")
        for index, content in objects(row.get("contents")):
            text = _joined(content)
            for at, part in objects(content.get("parts")):
                path = f"contents[{index}].parts[{at}].text"
                if isinstance(part.get("text"), str):
                    if not part["text"].strip():
                        yield broken(CONTENT_EMPTY, path)
                    elif content.get("role") == "model":
                        yield from think_tags(part["text"], path)
            if content.get("role") == "model":
                target = (after_thought(text), f"contents[{index}].parts")
            else:
                user = text
        if target[0]:
            yield from label_allowed(system, *target)
            yield from json_answer(system, user, *target)

    def _media(self, row: dict[str, Any]) -> Iterator[Broken]:
        count = 0
        for index, content in objects(row.get("contents")):
            for at, part in objects(content.get("parts")):
                data = part.get("fileData")
                if not isinstance(data, dict):
                    continue
                path, kind = f"contents[{index}].parts[{at}]", str(data.get("mimeType", ""))
                count += kind.startswith("image/")
                if content.get("role") == "model":
                    yield broken(IN_ASSISTANT, path, role="model")
                if kind and kind not in MEDIA.types:
                    types = ", ".join(MEDIA.types)
                    yield broken(TYPE_REFUSED, f"{path}.fileData.mimeType", type=shown(kind), types=types)
                if isinstance(data.get("fileUri"), str):
                    yield from address_taken(data["fileUri"], MEDIA, f"{path}.fileData.fileUri")
        if count > MEDIA.count:
            yield broken(TOO_MANY, "contents", count=count, limit=MEDIA.count)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        contents = row.get("contents") if isinstance(row, dict) else None
        if not isinstance(contents, list) or len(contents) < 2:
            return None
        return [row.get("systemInstruction"), contents[:-1]], contents[-1]

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Nothing goes beside the training files."""
        return {}


def _joined(content: dict[str, Any]) -> str:
    """The words of a content, its media left out."""
    found = (part.get("text") for _, part in objects(content.get("parts")))
    return "".join(text for text in found if isinstance(text, str))


plugin: Dialect = Gemini()
