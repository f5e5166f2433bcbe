"""Reads doccano's exports and pulled projects: records become items, each with all its annotators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Source, Template
from labelwright.problems import DataError, Place, Problems
from labelwright.records import Annotation, Item, ItemKey, Status
from labelwright_plugins.doccano import problems as p
from labelwright_plugins.doccano.answers import CATEGORIES, AnswerReader
from labelwright_plugins.doccano.older import APPROVED
from labelwright_plugins.doccano.raw import COMMENTS, FASTTEXT, FILE, OWN, Row, labelled
from labelwright_plugins.doccano.shown import lot_of, stored
from labelwright_plugins.doccano.sources import SHARED, About, Part, about, identity, parts

EXACT = 1 << 53  # whole numbers up to it are exact as floats
MEDIA = ("image", "audio", "video")


def read(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """The items of a source, in the order of its records. Raises ``DataError`` if nothing fits."""
    return _Reading(source, template, problems).items()


class _Reading:
    """One source: what was seen of it so far."""

    def __init__(self, source: Source, template: Template, problems: Problems) -> None:
        self._about = about(source) or About(url=source.server)
        self._pulled = bool(self._about.id)
        self._problems, self._template = problems, template
        self._name = source.name or source.path
        self.answers = AnswerReader(template, problems, self._about.project_type)
        self._parts = parts(source)
        self._confirmed = any(part.approved for part in self._parts)
        self._urls = {str(x.id): x.url for x in self._about.examples if x.url}
        self._replaced = False

    def items(self) -> Iterator[Item]:
        """Each example once: where it is in several files, with the answers of all of them."""
        self._say()
        if len(self._parts) == 1:
            for row, _ in self._rows(self._parts[0]):
                yield self._item(row, [(self._parts[0], row)])
        else:
            grouped: dict[str, list[tuple[Part, Row]]] = {}
            for part in self._parts:
                for row, key in self._rows(part):
                    grouped.setdefault(key, []).append((part, row))
            for key, rows in grouped.items():
                yield self._item(rows[0][1], self._alike(key, rows))
        self._finish()

    def _alike(self, key: str, rows: list[tuple[Part, Row]]) -> list[tuple[Part, Row]]:
        """The records that show what the first one does; answers to something else are none to it."""
        first, found = _shown(rows[0][1]), []
        for part, row in rows:
            if _shown(row) == first:
                found.append((part, row))
                continue
            place = Place(source=part.name, line=row.number, item=key)
            self._problems.add(p.DIFFERS.at(place, annotator=part.annotator, id=key))
        return found

    def _say(self) -> None:
        place = Place(source=self._name)
        if any(part.annotator == SHARED for part in self._parts):
            self._problems.add(p.SHARED.at(place))
        if self._pulled and not self._confirmed and self._parts:
            self._problems.add(p.NOBODY_CONFIRMS.at(place))
        if any(part.form == FASTTEXT for part in self._parts):
            self._problems.add(p.NO_ID.at(place, form=FASTTEXT))

    def _rows(self, part: Part) -> Iterator[tuple[Row, str]]:
        seen: set[str] = set()
        known = self.answers.known(*CATEGORIES)
        for row in part.rows(self._problems):
            if row.words:
                row = labelled(row, known)
            key = identity(row.id)
            place = Place(source=part.name, line=row.number, item=key)
            if key in seen:
                self._problems.add(p.DUPLICATE.at(place, id=key))
                continue
            seen.add(key)
            if isinstance(row.id, float) and abs(row.id) > EXACT:
                self._problems.add(p.ID_ROUNDED.at(place, id=key))
            if not key.isdecimal():
                self._problems.add(p.ID_REPLACED.at(place, id=key))
            yield row, key

    def _item(self, row: Row, rows: list[tuple[Part, Row]]) -> Item:
        key = identity(row.id)
        annotations = [a for part, one in rows if (a := self._annotation(part, one, key)) is not None]
        comments = [c for _, one in rows for c in _comments(one.fields.get(COMMENTS))]
        meta: dict[str, Any] = {"comments": list(dict.fromkeys(comments))} if comments else {}
        if row.approved is not None:
            meta[APPROVED] = row.approved
        project = str(self._about.id) if self._pulled else ""
        link = f"{self._about.url}/projects/{project}/dataset" if project and self._about.url else ""
        return Item(
            ItemKey(self._about.url.rstrip("/"), project, key), self._inputs(row, key), annotations,
            meta=meta, link=link, lot=self._lot(row, key),
        )  # fmt: skip

    def _lot(self, row: Row, key: str) -> str | None:
        """What a lot is drawn by; None of a file whose stored path is not known, as an export alone."""
        if row.text is not None:
            return lot_of(row.text)
        return lot_of(stored(self._urls[key])) if key in self._urls else None

    def _inputs(self, row: Row, key: str) -> dict[str, Any]:
        """The example's columns, and under the names of the template's inputs what it shows."""
        inputs = {k: v for k, v in row.fields.items() if k not in OWN and v is not None}
        text = row.text
        for name, given in self._template.inputs.items():
            if text is not None and given.type == "text" and name not in inputs:
                inputs[name] = text
                break
        if text is not None:
            inputs.setdefault("text", text)
            return inputs
        shown = self._urls.get(key) or str(row.fields[FILE])
        for name, given in self._template.inputs.items():
            if given.type in MEDIA and name not in inputs:
                inputs[name] = shown
                break
        inputs.setdefault(FILE, str(row.fields[FILE]))
        return inputs

    def _annotation(self, part: Part, row: Row, key: str) -> Annotation | None:
        place = Place(source=part.name, line=row.number, item=key, annotation=f"{key}-{part.annotator}")
        answers, given = self.answers.read(row, place)
        confirmed = part.approved is not None and key in part.approved
        if not given and not confirmed:
            if not self._pulled:
                self._problems.add(p.UNANSWERED.at(place, annotator=part.annotator))
            return None
        status = Status.SUBMITTED
        if self._confirmed and not confirmed:
            self._problems.add(p.UNCONFIRMED.at(place, annotator=part.annotator))
            status = Status.DRAFT
        self.answers.completed(answers)
        return Annotation(place.annotation, part.annotator, answers, status, set_aside=self.answers.set_aside)

    def _finish(self) -> None:
        place = Place(source=self._name)
        missed = self.answers.unmatched
        if missed and not self.answers.matched:
            asked = ", ".join(self._template.controls)
            found = ", ".join(sorted(missed))
            raise DataError(p.NO_MATCH.at(place, found=found, template=self._template.name, asked=asked))
        for column, count in sorted(missed.items()):
            self._problems.add(p.NOT_ASKED.at(place, column=column, count=count), count)


def _shown(row: Row) -> Any:
    return row.fields.get(FILE) if row.text is None else row.text


def _comments(found: Any) -> list[str]:
    """The words of an example's comments, in either of their forms."""
    given = found if isinstance(found, list) else []
    words = [x.get("comment") if isinstance(x, dict) else x for x in given]
    return [x for x in words if isinstance(x, str)]
