"""Checks rows as mistral-common does for fine-tuning: ``read_mistral.py FILE`` prints whether each passes."""

import json
import sys
from pathlib import Path
from typing import Any

from mistral_common.exceptions import MistralCommonException
from mistral_common.protocol.instruct.messages import (
    FinetuningAssistantMessage,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from mistral_common.protocol.instruct.tool_calls import Tool
from mistral_common.protocol.instruct.validator import ValidationMode, get_validator
from mistral_common.tokens.tokenizers.base import TokenizerVersion
from pydantic import ValidationError

KINDS: dict[str, Any] = {
    "system": SystemMessage,
    "user": UserMessage,
    "assistant": FinetuningAssistantMessage,
    "tool": ToolMessage,
}


def passes(row: dict[str, Any]) -> bool:
    """Whether the messages and the tools of a row are taken."""
    validator = get_validator(TokenizerVersion.v3, ValidationMode.finetuning)
    try:
        validator.validate_messages([KINDS[m["role"]].model_validate(m) for m in row["messages"]])
        validator._validate_tools([Tool.model_validate(tool) for tool in row.get("tools", [])])
    except (MistralCommonException, ValidationError, KeyError):
        return False
    return True


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_bytes().splitlines()
    print(json.dumps([passes(json.loads(line)) for line in lines]))
