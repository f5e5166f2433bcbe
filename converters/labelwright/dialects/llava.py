"""LLaVA rows: ``id``, ``image`` (a path, or a list of them) and ``conversations`` of ``from`` and ``value``.

``<image>`` stands in what the human says, once for each image, before the words. LLaVA takes turns from
human to gpt and back; it reads a row without ``image`` as one of words alone. Boxes are written as text, by
convention as fractions of the image's width and height, x first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Broken, Dialect, FileRules
from labelwright.dialects import _schema
from labelwright.dialects._chat import as_chat, thought
from labelwright.dialects._media import COUNT_DIFFERS, IMAGES, KIND_REFUSED, misplaced
from labelwright.dialects._messages import (
    CONTENT_EMPTY,
    FIRST_ROLE,
    LAST_NOT_ASSISTANT,
    NOT_ALTERNATING,
    SYSTEM_NOT_FIRST,
)
from labelwright.dialects._rules import broken, known_keys, objects, shown
from labelwright.dialects._targets import after_thought, json_answer, label_allowed, think_tags
from labelwright.examples import Example, Media, Message, Text

ROLES = {"system": "system", "user": "human", "assistant": "gpt"}
_KNOWN = known_keys("id", "image", "video", "conversations", "model")


class Llava:
    """One conversation per row."""

    name = "llava"
    title = "LLaVA conversations"
    reference = "https://github.com/haotian-liu/LLaVA/blob/main/docs/Finetune_Custom_Data.md"
    kinds = frozenset({"chat"})
    file_rules = FileRules()
    media = IMAGES
    boxes = "box_2d:order=xy,scale=1"

    def __init__(self, think_tag: str = "think") -> None:
        """``think_tag`` goes around the reasoning of an answer."""
        self.think_tag = think_tag

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row; its id is made of its content."""
        held: dict[str, list[str]] = {"image": []}
        turns = [self._turn(message, held) for message in as_chat(example).messages]
        images = held.pop("image")
        row: dict[str, Any] = {"conversations": turns}
        if images:
            row["image"] = images[0] if len(images) == 1 else images
        row.update({kind: files[0] if len(files) == 1 else files for kind, files in held.items()})
        return {"id": sha256(msgspec.json.encode(row)).hexdigest()[:16], **row}

    def _turn(self, message: Message, held: dict[str, list[str]]) -> dict[str, str]:
        text = thought(message, self.think_tag)
        for part in message.content:
            if isinstance(part, Media):
                held.setdefault(part.kind, []).append(part.named)
                text += f"<{part.kind}>\n"
            elif isinstance(part, Text):
                text += part.text
        return {"from": ROLES.get(message.role, message.role), "value": text}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        for kind in ("video", "audio"):
            if kind in row:
                yield broken(KIND_REFUSED, kind, found=kind, kinds="image")
        yield from _order(row)
        tokens, system, user, target = 0, "", "", ("", "")
        for index, turn in objects(row.get("conversations")):
            text, path, speaker = turn.get("value"), f"conversations[{index}].value", turn.get("from")
            if not isinstance(text, str):
                continue
            if not text.strip():
                yield broken(CONTENT_EMPTY, path)
            if speaker == "human":
                tokens, user = tokens + text.count("<image>"), text
                continue
            yield from misplaced(text, speaker, path)
            if speaker == "system":
                system = text
            else:
                yield from think_tags(text, path)
                target = (after_thought(text), path)
        image = row.get("image")
        files = len(image) if isinstance(image, list) else int(isinstance(image, str))
        if tokens != files:
            yield broken(COUNT_DIFFERS, "image", tokens=tokens, token="<image>", files=files, key="image")
        if target[0]:
            yield from label_allowed(system, *target)
            yield from json_answer(system, user, *target)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        turns = row.get("conversations") if isinstance(row, dict) else None
        if not isinstance(turns, list) or len(turns) < 2:
            return None
        return [row.get("image"), turns[:-1]], turns[-1]

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Nothing goes beside the training files."""
        return {}


def _order(row: dict[str, Any]) -> Iterator[Broken]:
    """A system turn is the first; human and gpt take turns, gpt last."""
    previous: Any = None
    for index, turn in objects(row.get("conversations")):
        speaker, path = turn.get("from"), f"conversations[{index}].from"
        if speaker == "system":
            if index:
                yield broken(SYSTEM_NOT_FIRST, path, index=index)
            continue
        if previous is None and speaker != "human":
            yield broken(FIRST_ROLE, path, role=shown(speaker))
        elif speaker == previous:
            yield broken(NOT_ALTERNATING, path, role=shown(speaker), previous=shown(previous))
        previous = speaker
    if previous is not None and previous != "gpt":
        yield broken(LAST_NOT_ASSISTANT, "conversations", role=shown(previous))


plugin: Dialect = Llava()
