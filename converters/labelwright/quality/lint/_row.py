"""What a lint rule sees of a training file or an export: one row, whatever its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.dialects._targets import after_thought
from labelwright.examples import Chat, Example, Grounded, Preference, Rated, asked, taught
from labelwright.problems import NOWHERE, Place
from labelwright.quality._seen import digest, normal
from labelwright.quality.lint._pictured import pairs_of, phrases_of, shown_in, shown_of, target_words
from labelwright.records import Item

SYSTEMS = frozenset({"system", "developer"})
# Keys that say what something is and not what it reads.
_NAMES = frozenset(
    (
        "role",
        "from",
        "type",
        "name",
        "id",
        "tool_call_id",
        "weight",
        "detail",
        "format",
        "mimeType",
        "media_type",
    )
)
_MEDIA = frozenset(
    ("image_url", "url", "uri", "fileUri", "fileData", "source", "image", "video", "images", "bytes")
)


class Row(Struct, frozen=True, gc=False):
    """One row in a neutral form.

    ``asked`` is everything the model is given as words, ``text`` the same without instructions (the
    item's own words), ``question`` the question where there is one, ``taught`` the target with its
    reasoning between tags. ``given`` and ``learnt`` are digests of input and target that ignore case and
    white space and include media. ``media``: pictures or sounds are asked about, so that equal words say
    little. ``verdict``: the target is no text but a verdict, such as true or a rating, and ``taught`` is
    empty. ``split`` names the file. ``phrases`` are what people wrote about single places in an image, and
    ``pairs`` how many phrases are tied to places (None: a training file does not tell); ``shown`` is a
    digest of the images, empty where there are none.
    """

    asked: str
    text: str
    taught: str
    place: Place = NOWHERE
    split: str = ""
    question: str = ""
    given: bytes = b""
    learnt: bytes = b""
    media: bool = False
    verdict: bool = False
    phrases: tuple[str, ...] = ()
    pairs: int | None = None
    shown: bytes = b""

    @property
    def answer(self) -> str:
        """The target without the reasoning before it."""
        return after_thought(self.taught) if self.taught[:1] == "<" else self.taught


def digests(given: Any, target: Any) -> tuple[bytes, bytes]:
    """Eight bytes each for an input and a target; case and white space do not count."""
    return digest(normal(given)), digest(normal(target))


def row_of(given: Any, target: Any, place: Place, split: str = "") -> Row:
    """A row of a training file from what its dialect's ``pair`` gives."""
    everything = "\n".join(words(given))
    text = _item_text(given) or everything
    learnt = "\n".join(words(target))
    pair = digests(given, target)
    verdict = not learnt and _is_verdict(target)
    seen, shown = _shows(given), shown_in(given, _MEDIA)
    question = last_question(text)
    return Row(everything, text, learnt, place, split, question, *pair, seen, verdict, shown=shown)


def words(value: Any) -> Iterator[str]:
    """The texts inside a value of any shape, in order; names of roles, kinds and media are left out."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from words(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _NAMES and key not in _MEDIA:
                yield from words(inner)


def _is_verdict(target: Any) -> bool:
    """Whether a target without words says something all the same: true, a number, a call of a tool."""
    if isinstance(target, dict):
        return bool(target.get("tool_calls")) or any(map(_is_verdict, target.values()))
    if isinstance(target, list | tuple):
        return any(map(_is_verdict, target))
    return isinstance(target, bool | int | float)


def _shows(value: Any) -> bool:
    """Whether a value holds anything to see or hear."""
    if isinstance(value, dict):
        return any((k in _MEDIA and bool(v)) or _shows(v) for k, v in value.items())
    return isinstance(value, list | tuple) and any(_shows(inner) for inner in value)


def last_question(text: str) -> str:
    """The last sentence of a text if it ends in a question mark."""
    stripped = text.rstrip()
    if not stripped.endswith(("?", "\uff1f")):
        return ""
    last = stripped.splitlines()[-1]
    start = max(last.rfind(mark, 0, len(last) - 1) for mark in (". ", "! ", "? ", ": "))
    return last[start + 2 :].strip() if start >= 0 else last.strip()


def _item_text(given: Any) -> str:
    """The words without the instructions: what users say, or the input beside an instruction."""
    if isinstance(given, dict) and isinstance(given.get("input"), str) and given["input"].strip():
        return str(given["input"])
    found = [text for message in _messages(given) if _role(message) not in SYSTEMS for text in words(message)]
    return "\n".join(found)


def _role(message: Mapping[str, Any]) -> str:
    role = message.get("role", message.get("from", ""))
    return role if isinstance(role, str) else ""


def _messages(given: Any) -> Iterator[Mapping[str, Any]]:
    """The messages inside an input, however deep they lie."""
    if isinstance(given, dict):
        if _role(given):
            yield given
    elif isinstance(given, list | tuple):
        for inner in given:
            yield from _messages(inner)


class _Pictured(TypedDict):
    phrases: tuple[str, ...]
    pairs: int
    shown: bytes


def row_of_item(
    item: Item,
    answers: Mapping[str, Any],
    example: Example | None,
    template: Template,
    place: Place,
    split: str = "",
) -> Row:
    """A row of an export: an item, its resolved answers and the example they give (None: none)."""
    text, media = _inputs(item, template)
    question = _question(item, answers, template) or last_question(text)
    pictured: _Pictured = {
        "phrases": phrases_of(answers, template),
        "pairs": pairs_of(example, answers, template),
        "shown": shown_of(item, template),
    }
    if example is None:
        given = digest(normal(text))
        return Row(text, text, "", place, split, question, given, b"", media, **pictured)
    target = _target(example)
    pair = digests(asked(example), taught(example) if isinstance(example, Grounded) else target)
    verdict = isinstance(example, Rated) or (isinstance(example, Preference) and example.tie)
    learnt = "" if verdict else target
    return Row(asked(example), text, learnt, place, split, question, *pair, media, verdict, **pictured)


def _inputs(item: Item, template: Template) -> tuple[str, bool]:
    """The words an item shows, and whether there is something to see or hear too."""
    found: list[str] = []
    media = False
    for name, shown in template.inputs.items():
        value = item.inputs.get(name)
        if shown.type in ("image", "audio", "video"):
            media = media or bool(value)
        elif shown.type == "dialogue" and isinstance(value, list):
            found += [str(turn.get(shown.text_key, "")) for turn in value if isinstance(turn, dict)]
        else:
            found += words(value)
    return "\n".join(found), media


def _question(item: Item, answers: Mapping[str, Any], template: Template) -> str:
    """The question, where the template names an input or a control that holds it."""
    where, _, name = template.quality.lint.question.partition(".")
    value = {"inputs": item.inputs, "controls": answers}.get(where, {}).get(name)
    return value if isinstance(value, str) else ""


def _target(example: Example) -> str:
    """What an example teaches, with its reasoning between tags as a training file has it."""
    if not isinstance(example, Chat | Grounded):
        return taught(example)
    think, words_ = example.messages[-1].think, target_words(example)
    return f"<think>{think}</think>{words_}" if think else words_
