"""CoNLL columns: one token and its IOB2 tag per line, a blank line between texts.

Written with two columns (token, tag) and a ``-DOCSTART-`` free layout. Read with any number of columns
as long as all lines have the same; the last is the tag (CoNLL-2003 shared task).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.contracts import Format, Template
from labelwright.formats._iob import check_tags
from labelwright.formats._text import decoded_lines
from labelwright.formats._tokens import SPACE_IN_LABEL, iob2, marked
from labelwright.problems import Place, Problem, Problems, ProblemType
from labelwright.records import Kind, Resolved

RAGGED = ProblemType(
    "conll.ragged-columns",
    "Lines have different numbers of columns",
    "the line has {count} columns, the lines before have {wanted}",
    "Give every token line the same columns.",
)
ONE_COLUMN = ProblemType(
    "conll.no-tag",
    "A line has a token without a tag",
    "the line has one column",
    "Write token and tag, separated by a space.",
)
NOTHING = ProblemType(
    "conll.no-tokens", "The file has no tokens", "no line holds a token", "Pass a file with tokens."
)


class Conll:
    """Two columns, IOB2."""

    name = "conll"
    title = "CoNLL (token and IOB2 tag per line)"
    reference = "https://aclanthology.org/W03-0419/"
    suffix = ".conll"
    kinds = frozenset({Kind.SPANS})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """One block of lines per text; a text without tokens gives none."""
        for _, place, text, spans in marked(items, template, problems):
            told: set[str] = set()
            tokens, tags = iob2(text, spans, place, problems)
            lines: list[str] = []
            for token, tag in zip(tokens, tags, strict=True):
                written = "_".join(tag.split())
                if written != tag and tag[2:] not in told:
                    told.add(tag[2:])
                    problems.add(SPACE_IN_LABEL.at(place, label=tag[2:], written=written[2:]))
                lines.append(f"{token} {written}\n")
            if lines:
                yield ("".join(lines) + "\n").encode()

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Columns and transitions of every block."""
        wanted, tokens = 0, 0
        tags: list[str] = []
        places: list[Place] = []
        for number, text, problem in decoded_lines(data, source):
            if problem is not None:
                yield problem
                continue
            place = Place(source, number)
            columns = text.split()
            if not columns or columns[0] == "-DOCSTART-":
                yield from check_tags(tags, places)
                tags, places = [], []
                continue
            tokens += 1
            wanted = wanted or len(columns)
            if len(columns) != wanted:
                yield RAGGED.at(place, count=len(columns), wanted=wanted)
            if len(columns) == 1:
                yield ONE_COLUMN.at(place)
            else:
                tags.append(columns[-1])
                places.append(place)
        yield from check_tags(tags, places)
        if not tokens:
            yield NOTHING.at(Place(source))


plugin: Format = Conll()
