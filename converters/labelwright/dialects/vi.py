"""Datature Vi (vi-sdk's own JSON Lines): phrase grounding, questions and answers, freeform captions.

A row is about one image: ``asset`` has its file name and its size in pixels. The contents are of one of three
types, one type per data set:

* ``PhraseGrounding``: a caption, and its phrases with their first and last word (counted from 0, what white
  space parts is a word, the last one included) and ``bounds``: boxes as xmin, ymin, xmax, ymax in
  fractions of width and height;
* ``Vqa``: ``interactions`` with question and answer, numbered from 1; reasoning goes before the answer
  in ``<datature_think>``;
* ``Freeform``: a ``caption`` alone. This form is not verified: Vi names such data sets, but its public
  loader knows no such line. A conversation whose user shows the image without a word becomes one.

What Vi has no place for (the words that ask for a caption, a system message) is left out and noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import msgspec

from labelwright.contracts import FILE, Broken, Dialect, FileRules, MediaRules
from labelwright.dialects import _schema
from labelwright.dialects._chat import thought
from labelwright.dialects._places import groundings_of, media_of, messages_of, places_of
from labelwright.dialects._rules import known_keys
from labelwright.dialects._vi_folder import folder_files, side_folder
from labelwright.dialects._vi_rules import (
    asset_rules,
    freeform_rules,
    grounding_rules,
    question_rules,
    tokens_of,
)
from labelwright.dialects._vi_unfit import unfit, words_asked
from labelwright.examples import Example, Grounding, Media, Message
from labelwright.problems import Place, Problem, Problems

_KNOWN = known_keys("id", "asset", "contents", "category")
_RULES = {"PhraseGrounding": grounding_rules, "Vqa": question_rules, "Freeform": freeform_rules}


class Vi:
    """One row per image and task."""

    name = "vi"
    title = "Datature Vi (JSONL)"
    reference = "https://vi.developers.datature.com"
    kinds = frozenset({"grounded", "chat"})
    file_rules = FileRules()
    media = MediaRules(
        way=FILE,
        types=(
            *("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff"),
            *("image/avif", "image/heic", "image/heif", "image/jp2"),
        ),
        count=1,
        size=256 * 1024 * 1024,
    )

    def __init__(self, think_tag: str = "datature_think") -> None:
        """``think_tag`` goes around the reasoning of an answer."""
        self.think_tag = think_tag

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        return _schema.load(self.name)

    def unfit(self, example: Example, place: Place) -> Iterator[Problem]:
        """What of an example a row cannot hold; an error where there can be no row at all."""
        yield from unfit(example, place)

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row; its id is made of its content.

        An example that ``unfit`` has an error for gives a row that the schema refuses.
        """
        media, groundings = media_of(example), groundings_of(example)
        image = media[0] if len(media) == 1 else Media("")
        known = groundings[0].size if groundings else (0, 0)
        width, height = (image.width, image.height) if image.width else known
        path = urlsplit(image.named).path if "://" in image.named else image.named
        name = PurePosixPath(path).name
        asset = {"type": "Image", "filename": name, "height": height, "width": width}
        contents = _phrases(groundings[0]) if groundings else self._said(messages_of(example))
        made = {"asset": asset, "contents": contents}
        return {"id": sha256(msgspec.json.encode(made)).hexdigest()[:16], **made}

    def _said(self, messages: Sequence[Message]) -> dict[str, Any]:
        """A conversation as questions and answers, or as a caption where nothing was asked."""
        turns = [m for m in messages if m.role != "system"]
        if len(turns) == 2 and not words_asked(turns[0]):
            return {"type": "Freeform", "caption": thought(turns[1], self.think_tag) + turns[1].text}
        roles = [m.role for m in turns]
        whole = roles == ["user", "assistant"] * (len(roles) // 2)
        pairs = zip(turns[::2], turns[1::2], strict=True) if whole else ()
        return {
            "type": "Vqa",
            "interactions": [
                {
                    "order": number,
                    "question": words_asked(question),
                    "answer": thought(answer, self.think_tag) + answer.text,
                }
                for number, (question, answer) in enumerate(pairs, 1)
            ],
        }

    def places(self, row: dict[str, Any]) -> Iterator[tuple[str, Sequence[float]]]:
        """The boxes of a row in pixels, each with its phrase."""
        size = row["asset"]["width"], row["asset"]["height"]
        for phrase in row["contents"].get("groundedPhrases", ()):
            for bounds in phrase["bounds"]:
                yield phrase["phrase"], [number * size[axis % 2] for axis, number in enumerate(bounds)]

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        yield from asset_rules(row)
        contents = row.get("contents")
        kind = contents.get("type") if isinstance(contents, dict) else None
        if isinstance(contents, dict) and isinstance(kind, str) and kind in _RULES:
            yield from _RULES[kind](contents)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What an image is asked, and what is answered: of a caption, the image alone."""
        asset, contents = (row.get("asset"), row.get("contents")) if isinstance(row, dict) else (None, None)
        if not isinstance(asset, dict) or not isinstance(contents, dict):
            return None
        held = contents.get("interactions")
        asked = [p.get("question") for p in held if isinstance(p, dict)] if isinstance(held, list) else None
        return [asset.get("filename"), contents.get("type"), asked], contents

    def shape(self, row: Any) -> str:
        """The type of the contents: a data set has one."""
        contents = row.get("contents") if isinstance(row, dict) else None
        kind = contents.get("type") if isinstance(contents, dict) else None
        return kind if isinstance(kind, str) else "unknown"

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Nothing goes beside the training files."""
        return {}

    def folder(
        self, rows: Iterable[dict[str, Any]], side: str, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """The files of one side of a data set folder; see ``images_folder`` for its images."""
        yield from folder_files(rows, side, problems)

    def images_of(self, row: dict[str, Any]) -> Sequence[str]:
        """The file name of the row's image."""
        return [row["asset"]["filename"]]

    def images_folder(self, side: str) -> str:
        """Where the images of a side go, by their file names, so that the loader finds them."""
        return f"{side_folder(side)}/images"


def _phrases(grounding: Grounding) -> dict[str, Any]:
    phrases = []
    for thing in grounding.objects:
        start, end = tokens_of(grounding.caption, thing.start, thing.end) or (-1, -1)
        bounds = [
            [number / grounding.size[axis % 2] for axis, number in enumerate(place)]
            for place in places_of(thing, grounding.size)
        ]
        named = {"phrase": thing.label, "startTokenIndex": start, "endTokenIndex": end}
        phrases.append({**named, "bounds": bounds})
    return {"type": "PhraseGrounding", "caption": grounding.caption, "groundedPhrases": phrases}


plugin: Dialect = Vi()
