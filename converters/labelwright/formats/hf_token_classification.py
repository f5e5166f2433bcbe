"""Hugging Face token classification: JSONL rows of ``tokens`` and ``ner_tags``.

Tags are written as IOB2 strings, so that the file needs no table of classes; integers are read too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from labelwright.contracts import Format, Template
from labelwright.formats._iob import check_tags
from labelwright.formats._text import json_rows, within
from labelwright.formats._tokens import iob2, marked
from labelwright.problems import Place, Problem, Problems, ProblemType
from labelwright.records import Kind, Resolved

LISTS = ProblemType(
    "tokens.no-lists",
    "A row lacks its tokens or its tags",
    "the row needs a list under {key!r}",
    "Write tokens and ner_tags as lists.",
)
LENGTHS = ProblemType(
    "tokens.lengths-differ",
    "A row has more tokens than tags, or fewer",
    "{tokens} tokens and {tags} tags",
    "Give each token one tag.",
)
EMPTY_TOKEN = ProblemType(
    "tokens.empty-token",
    "A token is empty or only white space",
    "the token says nothing",
    "Remove the token and its tag.",
)
NOT_STRING = ProblemType(
    "tokens.wrong-type",
    "A token is no string, or a tag neither string nor integer",
    "{value!r} is of the wrong type",
    "Tokens are strings; tags are IOB2 strings, or integers throughout.",
)
NO_ROWS = ProblemType(
    "tokens.no-rows", "The file has no rows", "no line holds a row", "Pass a file with rows."
)


class HfTokenClassification:
    """Rows of ``tokens`` and ``ner_tags``, one per text, with the item's ``id``."""

    name = "hf-token-classification"
    title = "Hugging Face token classification"
    reference = "https://huggingface.co/docs/transformers/tasks/token_classification"
    suffix = ".jsonl"
    kinds = frozenset({Kind.SPANS})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """One row per text; a text without tokens gives none."""
        for key, place, text, spans in marked(items, template, problems):
            tokens, tags = iob2(text, spans, place, problems)
            if tokens:
                row = {"id": key, "tokens": tokens, "ner_tags": tags}
                yield msgspec.json.encode(row) + b"\n"

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Lengths, types and transitions of every row."""
        rows = 0
        for place, row, problem in json_rows(data, source):
            if problem is not None:
                yield problem
                continue
            rows += 1
            lists = True
            for key in ("tokens", "ner_tags"):
                if not isinstance(row.get(key), list):
                    lists = False
                    yield LISTS.at(within(place, key), key=key)
            if lists:
                yield from _check_row(row["tokens"], row["ner_tags"], place)
        if not rows:
            yield NO_ROWS.at(Place(source))


def _check_row(tokens: list[object], tags: list[object], place: Place) -> Iterator[Problem]:
    if len(tokens) != len(tags):
        yield LENGTHS.at(place, tokens=len(tokens), tags=len(tags))
    for index, token in enumerate(tokens):
        at = within(place, f"tokens[{index}]")
        if not isinstance(token, str):
            yield NOT_STRING.at(at, value=token)
        elif not token.strip():
            yield EMPTY_TOKEN.at(at)
    kind = int if tags and type(tags[0]) is int else str
    for index, tag in enumerate(tags):
        if type(tag) is not kind or (isinstance(tag, int) and tag < 0):
            yield NOT_STRING.at(within(place, f"ner_tags[{index}]"), value=tag)
    words = [tag for tag in tags if isinstance(tag, str)]
    if len(words) == len(tags):
        yield from check_tags(words, [within(place, f"ner_tags[{i}]") for i in range(len(tags))])


plugin: Format = HfTokenClassification()
