"""Azure OpenAI fine-tuning: OpenAI's rows in a file that begins with a byte order mark.

Up to 64 images per example instead of 10.
"""

from __future__ import annotations

from labelwright.contracts import Dialect, FileRules
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._openai import FILE_BYTES, openai_media, openai_rules

MEDIA = openai_media(64)

plugin: Dialect = ChatDialect(
    name="azure",
    title="Azure OpenAI fine-tuning",
    reference="https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning",
    rules=openai_rules(MEDIA),
    media=MEDIA,
    file_rules=FileRules(byte_order_mark=True, min_rows=10, max_bytes=FILE_BYTES - 1),
)
