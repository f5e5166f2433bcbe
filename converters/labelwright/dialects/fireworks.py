"""Fireworks supervised fine-tuning: chat messages, images as base64 PNG or JPEG."""

from __future__ import annotations

from functools import partial

from labelwright.contracts import Dialect, FileRules, MediaRules
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._image_rules import image_parts
from labelwright.dialects._messages import (
    ends_with_assistant,
    has_content,
    has_user,
    one_system_first,
    weights,
)
from labelwright.dialects._rules import known_keys
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import tool_calls

MEDIA = MediaRules(types=("image/png", "image/jpeg"))

plugin: Dialect = ChatDialect(
    name="fireworks",
    title="Fireworks supervised fine-tuning",
    reference="https://docs.fireworks.ai/fine-tuning/fine-tuning-models",
    rules=(
        known_keys("messages", "tools"),
        ends_with_assistant,
        has_user,
        one_system_first,
        has_content,
        weights,
        tool_calls,
        partial(image_parts, limits=MEDIA),
        said,
    ),
    file_rules=FileRules(min_rows=3, max_rows=3_000_000),
    media=MEDIA,
)
