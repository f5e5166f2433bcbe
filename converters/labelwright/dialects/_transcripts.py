r"""Conversations as one text: ``\n\nHuman: ...\n\nAssistant: ...``, as the hh-rlhf data has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from labelwright.contracts import Broken
from labelwright.dialects._compared import NO_ANSWER, PROMPTS_DIFFER, SAME_ANSWER
from labelwright.dialects._messages import CONTENT_EMPTY, SYSTEM_NOT_FIRST
from labelwright.dialects._rules import broken, rule, shown
from labelwright.examples import Media, Message
from labelwright.problems import Severity

NO_TURN = rule(
    "transcript.no-turn",
    "A transcript has no turns of both speakers",
    "the text has no turn of {speaker!r}",
    "Begin each turn with two line breaks and 'Human:' or 'Assistant:'.",
)
LAST_TURN = rule(
    "transcript.last-turn",
    "A transcript does not end with an answer",
    "the last turn is one of 'Human'; it must be the answer to learn",
    "Remove what follows the last answer, or add the answer.",
)
REPEATED_TURN = rule(
    "transcript.turn-repeated",
    "One speaker has two turns in a row",
    "{speaker!r} follows {speaker!r} at turn {number}",
    "Join the turns; look whether a text itself holds 'Human:' or 'Assistant:' after a blank line.",
    Severity.WARNING,
)
TURN_IN_TEXT = rule(
    "transcript.turn-in-text",
    "A text holds what begins a turn, so a reader would cut it in two",
    "the text holds {found!r} after a blank line",
    "Leave the item out, or choose a target that keeps messages apart.",
)
NOT_WORDS = rule(
    "transcript.not-words",
    "A message holds more than words",
    "the message holds {found!r}, which a transcript cannot",
    "Leave the item out, or choose a target that takes images.",
)
SPEAKERS = {"user": "Human", "assistant": "Assistant"}
_TURN = re.compile(r"\n\n(Human|Assistant):")


def transcript(messages: Sequence[Message], thoughts: Sequence[str]) -> Any:
    """The messages as one text, or as a list of texts where they cannot be joined and cut again.

    ``thoughts`` goes before each message. A system message stands before the first turn, where the
    text form of the Claude prompts had it.
    """
    texts: list[Any] = []
    whole, joinable = "", True
    for index, (message, thought) in enumerate(zip(messages, thoughts, strict=True)):
        media = [part.named for part in message.content if isinstance(part, Media)]
        text = thought + message.text
        first = message.role == "system" and index == 0
        joinable = joinable and not media and not _TURN.search(text)
        joinable = joinable and (first or message.role in SPEAKERS)
        texts.append({"role": message.role, "text": text, **({"media": media} if media else {})})
        whole += text if first else f"\n\n{SPEAKERS.get(message.role)}: {text}"
    return whole if joinable else texts


def unjoined(value: Any, key: str) -> Iterator[Broken]:
    """Why messages were not joined to one text."""
    for index, entry in enumerate(value if isinstance(value, list) else ()):
        path = f"{key}[{index}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            continue
        if match := _TURN.search(entry["text"]):
            yield broken(TURN_IN_TEXT, f"{path}.text", found=match[0].strip())
        if media := entry.get("media"):
            yield broken(NOT_WORDS, f"{path}.media", found=shown(media))
        if entry.get("role") == "system" and index:
            yield broken(SYSTEM_NOT_FIRST, f"{path}.role", index=index)


def turns(text: str, key: str) -> Iterator[Broken]:
    """Both speak, the last turn answers, and says something."""
    found = list(_TURN.finditer(text))
    speakers = [match[1] for match in found]
    for speaker in SPEAKERS.values():
        if speaker not in speakers:
            yield broken(NO_TURN, key, speaker=speaker)
    for number, (before, after) in enumerate(pairwise(speakers), 2):
        if before == after:
            yield broken(REPEATED_TURN, key, speaker=after, number=number)
    if not found:
        return
    if speakers[-1] == "Human":
        yield broken(LAST_TURN, key)
    if not text[found[-1].end() :].strip():
        yield broken(CONTENT_EMPTY, key)


def transcripts(chosen: str, rejected: str) -> Iterator[Broken]:
    """Two transcripts with the same prompt: all that goes before the last ``Assistant:``."""
    yield from turns(chosen, "chosen")
    yield from turns(rejected, "rejected")
    if chosen == rejected:
        yield broken(SAME_ANSWER, "rejected", answer=shown(chosen[-40:]))
        return
    marker = "\n\nAssistant:"
    prompt, other = chosen.rpartition(marker)[0], rejected.rpartition(marker)[0]
    if prompt == other:
        return
    longer, shorter = sorted((chosen, rejected), key=len, reverse=True)
    if longer.startswith(f"{shorter}\n\n"):
        yield broken(NO_ANSWER, "chosen" if shorter == chosen else "rejected")
    else:
        yield broken(PROMPTS_DIFFER, "rejected")
