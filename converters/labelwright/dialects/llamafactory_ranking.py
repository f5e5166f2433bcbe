"""LLaMA-Factory pairs (sharegpt formatting, ``ranking``): a prompt, the chosen and the rejected turn.

LLaMA-Factory skips in silence a row whose prompt does not have an odd number of turns (the system turn
not counted), or whose answers are not of the answering side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._compared import SAME_ANSWER, unordered
from labelwright.dialects._llamafactory import dataset_info
from labelwright.dialects._media import TOKENS, no_files
from labelwright.dialects._rules import broken, known_keys, rule, shown
from labelwright.dialects.sharegpt import TAGS, ShareGpt
from labelwright.examples import Example, Preference

PROMPT_EVEN = rule(
    "conversations.prompt-answered",
    "A prompt does not end with what is to be answered; the target would skip the row in silence",
    "the prompt has {count} turns; their number must be odd",
    "End the prompt with a turn of 'human' or 'observation'.",
)
_KNOWN = known_keys("conversations", "chosen", "rejected", "system", "tools", *TOKENS)


class LlamaFactoryRanking(ShareGpt):
    """One pair per row."""

    name = "llamafactory-ranking"
    title = "LLaMA-Factory preference pairs (sharegpt, ranking)"
    kinds = frozenset({"preference"})

    def row(self, example: Example) -> dict[str, Any]:
        """One pair as one row; a file is a token in the prompt and an entry of a list."""
        assert isinstance(example, Preference)
        held = no_files()
        turns = [self.turn(message, held) for message in example.prompt]
        chosen, rejected = self.turn(example.chosen, held), self.turn(example.rejected, held)
        row: dict[str, Any] = {"conversations": turns, "chosen": chosen, "rejected": rejected}
        return {**row, **held}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        prompt = row.get("conversations")
        if not isinstance(prompt, list):
            return
        spoken = [t for t in prompt if not (isinstance(t, dict) and t.get("from") == "system")]
        even = len(spoken) % 2 == 0
        if even:
            yield broken(PROMPT_EVEN, "conversations", count=len(spoken))
        for side in ("chosen", "rejected"):
            if isinstance(row.get(side), dict):
                yield from self._side(row, prompt, side, even)
        if isinstance(row.get("chosen"), dict) and row["chosen"] == row.get("rejected"):
            yield broken(SAME_ANSWER, "rejected", answer=shown(row["chosen"].get("value")))

    def _side(self, row: dict[str, Any], prompt: list[Any], side: str, even: bool) -> Iterator[Broken]:
        """The rules on a conversation that ends with one of the answers."""
        last = f"conversations[{len(prompt)}]"
        joined = {**row, "conversations": [*prompt, row[side]]}
        for found in self.conversation(joined, learnt=side == "chosen"):
            if found.path.startswith(last):
                path = side + found.path.removeprefix(last)
                if not (even and path.endswith(".from")):
                    yield Broken(found.code, path, found.message)
            else:
                yield found

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What is compared, and which is better."""
        if not isinstance(row, dict) or "chosen" not in row or "rejected" not in row:
            return None
        given = [row.get(key) for key in ("conversations", "system", "tools", *TOKENS)]
        return unordered(given, row["chosen"], row["rejected"]), row["chosen"]

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """LLaMA-Factory's entry for each training file."""
        columns = {name: name for name in ("chosen", "rejected", *TOKENS)}
        columns = {"messages": "conversations", **columns}
        entry = {"formatting": "sharegpt", "ranking": True, "columns": columns, "tags": TAGS}
        return dataset_info(files, entry)


plugin: Dialect = LlamaFactoryRanking()
