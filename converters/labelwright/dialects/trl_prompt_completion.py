"""TRL prompt and completion: two strings, or two lists of messages.

Only the completion is trained: of a conversation the last answer is, and what precedes is the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._messages import ends_with_assistant, has_content, one_system_first
from labelwright.dialects._pairs import not_blank, thinks
from labelwright.dialects._rules import broken, rule
from labelwright.dialects._targets import said
from labelwright.examples import Completion, Example

LAST_ROLE = rule(
    "prompt.last-role",
    "A prompt ends with a role that nothing can follow",
    "the last message of the prompt has the role {role!r}",
    "End the prompt with the user's message.",
)
TWO_KINDS = rule(
    "prompt.kind-differs",
    "Prompt and completion are not of one kind",
    "prompt and completion must both be strings or both lists of messages",
    "Write both as strings, or both as lists of messages.",
)


def _rebased(found: Broken, split: int) -> Broken:
    """A path into the joined conversation, as a path into prompt or completion."""
    head, bracket, rest = found.path.partition("[")
    if head != "messages" or not bracket:
        return Broken(found.code, "completion" if head == "messages" else found.path, found.message)
    number, _, tail = rest.partition("]")
    index = int(number)
    path = f"prompt[{index}]{tail}" if index < split else f"completion[{index - split}]{tail}"
    return Broken(found.code, path, found.message)


def prompt_ends(
    prompt: list[Any], path: str = "prompt", never: tuple[str, ...] = ("system", "developer")
) -> Iterator[Broken]:
    """A prompt, which stands at ``path``, ends with none of the roles that nothing can follow."""
    last = prompt[-1].get("role") if prompt and isinstance(prompt[-1], dict) else None
    if last in never:
        yield broken(LAST_ROLE, f"{path}[{len(prompt) - 1}].role", role=last)


class PromptCompletion(ChatDialect):
    """Conversations cut before the last answer."""

    kinds = frozenset({"chat", "completion"})

    def row(self, example: Example) -> dict[str, Any]:
        """Two strings of a completion, two lists of messages of a conversation."""
        if isinstance(example, Completion):
            return {"prompt": example.prompt, "completion": example.completion}
        messages = super().row(example)["messages"]
        return {"prompt": messages[:-1], "completion": messages[-1:]}

    def plain(self, row: dict[str, Any]) -> bool:
        """Whether the joined conversation is an everyday one."""
        prompt, completion = row["prompt"], row["completion"]
        if not isinstance(prompt, list) or not isinstance(completion, list):
            return False
        once = len(completion) == 1 and len(row) == 2
        return once and super().plain({"messages": prompt + completion})

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        prompt, completion = row.get("prompt"), row.get("completion")
        if isinstance(prompt, list) and isinstance(completion, list):
            yield from prompt_ends(prompt)
            for found in super().check({"messages": prompt + completion}):
                yield _rebased(found, len(prompt))
        elif isinstance(prompt, str) and isinstance(completion, str):
            yield from not_blank("prompt", "completion")(row)
            yield from thinks("completion")(row)
        elif isinstance(prompt, str | list) and isinstance(completion, str | list):
            yield broken(TWO_KINDS, "completion")

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        if not isinstance(row, dict) or "prompt" not in row:
            return None
        return row["prompt"], row.get("completion")

    def shape(self, row: Any) -> str:
        """Strings or messages."""
        prompt = row.get("prompt") if isinstance(row, dict) else None
        return "strings" if isinstance(prompt, str) else "messages"


plugin: Dialect = PromptCompletion(
    name="trl-prompt-completion",
    title="TRL prompt and completion",
    reference="https://huggingface.co/docs/trl/dataset_formats#prompt-completion",
    rules=(ends_with_assistant, one_system_first, has_content, said),
)
