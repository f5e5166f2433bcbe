"""The family of dialects that hold a prompt and two answers, one better than the other.

What is said about an answer as a target (labels, JSON, boxes) holds for the chosen one only: to break
it may be why the other was rejected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from labelwright.contracts import Broken, FileRules
from labelwright.dialects import _schema
from labelwright.dialects._chat import written
from labelwright.dialects._rules import Rule, broken, rule, shown
from labelwright.examples import Example, Preference

SAME_ANSWER = rule(
    "preference.same-answer",
    "The chosen and the rejected answer are the same",
    "both answers are {answer!r}, so neither is better",
    "Remove the pair, or correct the answer that was copied.",
)
PROMPTS_DIFFER = rule(
    "preference.prompts-differ",
    "The chosen and the rejected conversation do not begin alike",
    "the two sides share no beginning, so they answer different prompts",
    "Compare answers to one and the same prompt.",
)
NO_ANSWER = rule(
    "preference.answer-missing",
    "One side of a pair ends where the other goes on",
    "nothing follows what both sides share, so there is no answer to compare",
    "Give both sides an answer of their own.",
)
TWO_KINDS = rule(
    "preference.kind-differs",
    "The sides of a pair are not of one kind",
    "prompt and answers must all be strings, or all lists of messages",
    "Write all as strings, or all as lists of messages.",
)


class Sides(Struct):
    """A row taken apart: what is shared, and the two answers, each a list of messages."""

    prompt: list[Any]
    chosen: list[Any]
    rejected: list[Any]


def rebased(found: Broken, paths: Sequence[str], whole: str) -> Broken:
    """A path into joined messages as a path into the row: ``paths[i]`` is that of message i."""
    head, bracket, rest = found.path.partition("[")
    if head != "messages":
        return found
    if not bracket:
        return Broken(found.code, whole, found.message)
    number, _, tail = rest.partition("]")
    return Broken(found.code, f"{paths[int(number)]}{tail}", found.message)


def along(
    parts: Sequence[tuple[str, list[Any]]], rules: Sequence[Rule], also: Mapping[str, Any] | None = None
) -> Iterator[Broken]:
    """What rules on ``messages`` find in lists of messages laid end to end, each with its path."""
    messages = [message for _, part in parts for message in part]
    paths = [f"{path}[{index}]" for path, part in parts for index in range(len(part))]
    for check in rules:
        for found in check({"messages": messages, **(also or {})}):
            yield rebased(found, paths, parts[-1][0])


def shared(chosen: Sequence[Any], rejected: Sequence[Any]) -> int:
    """How many entries two sequences have in common at their start."""
    count = 0
    for one, other in zip(chosen, rejected, strict=False):
        if one != other:
            break
        count += 1
    return count


def two_sides(chosen: Sequence[Any], rejected: Sequence[Any], path: str = "rejected") -> Iterator[Broken]:
    """Two whole texts or conversations begin alike, and each goes on in its own way.

    This is how TRL finds the prompt of a row that states none.
    """
    if chosen == rejected:
        last = chosen[-1] if chosen else ""
        answer = last.get("content") if isinstance(last, dict) else chosen
        yield broken(SAME_ANSWER, path, answer=shown(answer))
        return
    common = shared(chosen, rejected)
    if not common:
        yield broken(PROMPTS_DIFFER, path)
    elif common == min(len(chosen), len(rejected)):
        yield broken(NO_ANSWER, "chosen" if len(chosen) < len(rejected) else path)


def unordered(prompt: Any, one: Any, other: Any) -> list[Any]:
    """A prompt and its two answers in an order that does not tell which is better."""
    return [prompt, *sorted((one, other), key=lambda v: json.dumps(v, sort_keys=True).casefold())]


class ComparedDialect:
    """What the dialects of pairs have in common."""

    kinds: frozenset[str] = frozenset({"preference"})
    file_rules = FileRules()
    name = ""

    def __init__(self, think_tag: str = "think") -> None:
        """``think_tag`` goes around the reasoning of an answer."""
        self.think_tag = think_tag

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def sides(self, example: Example) -> Sides:
        """Prompt and answers as messages; strings, or typed parts throughout."""
        assert isinstance(example, Preference)
        every = written([*example.prompt, example.chosen, example.rejected], self.think_tag)
        return Sides(every[:-2], [every[-2]], [every[-1]])

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Nothing goes beside the training files."""
        return {}
