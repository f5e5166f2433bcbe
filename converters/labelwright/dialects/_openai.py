"""What OpenAI and those who copy its rows ask of one."""

from __future__ import annotations

from functools import partial

from labelwright.dialects._image_rules import ImageLimits, image_parts
from labelwright.dialects._messages import (
    ends_with_assistant,
    has_content,
    has_user,
    one_system_first,
    weights,
)
from labelwright.dialects._rules import Rule, known_keys
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import tool_calls

MEGABYTE = 1024 * 1024
FILE_BYTES = 512 * MEGABYTE


def openai_rules(images: int) -> tuple[Rule, ...]:
    """The rules of a row with at most ``images`` images, by address or as data, RGB or RGBA."""
    limits = ImageLimits(links=True, count=images, size=10 * MEGABYTE, rgb_only=True)
    return (
        known_keys("messages", "tools", "parallel_tool_calls", "functions"),
        ends_with_assistant,
        has_user,
        one_system_first,
        has_content,
        weights,
        tool_calls,
        partial(image_parts, limits=limits),
        said,
    )
