"""Mistral instruct fine-tuning, as mistral-common's fine-tuning validator (tokenizer v3) has it.

Strict turns; the last message is the assistant's; a message has content or tool calls; the ids of
calls are nine letters and digits.
"""

from __future__ import annotations

from labelwright.contracts import Dialect, FileRules
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._messages import (
    alternates,
    ends_with_assistant,
    has_content,
    one_system_first,
    weights,
)
from labelwright.dialects._rules import known_keys
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import strict_tool_calls, tool_calls

plugin: Dialect = ChatDialect(
    name="mistral",
    title="Mistral instruct fine-tuning",
    reference="https://github.com/mistralai/mistral-finetune",
    rules=(
        known_keys("messages", "tools"),
        ends_with_assistant,
        one_system_first,
        alternates,
        has_content,
        weights,
        tool_calls,
        strict_tool_calls,
        said,
    ),
    file_rules=FileRules(min_rows=10, max_rows=10_000_000, max_bytes=10 * 1024**3),
)
