"""TRL with images: messages of typed parts, and the images in a column of their own.

``{"type": "image"}`` stands where an image is shown, the n-th for the n-th of ``images`` (paths, to be cast
to images with ``datasets``). A content that is a string gets TRL's own placeholders before the first
user's words. TRL reads no ``image_url`` part: it would train without the image and say nothing. Prompt and
completion may stand apart, as in the text-only data sets; then the prompt alone shows images.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects import _schema
from labelwright.dialects._chat import ChatDialect, as_chat, thought
from labelwright.dialects._compared import along
from labelwright.dialects._image_rules import IN_ASSISTANT, OTHER_PARTS
from labelwright.dialects._media import COUNT_DIFFERS, IMAGES, KIND_REFUSED
from labelwright.dialects._messages import ends_with_assistant, has_content, has_user, one_system_first
from labelwright.dialects._rules import broken, objects, shown
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import tool_calls
from labelwright.dialects.trl_prompt_completion import prompt_ends
from labelwright.examples import Example, Media, Message, Text

REFERENCE = "https://huggingface.co/docs/trl/dataset_formats#vision-datasets"


def _placed(row: dict[str, Any]) -> Iterator[Broken]:
    """Only users show anything, and only images."""
    for index, message in objects(row.get("messages")):
        for at, part in objects(message.get("content")):
            kind, path = part.get("type"), f"messages[{index}].content[{at}]"
            if isinstance(kind, str) and kind in OTHER_PARTS:
                yield broken(KIND_REFUSED, path, found=OTHER_PARTS[kind], kinds="image")
            if kind == "image" and message.get("role") != "user":
                yield broken(IN_ASSISTANT, path, role=shown(message.get("role")))


def _counted(messages: list[Any], images: Any) -> Iterator[Broken]:
    """As TRL counts: placeholders not filled yet, or its own before the first user's string."""
    files = len(images) if isinstance(images, list) else 0
    places, added = 0, False
    for _, message in objects(messages):
        content = message.get("content")
        if isinstance(content, str) and message.get("role") == "user" and not added:
            places, added = places + files, True
        elif message.get("role") != "tool":
            places += sum(p.get("type") == "image" and "image" not in p for _, p in objects(content))
    if places != files:
        what = {"tokens": places, "token": '{"type": "image"}', "files": files, "key": "images"}
        yield broken(COUNT_DIFFERS, "images", **what)


class TrlVision(ChatDialect):
    """Rows of two shapes; ``apart`` says which of them is written."""

    def __init__(self, name: str, title: str, *, apart: bool = False, think_tag: str = "think") -> None:
        """``apart``: the last answer stands under ``completion``, what precedes it under ``prompt``."""
        rules = (ends_with_assistant, has_user, one_system_first, has_content, tool_calls, _placed, said)
        super().__init__(name, title, REFERENCE, rules, think_tag=think_tag, media=IMAGES)
        self._apart = apart

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load("trl-vision")

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row; every content has typed parts."""
        images: list[str] = []
        messages = [self._message(message, images) for message in as_chat(example).messages]
        if self._apart:
            return {"prompt": messages[:-1], "completion": messages[-1:], "images": images}
        return {"messages": messages, "images": images}

    def _message(self, message: Message, images: list[str]) -> dict[str, Any]:
        before, parts = thought(message, self.think_tag), list[dict[str, Any]]()
        for part in message.content:
            if isinstance(part, Media):
                parts.append({"type": part.kind})
                if part.kind == "image":
                    images.append(part.named)
            elif isinstance(part, Text):
                parts.append({"type": "text", "text": before + part.text})
                before = ""
        if before:
            parts.append({"type": "text", "text": before})
        return {"role": message.role, "content": parts}

    def plain(self, row: dict[str, Any]) -> bool:
        """Rows with a column beside are looked at in full."""
        return False

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        prompt, completion = row.get("prompt"), row.get("completion")
        if isinstance(prompt, list) and isinstance(completion, list):
            yield from prompt_ends(prompt)
            yield from along([("prompt", prompt), ("completion", completion)], self._rules)
            yield from _counted(prompt, row.get("images"))
        elif isinstance(row.get("messages"), list):
            yield from super().check(row)
            yield from _counted(row["messages"], row.get("images"))

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        if isinstance(row, dict) and "prompt" in row:
            return [row["prompt"], row.get("images")], row.get("completion")
        found = super().pair(row)
        return found and ([found[0], row.get("images")], found[1])

    def shape(self, row: Any) -> str:
        """Which of the two shapes a row has: a data set has one set of columns."""
        return "prompt and completion" if isinstance(row, dict) and "prompt" in row else "messages"


plugins: tuple[Dialect, ...] = (
    TrlVision("trl-vision", "TRL with images (messages)"),
    TrlVision("trl-vision-prompt-completion", "TRL with images (prompt and completion)", apart=True),
)
