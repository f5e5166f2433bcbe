"""Rules on rows of Datature Vi: words of captions, boxes, questions and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from labelwright.contracts import Broken
from labelwright.dialects._messages import CONTENT_EMPTY
from labelwright.dialects._rules import broken, objects, rule, shown
from labelwright.dialects._swift_rules import NOT_NORMALISED
from labelwright.dialects._targets import BOX_EMPTY, BOX_INVERTED, BOX_SHAPE, TAGS, think_tags
from labelwright.problems import Severity

NOT_IN_CAPTION = rule(
    "vi.phrase-not-in-caption",
    "A caption does not contain its phrase",
    "the caption does not contain {phrase!r}",
    "Write the phrase exactly as the caption has it.",
)
SPAN_OUTSIDE = rule(
    "vi.span-outside-caption",
    "A phrase's words are not in the caption",
    "words {start} to {end} of a caption of {count} words",
    "Count words from 0; the last word of the phrase is included.",
)
SPAN_DIFFERS = rule(
    "vi.span-differs",
    "A phrase is not what the caption says at its words",
    "words {start} to {end} are {words!r}, the phrase is {phrase!r}",
    "Count words from 0; the last word of the phrase is included.",
)
SUFFIX_UNKNOWN = rule(
    "vi.file-suffix",
    "An image's name ends in a way that Vi's loader passes over",
    "{name!r} does not end with one of: {suffixes}",
    "Rename the file; the suffix is written in lower case.",
)
THINKS_ASKING = rule(
    "vi.think-in-question",
    "Reasoning tags stand in a question",
    "the question holds the tag {tag!r}; reasoning belongs to answers",
    "Move the reasoning to the start of the answer.",
)
ORDER_REPEATED = rule(
    "vi.order-repeated",
    "Two questions of one image have the same place in their order",
    "order {order} is that of an earlier question, too",
    "Number the questions from 1.",
)
ONLY_YES_OR_NO = rule(
    "vi.answer-only-yes-or-no",
    "An answer is a bare yes or no, from which the model learns little",
    "the answer is only {answer!r}",
    "Answer with a sentence that says what the image shows.",
)
FREEFORM_UNVERIFIED = rule(
    "vi.freeform-unverified",
    "A row is freeform, of which no reader is public",
    "Vi's own loader knows no freeform rows; this form follows its documentation's words alone",
    "Import a few rows into Vi before you rely on it.",
    Severity.NOTE,
)
SUFFIXES = (
    *(".avif", ".bmp", ".gif", ".heic", ".heif", ".jpeg", ".jpg"),
    *(".jfif", ".jp2", ".j2k", ".png", ".tiff", ".tif", ".webp"),
)
_BARE = re.compile(r"(?:yes|no|true|false)[.!]?", re.I)


def tokens_of(caption: str, start: int, end: int) -> tuple[int, int] | None:
    """The first and last word (from 0, last included) of the code points ``[start, end)`` of a caption.

    Words are what white space parts. Punctuation may hang on a phrase's first and last word; None where
    the phrase begins or ends inside a word.
    """
    first = last = -1
    for index, word in enumerate(re.finditer(r"\S+", caption)):
        if first < 0 and word.start() <= start < word.end():
            first = index
            if any(map(str.isalnum, caption[word.start() : start])):
                return None
        if word.start() < end <= word.end():
            last = index
            if any(map(str.isalnum, caption[end : word.end()])):
                return None
    return (first, last) if 0 <= first <= last else None


def asset_rules(row: dict[str, Any]) -> Iterator[Broken]:
    """The image's name is one that the loader looks at."""
    asset = row.get("asset")
    name = asset.get("filename") if isinstance(asset, dict) else None
    if isinstance(name, str) and name and PurePosixPath(name).suffix not in SUFFIXES:
        yield broken(SUFFIX_UNKNOWN, "asset.filename", name=shown(name), suffixes=" ".join(SUFFIXES))


