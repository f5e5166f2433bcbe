"""ms-swift rows: messages of strings, lists of files, and ``objects`` that the texts point at.

``<image>``, ``<video>`` and ``<audio>`` stand for the files of the lists. ``<ref-object>`` stands for the
next of ``objects.ref``, ``<bbox>`` for the next of ``objects.bbox``: x1, y1, x2, y2 or x, y in pixels of the
image in the list (``bbox_type`` real), or as fractions (norm1). ms-swift scales them to what a model
wants. It swaps the corners of a box that ends before it begins in silence; here that is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from labelwright.contracts import Broken, Dialect, FileRules
from labelwright.dialects import _schema
from labelwright.dialects._chat import as_chat, thought
from labelwright.dialects._compared import SAME_ANSWER
from labelwright.dialects._media import EVERYTHING, TOKENS, Held, counted, misplaced, no_files, words
from labelwright.dialects._messages import ends_with_assistant, has_user, one_system_first, repeats
from labelwright.dialects._places import lost_phrases, lost_places, media_of, places_of, silent
from labelwright.dialects._rules import known_keys, objects, shown
from labelwright.dialects._swift_rules import object_rules, swift_content
from labelwright.dialects._targets import after_thought, json_answer, label_allowed, think_tags
from labelwright.examples import Example, Grounded, Grounding, Message
from labelwright.problems import Place, Problem

REF, BOX = "<ref-object>", "<bbox>"
_KNOWN = known_keys(
    *("messages", "images", "videos", "audios", "objects", "tools", "label", "channel", "margin"),
    *("rejected_response", "rejected_messages", "rejected_images", "chat_template_kwargs"),
)


class _Objects(Struct):
    """What the texts of one row point at; ``image_id`` counts the images from 0."""

    ref: list[str] = field(default_factory=list)
    bbox: list[list[float]] = field(default_factory=list)
    image_id: list[int] = field(default_factory=list)


class MsSwift:
    """One conversation per row."""

    name = "ms-swift"
    title = "ms-swift (messages, objects)"
    reference = "https://swift.readthedocs.io/en/latest/Customization/Custom-dataset.html"
    kinds = frozenset({"chat", "grounded"})
    file_rules = FileRules()
    media = EVERYTHING
    points = True

    def __init__(self, think_tag: str = "think") -> None:
        """``think_tag`` goes around the reasoning of an answer."""
        self.think_tag = think_tag

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def unfit(self, example: Example, place: Place) -> Iterator[Problem]:
        """What of an example's places in images cannot be written as it is."""
        yield from lost_places(example, place, points=True)
        yield from lost_phrases(example, place, overlap=False)
        yield from silent(example, place)

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row; of an example with groundings every object is a pair of placeholders."""
        messages = example.messages if isinstance(example, Grounded) else as_chat(example).messages
        kinds = [part.kind for part in media_of(example)]
        held, found = no_files(), _Objects()
        said = [{"role": m.role, "content": self._text(m, held, found, kinds)} for m in messages]
        row: dict[str, Any] = {"messages": said, **{key: files for key, files in held.items() if files}}
        if found.ref or found.bbox:
            row["objects"] = {"ref": found.ref, "bbox": found.bbox, "bbox_type": "real"}
            if any(found.image_id):
                row["objects"]["image_id"] = found.image_id
        return row

    def places(self, row: dict[str, Any]) -> Iterator[tuple[str, Sequence[float]]]:
        """The boxes and points of a row as its texts point at them, each with its label."""
        held = row.get("objects", {})
        labels, boxes, label = iter(held.get("ref", ())), iter(held.get("bbox", ())), ""
        for mark in re.findall(f"{REF}|{BOX}", "".join(m["content"] for m in row["messages"])):
            if mark == REF:
                label = next(labels, "")
            elif (box := next(boxes, None)) is not None:
                yield label, box

    def _text(self, message: Message, held: Held, found: _Objects, kinds: list[str]) -> str:
        text = thought(message, self.think_tag)
        for part in message.content:
            if isinstance(part, Grounding):
                text += _pointed(part, kinds[: part.media].count("image"), found)
            else:
                text += words(Message(message.role, (part,)), "", held)
        return text

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        for check in (ends_with_assistant, has_user, one_system_first, repeats, swift_content, object_rules):
            yield from check(row)
        texts, system, user, target = list[str](), "", "", ("", "")
        for index, message in objects(row.get("messages")):
            text, path, role = message.get("content"), f"messages[{index}].content", message.get("role")
            if not isinstance(text, str):
                continue
            texts.append(text)
            if role == "system":
                system = text
            elif role == "user":
                user = text
            elif role == "assistant":
                yield from think_tags(text, path)
                target = (after_thought(text), path)
            if role not in ("user", "tool", "tool_response"):
                yield from misplaced(text, role, path)
        yield from counted(texts, row)
        if target[0] and BOX not in target[0]:
            yield from label_allowed(system, *target)
            yield from json_answer(system, user, *target)
        if "rejected_response" in row and texts and row["rejected_response"] == texts[-1]:
            yield Broken(
                SAME_ANSWER.code, "rejected_response", SAME_ANSWER.message.format(answer=shown(texts[-1]))
            )

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        messages = row.get("messages") if isinstance(row, dict) else None
        if not isinstance(messages, list) or len(messages) < 2:
            return None
        return [messages[:-1], *(row.get(key) for key in TOKENS)], [messages[-1], row.get("objects")]

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Nothing goes beside the training files."""
        return {}


def _pointed(grounding: Grounding, image: int, found: _Objects) -> str:
    """A grounding as placeholders: inside the caption, or one line per object.

    A phrase that cannot be cut out of the caption gets no placeholder, so that the row is refused.
    """
    lines, at, text = list[str](), 0, grounding.caption
    parts: list[str] = []
    for thing in sorted(grounding.objects, key=lambda t: t.start) if text else grounding.objects:
        places = places_of(thing, grounding.size, points=True)
        found.ref.append(thing.label)
        found.bbox += [list(place) for place in places]
        found.image_id += [image] * len(places)
        marks = REF + BOX * len(places)
        if not text:
            lines.append(marks)
        elif thing.start >= at and text[thing.start : thing.end] == thing.label:
            parts += [text[at : thing.start], marks]
            at = thing.end
    return "".join(parts) + text[at:] if text else "\n".join(lines)


plugin: Dialect = MsSwift()
