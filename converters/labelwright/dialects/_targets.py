"""Rules for what is said: reasoning tags, image placeholders, labels and JSON the prompt asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from labelwright.contracts import Broken
from labelwright.dialects._rules import broken, objects, rule, shown
from labelwright.problems import Severity

THINK_UNBALANCED = rule(
    "think.unbalanced",
    "Reasoning tags do not form one pair at the start of an answer",
    "the tags of {tag!r} must be one pair with text inside, at the start of the answer",
    "Write <{tag}>reasoning</{tag}>answer.",
)
THINK_NO_ANSWER = rule(
    "think.no-answer",
    "An answer has reasoning and nothing after it",
    "nothing follows </{tag}>",
    "Put the final answer after the closing tag.",
)
IMAGE_PLACEHOLDER = rule(
    "content.image-placeholder",
    "A text names an image file that the model cannot see",
    "{found!r} is only text; the model sees no image",
    "Put the image itself into the message as an image part.",
)
IMAGE_TOKEN = rule(
    "content.image-token",
    "A text holds an image token of another trainer's dialect",
    "{found!r} has no meaning for this target",
    "Remove it, or put the image into the message as an image part.",
    Severity.WARNING,
)
LABEL_OUTSIDE = rule(
    "target.label-outside-set",
    "The answer is none of the labels that the system message allows",
    "the answer {answer!r} is not one of: {labels}",
    "Correct the answer, or add the label to the system message.",
)
LABEL_PREFIXED = rule(
    "target.label-with-prefix",
    "The answer has words around the label that the system message asks for",
    "the answer {answer!r} is more than the label {label!r}",
    "Answer with the label alone, or say in the system message what stands around it.",
    Severity.WARNING,
)
JSON_INVALID = rule(
    "target.json-invalid",
    "The prompt asks for JSON and the answer is not JSON",
    "the answer is not valid JSON: {reason}",
    "Write the answer with a JSON library; places in a notation of tokens need a prompt without JSON.",
)
BOX_SHAPE = rule(
    "boxes.not-four-numbers",
    "A box is not four numbers",
    "box {box} is not a list of four numbers",
    "Give each box two corners: four numbers.",
)
BOX_INVERTED = rule(
    "boxes.inverted",
    "A box ends before it begins",
    "box {box} has a minimum above its maximum",
    "Sort each pair of coordinates; check the order (x first or y first).",
)
BOX_EMPTY = rule(
    "boxes.zero-area",
    "A box has no area",
    "box {box} has no width or no height",
    "Remove the box or correct it in the annotation tool.",
)

TAGS = ("think", "datature_think")
_PLACEHOLDER = re.compile(r"<image:[^<>]*>|<(?:image|video|audio)>")
_ONE_OF = re.compile(
    r"\b(?:only|exactly|precisely|must be) one of\b(?P<rest>(?:'[^'\n]*'|\"[^\"\n]*\"|[^.\n])*)", re.I
)
_QUOTED = re.compile(r"(?<!\w)['\"‘“`]([^'\"’”`\n]+)['\"’”`](?!\w)")  # noqa: RUF001
_ASKS_JSON = re.compile(r"\b(?:respond|reply|answer|output|return|produce|give|write)\b[^.\n]*\bJSON\b", re.I)
_ONLY_JSON = re.compile(r"\bonly\b[^.\n]*\bJSON\b|\bJSON\b[^.\n]*\bonly\b", re.I)
BOX_KEYS = ("box_2d", "bbox_2d")
REMEMBERED = 8192  # system messages repeat from row to row; longer ones are not kept


def after_thought(text: str) -> str:
    """An answer without the reasoning before it."""
    for tag in TAGS:
        if text.startswith(f"<{tag}>"):
            return text.partition(f"</{tag}>")[2]
    return text


def think_tags(text: str, path: str) -> Iterator[Broken]:
    """Reasoning, where there is any, is one pair of tags, then a non-empty answer."""
    if "think>" not in text:
        return
    for tag in TAGS:
        opening, closing = f"<{tag}>", f"</{tag}>"
        if opening not in text and closing not in text:
            continue
        thought, _, answer = text.removeprefix(opening).partition(closing)
        once = text.count(opening) == 1 and text.count(closing) == 1
        if not (once and text.startswith(opening) and thought.strip()):
            yield broken(THINK_UNBALANCED, path, tag=tag)
        elif not answer.strip():
            yield broken(THINK_NO_ANSWER, path, tag=tag)


def placeholders(text: str, path: str) -> Iterator[Broken]:
    """Text that stands for an image without being one."""
    if "<" not in text:
        return
    for match in _PLACEHOLDER.finditer(text):
        kind = IMAGE_PLACEHOLDER if ":" in match[0] else IMAGE_TOKEN
        yield broken(kind, path, found=shown(match[0]))


def breaks_markup(role: str, text: str) -> bool:
    """Whether a message's text breaks a rule on reasoning tags or placeholders."""
    if _PLACEHOLDER.search(text):
        return True
    return role == "assistant" and next(think_tags(text, ""), None) is not None


