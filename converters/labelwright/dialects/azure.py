"""Azure OpenAI fine-tuning: OpenAI's rows in a file that begins with a byte order mark.

Up to 64 images per example instead of 10.
"""

from __future__ import annotations

from functools import partial

from labelwright.contracts import Dialect, FileRules
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._image_rules import ImageLimits, image_parts
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

MEGABYTE = 1024 * 1024
IMAGES = ImageLimits(links=True, count=64, size=10 * MEGABYTE, rgb_only=True)

plugin: Dialect = ChatDialect(
    name="azure",
    title="Azure OpenAI fine-tuning",
    reference="https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning",
    rules=(
        known_keys("messages", "tools", "parallel_tool_calls", "functions"),
        ends_with_assistant,
        has_user,
        one_system_first,
        has_content,
        weights,
        tool_calls,
        partial(image_parts, limits=IMAGES),
        said,
    ),
    file_rules=FileRules(byte_order_mark=True, min_rows=10, max_bytes=512 * MEGABYTE - 1),
)
