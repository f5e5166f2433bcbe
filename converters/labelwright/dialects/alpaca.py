"""Alpaca rows for LLaMA-Factory: instruction, input, output, system and history.

``history`` holds the earlier turns as pairs of question and answer; LLaMA-Factory trains them too. A
row that its readers would skip in silence (no output, an output that is no string) is refused here. Files
are tokens in the texts, counted over history and instruction, and entries of three lists. Every row has
every column that ``dataset_info.json`` names: LLaMA-Factory fails where one is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelwright.contracts import Broken, Dialect, FileRules
from labelwright.dialects import _schema
from labelwright.dialects._chat import as_chat, thought
from labelwright.dialects._llamafactory import dataset_info
from labelwright.dialects._media import EVERYTHING, TOKENS, Held, counted, misplaced, no_files, words
from labelwright.dialects._messages import CONTENT_EMPTY
from labelwright.dialects._pairs import not_blank, thinks
from labelwright.dialects._rules import broken, known_keys
from labelwright.dialects._targets import after_thought, json_answer, label_allowed
from labelwright.examples import Chat, Completion, Example, Message

COLUMNS = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
    "history": "history",
    **{key: key for key in TOKENS},
}
_KNOWN = known_keys(*COLUMNS.values())


class Alpaca:
    """One row per conversation; its last turn is the instruction."""

    name = "alpaca"
    title = "Alpaca (LLaMA-Factory)"
    reference = "https://llamafactory.readthedocs.io/en/latest/getting_started/data_preparation.html"
    kinds = frozenset({"chat", "completion"})
    file_rules = FileRules()
    media = EVERYTHING

    def __init__(self, think_tag: str = "think") -> None:
        """``think_tag`` goes around the reasoning of an answer."""
        self.think_tag = think_tag

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def row(self, example: Example) -> dict[str, Any]:
        """The example as a row.

        What has no place in this shape (two user messages in a row) becomes a value that the schema
        refuses, so that it is reported and not reworded.
        """
        held = no_files()
        if isinstance(example, Completion):
            return self._row("", [[example.prompt, example.completion]], held)
        system, turns = self._turns(as_chat(example), held)
        return self._row(system, turns, held)

    def _turns(self, chat: Chat, held: Held) -> tuple[str, list[list[str]]]:
        """The system message, and the rest cut after each answer."""
        messages, system = chat.messages, ""
        if messages and messages[0].role == "system":
            system, messages = self._words(messages[0], held), messages[1:]
        turns: list[list[str]] = [[]]
        for message in messages:
            turns[-1].append(self._words(message, held))
            if message.role == "assistant":
                turns.append([])
        return system, turns if turns[-1] else turns[:-1]

    def _words(self, message: Message, held: Held) -> str:
        return words(message, thought(message, self.think_tag), held)

    def _row(self, system: str, turns: list[list[str]], held: Held) -> dict[str, Any]:
        *earlier, last = turns or [[]]
        row: dict[str, Any] = {"instruction": last[0] if len(last) == 2 else last[:-1], "input": ""}
        row["output"] = last[-1] if last else None
        return {**row, "system": system, "history": earlier, **held}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        yield from not_blank("instruction", "output")(row)
        yield from thinks("output")(row)
        texts = {key: row.get(key) for key in ("instruction", "input", "output", "system")}
        history = row.get("history")
        for index, pair in enumerate(history if isinstance(history, list) else ()):
            for at, text in enumerate(pair if isinstance(pair, list) else ()):
                texts[f"history[{index}][{at}]"] = text
                if isinstance(text, str) and not text.strip():
                    yield broken(CONTENT_EMPTY, f"history[{index}][{at}]")
        yield from _files(texts, row)
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


def _files(texts: Mapping[str, Any], row: dict[str, Any]) -> Iterator[Broken]:
    """Tokens are in what is asked, one for each file."""
    said = {path: text for path, text in texts.items() if isinstance(text, str)}
    for path, text in said.items():
        if path in ("output", "system") or path.endswith("[1]"):
            yield from misplaced(text, path, path)
    yield from counted(list(said.values()), row)


plugin: Dialect = Alpaca()