def _allowed_labels(system: str) -> frozenset[str]:
    match = _ONE_OF.search(system)
    labels = frozenset(_QUOTED.findall(match["rest"])) if match else frozenset()
    return labels if len(labels) > 1 else frozenset()


def _wants_only_json(prompt: str) -> bool:
    return "json" in prompt.lower() and bool(_ONLY_JSON.search(prompt))


_labels_of = lru_cache(maxsize=256)(_allowed_labels)
_only_json = lru_cache(maxsize=256)(_wants_only_json)


def allowed_labels(system: str) -> frozenset[str]:
    """The quoted labels of a system message that says the answer is only one of them."""
    return _labels_of(system) if len(system) <= REMEMBERED else _allowed_labels(system)


def wants_only_json(system: str) -> bool:
    """Whether a system message asks for JSON and nothing else."""
    return _only_json(system) if len(system) <= REMEMBERED else _wants_only_json(system)


def label_allowed(system: str, answer: str, path: str) -> Iterator[Broken]:
    """The answer is one of the labels that the system message enumerates."""
    labels = allowed_labels(system)
    if not labels or answer in labels:
        return
    tail = answer.rpartition(":")[2].strip()
    if tail in labels:
        yield broken(LABEL_PREFIXED, path, answer=shown(answer), label=tail)
    else:
        found = ", ".join(sorted(labels))
        yield broken(LABEL_OUTSIDE, path, answer=shown(answer), labels=found)


def json_answer(system: str, user: str, answer: str, path: str) -> Iterator[Broken]:
    """Where the prompt asks for JSON, the answer parses, and its boxes are boxes."""
    looks = answer.lstrip()[:1] in ("{", "[")
    if not looks and not (wants_only_json(system) or _wants_only_json(user)):
        return
    asked = any("json" in t.lower() and _ASKS_JSON.search(t) for t in (system, user))
    try:
        value = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeError) as error:
        if asked or not looks:
            yield broken(JSON_INVALID, path, reason=error)
        return
    if isinstance(value, list):
        yield from boxes(value, path)


def boxes(value: list[Any], path: str) -> Iterator[Broken]:
    """Boxes of two corners, in either order of axes: minimum below maximum."""
    for index, entry in objects(value):
        for key in BOX_KEYS:
            if key not in entry:
                continue
            box, at = entry[key], f"{path}[{index}].{key}"
            numbers = isinstance(box, list) and all(type(v) in (int, float) for v in box)
            if not numbers or len(box) != 4:
                yield broken(BOX_SHAPE, at, box=shown(box))
            elif box[0] > box[2] or box[1] > box[3]:
                yield broken(BOX_INVERTED, at, box=box)
            elif box[0] == box[2] or box[1] == box[3]:
                yield broken(BOX_EMPTY, at, box=box)


def texts(message: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Each text of a message's content with its path."""
    content = message.get("content")
    if isinstance(content, str):
        yield content, f"{path}.content"
    for index, part in objects(content):
        if part.get("type") == "text" and isinstance(part.get("text"), str):
            yield part["text"], f"{path}.content[{index}].text"


def said(row: dict[str, Any]) -> Iterator[Broken]:
    """All rules of this module over a row of messages; targets are checked in the last answer."""
    system = user = ""
    target: tuple[str, str] | None = None
    for index, message in objects(row.get("messages")):
        role = message.get("role")
        for text, path in texts(message, f"messages[{index}]"):
            yield from placeholders(text, path)
            if role == "assistant":
                yield from think_tags(text, path)
                target = (text, path)
            elif role == "user":
                user = text
            elif role in ("system", "developer"):
                system = text
    if target:
        answer = after_thought(target[0])
        yield from label_allowed(system, answer, target[1])
        yield from json_answer(system, user, answer, target[1])
