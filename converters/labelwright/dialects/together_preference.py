"""Together preference fine-tuning: OpenAI's keys for pairs with Together's rules on messages.

Images as in ``together``: base64 JPEG, PNG or WebP in user messages, strings and parts never mixed.
"""

from __future__ import annotations

from labelwright.contracts import Dialect, FileRules
from labelwright.dialects._messages import (
    ends_with_assistant,
    has_content,
    has_user,
    one_content_shape,
    one_system_first,
)
from labelwright.dialects._openai_pairs import OpenAiPairs
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import tool_calls
from labelwright.dialects.together import MEDIA, images

_SHAPE = (
    ends_with_assistant,
    has_content,
    one_content_shape,
    tool_calls,
    images,
)

plugin: Dialect = OpenAiPairs(
    name="together-preference",
    title="Together preference fine-tuning",
    reference="https://docs.together.ai/docs/fine-tuning/preference-tuning",
    chosen=(*_SHAPE, has_user, one_system_first, said),
    rejected=_SHAPE,
    file_rules=FileRules(max_bytes=50_100_000_000),
    one_content_shape=True,
    media=MEDIA,
)
