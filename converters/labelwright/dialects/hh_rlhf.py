r"""Pairs as in Anthropic's hh-rlhf data: two transcripts that differ in their last answer.

A turn is two line breaks, ``Human: `` or ``Assistant: ``, and its text; a system message stands before
the first turn. A text that itself holds such a beginning cannot be written: the row is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._chat import thought
from labelwright.dialects._compared import ComparedDialect
from labelwright.dialects._rules import known_keys
from labelwright.dialects._transcripts import transcript, transcripts, unjoined
from labelwright.dialects.trl_preference import pair_of
from labelwright.examples import Example, Preference

_KNOWN = known_keys("chosen", "rejected")


class HhRlhf(ComparedDialect):
    """Two transcripts per row."""

    name = "hh-rlhf"
    title = "hh-rlhf transcripts"
    reference = "https://huggingface.co/datasets/Anthropic/hh-rlhf"

    def row(self, example: Example) -> dict[str, Any]:
        """One pair as two transcripts; what they cannot hold stays a list, which is refused."""
        assert isinstance(example, Preference)
        row: dict[str, Any] = {}
        for key, answer in (("chosen", example.chosen), ("rejected", example.rejected)):
            messages = [*example.prompt, answer]
            row[key] = transcript(messages, [thought(m, self.think_tag) for m in messages])
        return row

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        chosen, rejected = row.get("chosen"), row.get("rejected")
        if isinstance(chosen, str) and isinstance(rejected, str):
            yield from transcripts(chosen, rejected)
        yield from unjoined(chosen, "chosen")
        yield from unjoined(rejected, "rejected")

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What is compared, and which is better."""
        return pair_of(row)


plugin: Dialect = HhRlhf()
