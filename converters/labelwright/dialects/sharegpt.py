"""ShareGPT rows for LLaMA-Factory: ``conversations`` of ``from`` and ``value``.

LLaMA-Factory takes ``human`` and ``observation`` at odd positions, ``gpt`` and ``function_call`` at
even ones, and skips what breaks that in silence; it counts ``<image>``, ``<video>`` and ``<audio>`` in the
texts against the lists of files. Every row has all three lists: a column that ``dataset_info.json`` names
must be there.
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
from labelwright.dialects._messages import CONTENT_EMPTY, SYSTEM_NOT_FIRST
from labelwright.dialects._rules import broken, known_keys, objects, rule, shown
from labelwright.dialects._targets import after_thought, json_answer, label_allowed, think_tags
from labelwright.examples import Example, Message

POSITION = rule(
    "conversations.position",
    "Turns are not in the order that the target reads; it would skip the row in silence",
    "{speaker!r} is at turn {number}, where one of {wanted} must be",
    "Join adjacent turns of one speaker; start with 'human'.",
)
LAST_NOT_GPT = rule(
    "conversations.last-not-answer",
    "A conversation does not end with an answer",
    "the last turn is {speaker!r}; it must be 'gpt' or 'function_call'",
    "Remove what follows the last answer, or add the answer.",
)
ROLES = {"system": "system", "user": "human", "assistant": "gpt"}
_ASKS, _ANSWERS = ("human", "observation"), ("gpt", "function_call")
_KNOWN = known_keys("conversations", "system", "tools", *TOKENS)
TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}


class ShareGpt:
    """Conversations as LLaMA-Factory's sharegpt formatting has them."""

    name = "sharegpt"
    title = "ShareGPT (LLaMA-Factory)"
    reference = "https://llamafactory.readthedocs.io/en/latest/getting_started/data_preparation.html"
    kinds = frozenset({"chat"})
    file_rules = FileRules()
    media = EVERYTHING

    def __init__(self, think_tag: str = "think") -> None:
        """``think_tag`` goes around the reasoning of an answer."""
        self.think_tag = think_tag

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row; a file is a token in the text and an entry of a list."""
        held = no_files()
        turns = [self.turn(m, held) for m in as_chat(example).messages]
        return {"conversations": turns, **held}

    def turn(self, message: Message, held: Held) -> dict[str, str]:
        """One message as one turn; its files join their lists."""
        text = words(message, thought(message, self.think_tag), held)
        return {"from": ROLES.get(message.role, message.role), "value": text}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        yield from self.conversation(row)

    def conversation(self, row: dict[str, Any], *, learnt: bool = True) -> Iterator[Broken]:
        """The rules on turns and media; those on the last answer only where it is ``learnt``."""
        yield from self._order(row)
        system, user, texts = str(row.get("system") or ""), "", list[str]()
        target: tuple[str, str] | None = None
        for index, turn in objects(row.get("conversations")):
            text, path = turn.get("value"), f"conversations[{index}].value"
            if not isinstance(text, str):
                continue
            if not text.strip():
                yield broken(CONTENT_EMPTY, path)
            speaker = turn.get("from")
            texts.append(text)
            if speaker not in _ASKS:
                yield from misplaced(text, speaker, path)
            if speaker == "gpt" and learnt:
                yield from think_tags(text, path)
                target = (after_thought(text), path)
            elif speaker == "human":
                user = text
            elif speaker == "system":
                system = text
        yield from counted(texts, row)
        if target:
            yield from label_allowed(system, *target)
            yield from json_answer(system, user, *target)

    def _order(self, row: dict[str, Any]) -> Iterator[Broken]:
        """Odd turns ask, even turns answer, the system comes first, the last turn answers."""
        position, speaker = 0, None
        for index, turn in objects(row.get("conversations")):
            speaker, path = turn.get("from"), f"conversations[{index}].from"
            if speaker == "system":
                if index:
                    yield broken(SYSTEM_NOT_FIRST, path, index=index)
                continue
            wanted = _ANSWERS if position % 2 else _ASKS
            position += 1
            if isinstance(speaker, str) and speaker not in wanted:
                names = ", ".join(wanted)
                yield broken(POSITION, path, speaker=shown(speaker), number=position, wanted=names)
        if speaker is not None and speaker not in _ANSWERS:
            yield broken(LAST_NOT_GPT, "conversations", speaker=shown(speaker))

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What the model is given and what it is to learn."""
        turns = row.get("conversations") if isinstance(row, dict) else None
        if not isinstance(turns, list) or len(turns) < 2:
            return None
        given = [turns[:-1], *(row.get(key) for key in ("system", "tools", *TOKENS))]
        return given, turns[-1]

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """LLaMA-Factory's entry for each training file."""
        columns = {"messages": "conversations", **{key: key for key in TOKENS}}
        return dataset_info(files, {"formatting": "sharegpt", "columns": columns, "tags": TAGS})


plugin: Dialect = ShareGpt()
