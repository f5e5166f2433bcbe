"""Alpaca rows for LLaMA-Factory: instruction, input, output, system and history.

``history`` holds the earlier turns as pairs of question and answer; LLaMA-Factory trains them too. A
row that its readers would skip in silence (no output, an output that is no string) is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelwright.contracts import Broken, Dialect, FileRules
from labelwright.dialects import _schema
from labelwright.dialects._chat import as_chat, thought
from labelwright.dialects._llamafactory import dataset_info
from labelwright.dialects._messages import CONTENT_EMPTY
from labelwright.dialects._pairs import not_blank, thinks
from labelwright.dialects._rules import broken, known_keys
from labelwright.dialects._targets import after_thought, json_answer, label_allowed
from labelwright.examples import Chat, Completion, Example, Media, Message

COLUMNS = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
    "history": "history",
}
_KNOWN = known_keys(*COLUMNS.values(), "images", "videos", "audios")


class Alpaca:
    """One row per conversation; its last turn is the instruction."""

    name = "alpaca"
    title = "Alpaca (LLaMA-Factory)"
    reference = "https://llamafactory.readthedocs.io/en/latest/getting_started/data_preparation.html"
    kinds = frozenset({"chat", "completion"})
    file_rules = FileRules()

    def __init__(self, think_tag: str = "think") -> None:
        """``think_tag`` goes around the reasoning of an answer."""
        self.think_tag = think_tag

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def row(self, example: Example) -> dict[str, Any]:
        """The example as a row.

        What has no place in this shape (an image, two user messages in a row) becomes a value that
        the schema refuses, so that it is reported and not reworded.
        """
        if isinstance(example, Completion):
            return self._row("", [[example.prompt, example.completion]])
        system, turns = self._turns(as_chat(example))
        return self._row(system, turns)

    def _turns(self, chat: Chat) -> tuple[Any, list[list[Any]]]:
        """The system message, and the rest cut after each answer."""
        messages, system = chat.messages, ""
        if messages and messages[0].role == "system":
            system, messages = self._words(messages[0]), messages[1:]
        turns: list[list[Any]] = [[]]
        for message in messages:
            turns[-1].append(self._words(message))
            if message.role == "assistant":
                turns.append([])
        return system, turns if turns[-1] else turns[:-1]

    def _words(self, message: Message) -> Any:
        if any(isinstance(part, Media) for part in message.content):
            return [p.uri if isinstance(p, Media) else p.text for p in message.content]
        return thought(message, self.think_tag) + message.text

    def _row(self, system: Any, turns: list[list[Any]]) -> dict[str, Any]:
        *earlier, last = turns or [[]]
        row: dict[str, Any] = {"instruction": last[0] if len(last) == 2 else last[:-1], "input": ""}
        row["output"] = last[-1] if last else None
        if system:
            row["system"] = system
        if earlier:
            row["history"] = earlier
        return row

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        yield from not_blank("instruction", "output")(row)
        yield from thinks("output")(row)
        history = row.get("history")
        for index, pair in enumerate(history if isinstance(history, list) else ()):
            for at, text in enumerate(pair if isinstance(pair, list) else ()):
                if isinstance(text, str) and not text.strip():
                    yield broken(CONTENT_EMPTY, f"history[{index}][{at}]")
        system, output = row.get("system") or "", row.get("output")
        if isinstance(system, str) and isinstance(output, str):
            answer = after_thought(output)
            asked = "\n".join(str(row.get(key) or "") for key in ("instruction", "input"))
            yield from label_allowed(system, answer, "output")
            yield from json_answer(system, asked, answer, "output")

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        if not isinstance(row, dict):
            return None
        return {key: value for key, value in row.items() if key != "output"}, row.get("output")

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """LLaMA-Factory's entry for each training file."""
        return dataset_info(files, {"formatting": "alpaca", "columns": COLUMNS})


plugin: Dialect = Alpaca()
