"""OpenAI direct preference optimisation: one prompt, a preferred and a non-preferred answer.

The guide takes text only, one assistant message per answer, and a prompt that ends with what is to be
answered. File limits are those of supervised fine-tuning.
"""

from __future__ import annotations

from labelwright.contracts import Dialect, FileRules
from labelwright.dialects._messages import ends_with_assistant, has_content, has_user, one_system_first
from labelwright.dialects._openai import FILE_BYTES
from labelwright.dialects._openai_pairs import OpenAiPairs
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import tool_calls

plugin: Dialect = OpenAiPairs(
    name="openai-dpo",
    title="OpenAI direct preference optimisation",
    reference="https://platform.openai.com/docs/guides/direct-preference-optimization",
    chosen=(ends_with_assistant, has_user, one_system_first, has_content, tool_calls, said),
    rejected=(ends_with_assistant, has_content, tool_calls),
    file_rules=FileRules(min_rows=10, max_bytes=FILE_BYTES),
)
