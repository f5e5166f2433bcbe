"""Pairs as in the binarized UltraFeedback data: two conversations with a score each.

``prompt`` is the text that is answered, ``prompt_id`` its SHA-256 in hexadecimal (where other messages
go before it, that of the messages as JSON), ``messages`` equals ``chosen``. Scores are those of the
answers where people gave some; else the margin and 0; else 1 and 0. A tie has equal scores: its own, or
0 and 0. TRL reads these rows once the columns ``prompt`` and ``messages`` are removed, which repeat what
both sides hold: beside them it takes a row for one of another type.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._compared import ComparedDialect, unordered
from labelwright.dialects._pairs import not_blank
from labelwright.dialects._rules import broken, known_keys, objects, rule, shown
from labelwright.dialects.trl_preference import implicit
from labelwright.examples import Example, Preference

SCORES_INVERTED = rule(
    "preference.scores-inverted",
    "The rejected answer has a higher score than the chosen one",
    "the scores are {chosen} (chosen) and {rejected} (rejected)",
    "Swap the answers, or correct the scores.",
)
PROMPT_ELSEWHERE = rule(
    "ultrafeedback.prompt-differs",
    "The prompt is not what the conversations answer",
    "the prompt {prompt!r} is the text of no user message of 'chosen'",
    "Write the text of the user's message as the prompt.",
)
MESSAGES_DIFFER = rule(
    "ultrafeedback.messages-differ",
    "The messages are not the chosen conversation",
    "'messages' differs from 'chosen'",
    "Write the chosen conversation as 'messages'.",
)
KEYS = ("prompt", "prompt_id", "chosen", "rejected", "messages", "score_chosen", "score_rejected")
_KNOWN = known_keys(*KEYS)


def scores(example: Preference) -> tuple[float, float]:
    """Scores of the chosen and of the rejected answer, by the rule stated above."""
    if example.tie:
        same = example.scores is not None and example.scores[0] == example.scores[1]
        return example.scores if same and example.scores is not None else (0.0, 0.0)
    if example.scores is not None:
        return example.scores
    return (1.0 if example.margin is None else example.margin), 0.0


class UltraFeedback(ComparedDialect):
    """Two scored conversations per row."""

    name = "ultrafeedback"
    title = "UltraFeedback (binarized)"
    reference = "https://huggingface.co/datasets/HuggingFaceH4/ultrafeedback_binarized"
    holds_ties = True

    def row(self, example: Example) -> dict[str, Any]:
        """One pair as one row."""
        assert isinstance(example, Preference)
        sides = self.sides(example)
        prompt = example.prompt[-1].text if example.prompt else ""
        hashed = prompt
        if len(example.prompt) > 1:
            hashed = json.dumps(sides.prompt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        better, worse = scores(example)
        chosen = sides.prompt + sides.chosen
        return {
            "prompt": prompt,
            "prompt_id": sha256(hashed.encode("utf-8", "surrogatepass")).hexdigest(),
            "chosen": chosen,
            "rejected": sides.prompt + sides.rejected,
            "messages": chosen,
            "score_chosen": better,
            "score_rejected": worse,
        }

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        yield from not_blank("prompt")(row)
        chosen, rejected = row.get("chosen"), row.get("rejected")
        if isinstance(chosen, list) and isinstance(rejected, list):
            yield from implicit(row)
            asked = [m.get("content") for _, m in objects(chosen) if m.get("role") == "user"]
            if isinstance(row.get("prompt"), str) and row["prompt"] not in asked:
                yield broken(PROMPT_ELSEWHERE, "prompt", prompt=shown(row["prompt"]))
            if "messages" in row and row["messages"] != chosen:
                yield broken(MESSAGES_DIFFER, "messages")
        better, worse = row.get("score_chosen"), row.get("score_rejected")
        if isinstance(better, int | float) and isinstance(worse, int | float) and better < worse:
            yield broken(SCORES_INVERTED, "score_chosen", chosen=shown(better), rejected=shown(worse))

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What is compared, and which is better, or that none is."""
        if not isinstance(row, dict) or "chosen" not in row or "rejected" not in row:
            return None
        found = unordered(None, row["chosen"], row["rejected"])
        tied = row.get("score_chosen") == row.get("score_rejected")
        return found, "tie" if tied else row["chosen"]


plugin: Dialect = UltraFeedback()
