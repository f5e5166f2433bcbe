"""Together fine-tuning: conversations, or prompt and completion; one of the two per file.

Rules as in the checker of the ``together`` client 2.14: no other top-level key but ``tools``, images
as base64 JPEG, PNG or WebP in user messages without a weight, strings and parts never mixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from labelwright.contracts import Broken, Dialect, FileRules, MediaRules
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._image_rules import image_parts
from labelwright.dialects._messages import (
    ends_with_assistant,
    has_content,
    one_content_shape,
    one_system_first,
    weights,
)
from labelwright.dialects._pairs import not_blank
from labelwright.dialects._targets import said, think_tags
from labelwright.dialects._tool_calls import tool_calls
from labelwright.examples import Completion, Example

MEDIA = MediaRules(count=10, size=10 * 1024 * 1024)
images = partial(image_parts, limits=MEDIA, weights=False)


class Together(ChatDialect):
    """Rows of two shapes."""

    kinds = frozenset({"chat", "completion"})

    def row(self, example: Example) -> dict[str, Any]:
        """A conversation as messages, a completion as an instruction."""
        if isinstance(example, Completion):
            return {"prompt": example.prompt, "completion": example.completion}
        return super().row(example)

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if isinstance(row, dict) and "completion" in row and "messages" not in row:
            yield from not_blank("prompt", "completion")(row)
            if isinstance(row["completion"], str):
                yield from think_tags(row["completion"], "completion")
        else:
            yield from super().check(row)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        if isinstance(row, dict) and "prompt" in row:
            return row["prompt"], row.get("completion")
        return super().pair(row)

    def shape(self, row: Any) -> str:
        """Which of the two shapes a row has."""
        return "instruction" if isinstance(row, dict) and "prompt" in row else "conversation"


plugin: Dialect = Together(
    name="together",
    title="Together fine-tuning",
    reference="https://docs.together.ai/docs/fine-tuning-data-preparation",
    rules=(
        ends_with_assistant,
        one_system_first,
        has_content,
        one_content_shape,
        weights,
        tool_calls,
        images,
        said,
    ),
    file_rules=FileRules(max_bytes=50_100_000_000),
    one_content_shape=True,
    media=MEDIA,
)
