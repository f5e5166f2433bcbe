"""What OpenAI and those who copy its rows ask of one."""

from __future__ import annotations

from functools import partial

from labelwright.contracts import MediaRules
from labelwright.dialects._image_rules import image_parts
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


def openai_media(images: int) -> MediaRules:
    """At most ``images`` images in an example, by address or as data, RGB or RGBA."""
    schemes, modes = ("https", "http"), ("RGB", "RGBA")
    return MediaRules(schemes=schemes, count=images, size=10 * MEGABYTE, modes=modes)


def openai_rules(media: MediaRules) -> tuple[Rule, ...]:
    """The rules of a row that may hold such images."""
    return (
        known_keys("messages", "tools", "parallel_tool_calls", "functions"),
        ends_with_assistant,
        has_user,
        one_system_first,
        has_content,
        weights,
        tool_calls,
        partial(image_parts, limits=media),
        said,
    )
