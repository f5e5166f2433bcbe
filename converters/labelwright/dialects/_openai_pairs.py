"""The family of dialects with OpenAI's keys for pairs: input, preferred and non-preferred output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from labelwright.contracts import Broken, FileRules, MediaRules
from labelwright.dialects._compared import SAME_ANSWER, ComparedDialect, along, unordered
from labelwright.dialects._rules import Rule, broken, shown
from labelwright.dialects.trl_prompt_completion import prompt_ends
from labelwright.examples import Example

CHOSEN, REJECTED, INPUT = "preferred_output", "non_preferred_output", "input.messages"


class OpenAiPairs(ComparedDialect):
    """Instances differ by their rules: ``chosen`` for prompt and better answer, ``rejected`` beside it."""

    def __init__(
        self,
        name: str,
        title: str,
        reference: str,
        chosen: Sequence[Rule],
        rejected: Sequence[Rule],
        file_rules: FileRules,
        *,
        one_content_shape: bool = False,
        think_tag: str = "think",
        media: MediaRules = MediaRules(),  # noqa: B008 - frozen
    ) -> None:
        """``one_content_shape``: strings and typed parts may not meet in one file."""
        super().__init__(think_tag)
        self.name = name
        self.title = title
        self.reference = reference
        self.file_rules = file_rules
        self.one_content_shape = one_content_shape
        self.media = media
        self._chosen = tuple(chosen)
        self._rejected = tuple(rejected)

    def row(self, example: Example) -> dict[str, Any]:
        """One pair as one row."""
        sides = self.sides(example)
        return {"input": {"messages": sides.prompt}, CHOSEN: sides.chosen, REJECTED: sides.rejected}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        held = row.get("input") if isinstance(row, dict) else None
        prompt = held.get("messages") if isinstance(held, dict) else None
        if not isinstance(prompt, list):
            return
        yield from prompt_ends(prompt, INPUT, ("assistant", "system", "developer"))
        tools = {"tools": held["tools"]} if isinstance(held, dict) and "tools" in held else {}
        for key, rules in ((CHOSEN, self._chosen), (REJECTED, self._rejected)):
            if isinstance(row.get(key), list):
                yield from along([(INPUT, prompt), (key, row[key])], rules, tools)
        chosen = row.get(CHOSEN)
        if isinstance(chosen, list) and chosen and chosen == row.get(REJECTED):
            answer = chosen[0].get("content") if isinstance(chosen[0], dict) else chosen[0]
            yield broken(SAME_ANSWER, REJECTED, answer=shown(answer))

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What is compared, and which is better."""
        if not isinstance(row, dict) or CHOSEN not in row or REJECTED not in row:
            return None
        return unordered(row.get("input"), row[CHOSEN], row[REJECTED]), row[CHOSEN]
