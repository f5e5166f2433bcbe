"""TRL language modelling: conversations under ``messages``, or plain ``text``.

TRL tells the type of a data set by its columns, so a row has one of the two keys. It reads no
``image_url`` parts (images come in a column of their own), so contents are strings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._messages import (
    ends_with_assistant,
    has_content,
    has_user,
    one_system_first,
)
from labelwright.dialects._pairs import not_blank
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import tool_calls


class TrlMessages(ChatDialect):
    """Rows of two shapes; examples are always written as conversations."""

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if isinstance(row, dict) and "text" in row:
            yield from not_blank("text")(row)
        else:
            yield from super().check(row)

    def shape(self, row: Any) -> str:
        """Which of the two shapes a row has."""
        return "text" if isinstance(row, dict) and "text" in row else "messages"


plugin: Dialect = TrlMessages(
    name="trl-messages",
    title="TRL language modelling (messages)",
    reference="https://huggingface.co/docs/trl/dataset_formats#language-modeling",
    rules=(ends_with_assistant, has_user, one_system_first, has_content, tool_calls, said),
    one_content_shape=True,
)
