"""OpenAI supervised fine-tuning: chat messages with tool calls, weights and images.

Images as the vision fine-tuning guide has them: at most 10 per example, 10 MB each, JPEG, PNG or
WebP, RGB or RGBA, by address or as a data URI, never in an assistant message.
"""

from __future__ import annotations

from labelwright.contracts import Dialect, FileRules
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._openai import FILE_BYTES, openai_media, openai_rules

MEDIA = openai_media(10)

plugin: Dialect = ChatDialect(
    name="openai",
    title="OpenAI supervised fine-tuning",
    reference="https://platform.openai.com/docs/guides/supervised-fine-tuning",
    rules=openai_rules(MEDIA),
    media=MEDIA,
    file_rules=FileRules(min_rows=10, max_bytes=FILE_BYTES),
)
