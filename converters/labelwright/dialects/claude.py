"""Anthropic Claude 3 Haiku on Amazon Bedrock: strict turns of plain strings, the system message apart.

Bedrock documents this customisation for text alone, so images are refused. A file has 32 to 10,000 rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken, Dialect, FileRules
from labelwright.dialects._chat import ChatDialect, as_chat, written
from labelwright.dialects._media import KIND_REFUSED
from labelwright.dialects._messages import has_content, strictly_alternates
from labelwright.dialects._rules import broken, objects, shown
from labelwright.dialects._targets import said
from labelwright.examples import Example


def _turns(row: dict[str, Any]) -> Iterator[Broken]:
    yield from strictly_alternates(row, "messages", "assistant")


def _words_only(row: dict[str, Any]) -> Iterator[Broken]:
    """No content has a part that shows something."""
    for index, message in objects(row.get("messages")):
        for at, part in objects(message.get("content")):
            if part.get("type") != "text":
                found = shown(str(part.get("type")).removesuffix("_url"))
                path = f"messages[{index}].content[{at}]"
                yield broken(KIND_REFUSED, path, found=found, kinds="words only")


class Claude(ChatDialect):
    """Rows whose system message stands outside the messages."""

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row; an image stays a typed part, which the rules refuse."""
        messages = written(as_chat(example).messages, self.think_tag)
        if messages and messages[0]["role"] == "system":
            return {"system": messages[0]["content"], "messages": messages[1:]}
        return {"messages": messages}

    def plain(self, row: dict[str, Any]) -> bool:
        """Whether a row surely keeps every rule; one with a system message is looked at in full."""
        messages = row["messages"]
        return "system" not in row and messages[0].get("role") == "user" and super().plain(row)

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from super().check(row)
        system, messages = row.get("system"), row.get("messages")
        if isinstance(system, str) and isinstance(messages, list):
            joined = {"messages": [{"role": "system", "content": system}, *messages]}
            for found in (*has_content(joined), *said(joined)):
                yield Broken(found.code, _moved(found.path), found.message)
        else:
            yield from has_content(row)
            yield from said(row)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        found = super().pair(row)
        return found and ([row.get("system"), found[0]], found[1])


def _moved(path: str) -> str:
    """A path into messages that begin with the system's, as a path into the row."""
    head, _, rest = path.removeprefix("messages[").partition("]")
    if not path.startswith("messages[") or not head.isdigit():
        return path
    return f"messages[{int(head) - 1}]{rest}" if int(head) else "system"


plugin: Dialect = Claude(
    name="claude",
    title="Anthropic Claude 3 on Amazon Bedrock",
    reference="https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-prepare.html",
    rules=(_turns, _words_only),
    file_rules=FileRules(min_rows=32, max_rows=10_000),
)
