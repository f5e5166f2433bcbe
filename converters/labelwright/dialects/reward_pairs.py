"""Pairs for reward models, as TRL's ``RewardTrainer`` takes them: ``chosen``, ``rejected``, ``margin``.

Written as two whole conversations, with ``margin`` (how much better, on the template's own scale) where
people stated it. TRL reads the margin from all rows of a file or from none. Checked besides: strings,
transcripts as in hh-rlhf, a prompt of its own, and the list form that stands for all pairs of several
answers: ``prompt``, ``responses``, and in ``ranking`` their indexes from the best to the worst.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._compared import ComparedDialect
from labelwright.dialects._messages import CONTENT_EMPTY
from labelwright.dialects._pairs import not_blank
from labelwright.dialects._rules import broken, known_keys, rule, shown
from labelwright.dialects._transcripts import transcripts
from labelwright.dialects.trl_preference import one_type, pair_of, preference
from labelwright.examples import Example, Preference

NOT_A_PERMUTATION = rule(
    "ranking.not-a-permutation",
    "A ranking misses an answer or names one twice",
    "the ranking {ranking} does not name each of {count} answers (0 to {last}) once",
    "Name the index of every answer once, the best first.",
)
SAME_RESPONSES = rule(
    "ranking.same-responses",
    "Two of the ranked answers are the same",
    "the answer equals that at index {first}",
    "Remove one of them and rank the rest.",
)
MARGIN_NEGATIVE = rule(
    "preference.margin-negative",
    "A margin says that the rejected answer is better",
    "the margin is {margin}; it may not be below 0",
    "Swap the answers, or correct the margin.",
)
_KNOWN = known_keys("prompt", "chosen", "rejected", "margin", "responses", "ranking")


def ranked(row: dict[str, Any]) -> Iterator[Broken]:
    """A row in the list form: every answer is ranked once, and says something of its own."""
    yield from not_blank("prompt")(row)
    responses, ranking = row.get("responses"), row.get("ranking")
    if not isinstance(responses, list):
        return
    for index, text in enumerate(responses):
        if isinstance(text, str) and not text.strip():
            yield broken(CONTENT_EMPTY, f"responses[{index}]")
        first = responses.index(text)
        if first < index:
            yield broken(SAME_RESPONSES, f"responses[{index}]", first=first)
    whole = isinstance(ranking, list) and all(type(index) is int for index in ranking)
    if whole and isinstance(ranking, list) and sorted(ranking) != list(range(len(responses))):
        count = len(responses)
        yield broken(NOT_A_PERMUTATION, "ranking", ranking=shown(ranking), count=count, last=count - 1)


class RewardPairs(ComparedDialect):
    """Two conversations per row."""

    name = "reward-pairs"
    title = "Reward model pairs (TRL)"
    reference = "https://huggingface.co/docs/trl/reward_trainer#expected-dataset-type-and-format"

    def row(self, example: Example) -> dict[str, Any]:
        """One pair as two conversations and, where it was stated, the distance between them."""
        assert isinstance(example, Preference)
        sides = self.sides(example)
        row: dict[str, Any] = {
            "chosen": sides.prompt + sides.chosen,
            "rejected": sides.prompt + sides.rejected,
        }
        return row if example.margin is None else {**row, "margin": example.margin}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        if "responses" in row or "ranking" in row:
            yield from ranked(row)
            return
        chosen, rejected = row.get("chosen"), row.get("rejected")
        if isinstance(chosen, str) and isinstance(rejected, str) and chosen.startswith("\n\nHuman:"):
            yield from transcripts(chosen, rejected)
        else:
            yield from one_type(row)
            yield from preference(row)
        margin = row.get("margin")
        if isinstance(margin, int | float) and margin < 0:
            yield broken(MARGIN_NEGATIVE, "margin", margin=shown(margin))

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What is compared, and which is better."""
        if isinstance(row, dict) and isinstance(row.get("responses"), list):
            return [row.get("prompt"), row["responses"]], row.get("ranking")
        return pair_of(row)

    def shape(self, row: Any) -> str:
        """Pairs or lists, strings or messages, with a margin or without: one of these per file."""
        if not isinstance(row, dict):
            return ""
        if "responses" in row:
            return "list"
        kind = "strings" if isinstance(row.get("chosen"), str) else "messages"
        prompt = " with a prompt" if "prompt" in row else ""
        return f"{kind}{prompt}{' and a margin' if row.get('margin') is not None else ''}"


plugin: Dialect = RewardPairs()