def grounding_rules(contents: dict[str, Any]) -> Iterator[Broken]:
    """Phrases are words of the caption, boxes are fractions that begin before they end."""
    caption = contents.get("caption")
    if isinstance(caption, str) and not caption.strip():
        yield broken(CONTENT_EMPTY, "contents.caption")
    for index, phrase in objects(contents.get("groundedPhrases")):
        path = f"contents.groundedPhrases[{index}]"
        if isinstance(caption, str):
            yield from _span(caption, phrase, path)
        bounds = phrase.get("bounds")
        for at, box in enumerate(bounds if isinstance(bounds, list) else ()):
            if isinstance(box, list) and all(type(v) in (int, float) for v in box):
                yield from _bounds(box, f"{path}.bounds[{at}]")


def _span(caption: str, grounded: dict[str, Any], path: str) -> Iterator[Broken]:
    phrase, words = grounded.get("phrase"), re.split(r"\s+", caption.strip())
    start, end = grounded.get("startTokenIndex"), grounded.get("endTokenIndex")
    if not isinstance(phrase, str) or type(start) is not int or type(end) is not int:
        return
    if not phrase.strip() or phrase not in caption:
        yield broken(NOT_IN_CAPTION, f"{path}.phrase", phrase=shown(phrase))
    elif not 0 <= start <= end < len(words):
        what = {"start": start, "end": end, "count": len(words)}
        yield broken(SPAN_OUTSIDE, f"{path}.endTokenIndex", **what)
    elif not any(
        tokens_of(caption, at.start(), at.start() + len(phrase)) == (start, end)
        for at in re.finditer(f"(?={re.escape(phrase)})", caption)
    ):
        said = " ".join(words[start : end + 1])
        where = f"{path}.startTokenIndex"
        yield broken(SPAN_DIFFERS, where, start=start, end=end, words=shown(said), phrase=shown(phrase))


def _bounds(box: list[Any], path: str) -> Iterator[Broken]:
    if len(box) != 4:
        yield broken(BOX_SHAPE, path, box=shown(box))
    elif not all(0 <= number <= 1 for number in box):
        yield broken(NOT_NORMALISED, path, box=shown(box))
    elif box[0] > box[2] or box[1] > box[3]:
        yield broken(BOX_INVERTED, path, box=box)
    elif box[0] == box[2] or box[1] == box[3]:
        yield broken(BOX_EMPTY, path, box=box)


def question_rules(contents: dict[str, Any]) -> Iterator[Broken]:
    """Questions are numbered once each, answers say something, reasoning stands before an answer."""
    seen: set[int] = set()
    for index, asked in objects(contents.get("interactions")):
        path, order = f"contents.interactions[{index}]", asked.get("order")
        if type(order) is int:
            if order in seen:
                yield broken(ORDER_REPEATED, f"{path}.order", order=order)
            seen.add(order)
        for key in ("question", "answer"):
            if isinstance(asked.get(key), str) and not asked[key].strip():
                yield broken(CONTENT_EMPTY, f"{path}.{key}")
        for tag in TAGS:
            if isinstance(asked.get("question"), str) and f"{tag}>" in asked["question"]:
                yield broken(THINKS_ASKING, f"{path}.question", tag=tag)
                break
        answer = asked.get("answer")
        if isinstance(answer, str):
            yield from think_tags(answer, f"{path}.answer")
            if _BARE.fullmatch(answer.strip()):
                yield broken(ONLY_YES_OR_NO, f"{path}.answer", answer=shown(answer))


def freeform_rules(contents: dict[str, Any]) -> Iterator[Broken]:
    """A caption says something; the form of the row is not verified."""
    if isinstance(contents.get("caption"), str) and not contents["caption"].strip():
        yield broken(CONTENT_EMPTY, "contents.caption")
    yield broken(FREEFORM_UNVERIFIED, "contents.type")
