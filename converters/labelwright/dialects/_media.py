"""Files shown as tokens in texts and entries of lists, and what any target may say about them.

LLaMA-Factory, ms-swift and LLaVA have them so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from labelwright.contracts import FILE, Broken, MediaRules
from labelwright.dialects._rules import broken, rule, shown
from labelwright.examples import Media, Message, Text

KIND_REFUSED = rule(
    "media.kind-refused",
    "An example shows a file of a kind that the target does not take",
    "a file of kind {found!r}; the target takes: {kinds}",
    "Leave the item out, or choose a target that takes such files.",
)
COUNT_DIFFERS = rule(
    "media.count-differs",
    "Media tokens in the texts and files in the list differ in number",
    "{tokens} of {token} in the texts, {files} in {key!r}",
    "Give one token per file.",
)
TOKEN_MISPLACED = rule(
    "media.token-misplaced",
    "A media token is in a turn that may show no file",
    "{token} stands in a turn of {speaker!r}; only what is asked may show a file",
    "Move the file into the user's turn.",
)

Held: TypeAlias = dict[str, list[Any]]

TOKENS = {"images": "<image>", "videos": "<video>", "audios": "<audio>"}
LISTS = {"image": "images", "video": "videos", "audio": "audios"}
IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff")
FILM_TYPES = ("video/mp4", "video/quicktime", "video/x-msvideo", "video/x-matroska", "video/webm")
SOUND_TYPES = ("audio/wav", "audio/x-wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4")
# Files beside the training file, opened by Pillow, PyAV and librosa.
IMAGES = MediaRules(way=FILE, types=IMAGE_TYPES)
EVERYTHING = MediaRules(way=FILE, types=(*IMAGE_TYPES, *FILM_TYPES, *SOUND_TYPES))


def no_files() -> Held:
    """Lists for files of each kind, to be filled."""
    return {key: [] for key in TOKENS}


def words(message: Message, before: str, held: Held) -> str:
    """A message as one text with a token for each file; the files join their lists."""
    text = before
    for part in message.content:
        if isinstance(part, Media):
            key = LISTS[part.kind]
            held[key].append(part.named)
            text += TOKENS[key]
        elif isinstance(part, Text):
            text += part.text
    return text


def counted(texts: Sequence[str], row: dict[str, Any]) -> Iterator[Broken]:
    """There is one token in the texts for each file in the lists."""
    for key, token in TOKENS.items():
        held, tokens = row.get(key), sum(text.count(token) for text in texts)
        files = len(held) if isinstance(held, list) else 0
        if files != tokens:
            yield broken(COUNT_DIFFERS, key, tokens=tokens, token=token, files=files, key=key)


def misplaced(text: str, speaker: Any, path: str) -> Iterator[Broken]:
    """A text that may show no file holds no token."""
    for token in TOKENS.values():
        if token in text:
            yield broken(TOKEN_MISPLACED, path, token=token, speaker=shown(speaker))
