"""One item's settled answers as the results that Label Studio's page would store."""

from __future__ import annotations

from typing import Any

from labelwright.contracts import Template
from labelwright.formats import _losses as loss
from labelwright.problems import WRITE, Place, Problems, ProblemType
from labelwright.records import Kind, Relation, Resolved, Segment, Shape, Span, Track
from labelwright_plugins.label_studio import writeproblems as w
from labelwright_plugins.label_studio.placed import Value, short_id
from labelwright_plugins.label_studio.regionwriter import RegionWriter, origin_of
from labelwright_plugins.label_studio.tags import Tag, Tags
from labelwright_plugins.label_studio.trackwriter import ranges_of, track_value
from labelwright_plugins.label_studio.valuewriter import value_of

TITLE = "Label Studio"


class ResultWriter:
    """Writes the results of one item after the other."""

    def __init__(self, template: Template, tags: Tags, problems: Problems) -> None:
        """``tags`` says which tag holds what; what cannot be held is lost in ``problems``."""
        self._template = template
        self._tags = tags
        self._problems = problems
        self._shapes = RegionWriter(template, tags, problems, self.asked)
        self.sizes: dict[str, tuple[int, int]] = {}

    def write(self, resolved: Resolved) -> list[Value]:
        """All results of an item's answers."""
        self._shapes.begin(resolved.item)
        self.sizes = {}
        found: list[Value] = []
        for name, control in self._template.controls.items():
            value = resolved.answers.get(name)
            if value is None or control.on:
                continue
            place = Place(item=str(resolved.item.key), control=name)
            if control.kind is Kind.SHAPES:
                found += self._shapes.shapes(name, value, place)
            elif control.kind is Kind.TRACKS:
                found += self._tracks(name, value, resolved, place)
            elif control.kind is Kind.RELATIONS:
                continue
            elif control.kind in (Kind.SEGMENTS, Kind.SPANS):
                found += self._marks(name, value, resolved, place)
            else:
                found += self._answer(name, value, resolved, place)
        for name, control in self._template.controls.items():
            if control.kind is Kind.RELATIONS:
                found += self._relations(name, resolved.answers.get(name) or (), resolved)
        return found

    def _answer(self, name: str, value: Any, resolved: Resolved, place: Place) -> list[Value]:
        """An answer about the whole item."""
        tag = self._tags.asking(name)
        held = value_of(self._template.controls[name].kind, value, tag.tag if tag else "")
        if tag is None or held is None:
            self._problems.add(w.NOT_HELD.at(place, control=name, kind=self._template.controls[name].kind))
            return []
        return [_result(short_id(resolved.item.key, name), tag, held[0], held[1])] if held[1] else []

    def asked(self, region: str, place: Place, answers: Any, base: Value, more: Value) -> list[Value]:
        """What was asked of one region: results with its id that repeat where it is."""
        found = []
        for name, value in answers:
            control = self._template.controls.get(name)
            tag = self._tags.asking(name) if control is not None else None
            held = value_of(control.kind, value, tag.tag) if control is not None and tag is not None else None
            if tag is None or held is None:
                self._problems.add(loss.ATTRIBUTE.at(place, target=TITLE, names=name))
            elif held[1]:
                found.append({**_result(region, tag, held[0], {**base, **held[1]}), **more})
        return found

    def _tracks(self, name: str, tracks: Any, resolved: Resolved, place: Place) -> list[Value]:
        found: list[Value] = []
        ledger, tag = self._problems.ledger(WRITE), self._tags.track(name)
        shown = self._tags.shown(name)
        for number, track in enumerate(tracks):
            ledger.taken += 1
            at = Place(item=place.item, region=track.id, control=name)
            region = self._shapes.region_id(name, number, track)
            value = (
                track_value(track, resolved.item, shown, at, self._problems) if tag is not None else w.NO_TAG
            )
            if isinstance(value, ProblemType):
                what = {"kind": "track", "target": TITLE, "control": name}
                self._problems.lose(WRITE, value.at(at, **what))
                continue
            assert tag is not None  # else there is no value
            ledger.given += 1
            self._also(track, at)
            size = resolved.item.size(shown)
            if size is not None:
                self.sizes[shown] = size
            labels = {"labels": [track.label]} if track.label else {}
            made = _result(region, tag, "videorectangle", {**value, **labels}, track)
            found += [made, *self.asked(region, at, track.answers, value, {})]
        return found

    def _also(self, track: Track, at: Place) -> None:
        """What of a track is lost beside its boxes."""
        keys = track.keyframes
        if track.group:
            self._problems.add(loss.GROUP.at(at, target=TITLE))
        if any(k.occluded for k in keys):
            self._problems.add(loss.OCCLUDED.at(at, target=TITLE))
        if any(k.z for k in keys):
            self._problems.add(loss.ORDER.at(at, target=TITLE))
        names = sorted({name for k in keys for name, _ in k.attributes})
        if names:
            self._problems.add(loss.ATTRIBUTE.at(at, target=TITLE, names=", ".join(names)))

    def _marks(self, name: str, marks: Any, resolved: Resolved, place: Place) -> list[Value]:
        """Stretches of a sound or film, spans of a text."""
        found: list[Value] = []
        tag = self._tags.asking(name)
        for number, mark in enumerate(marks):
            at = Place(item=place.item, region=mark.id, control=name)
            region = self._shapes.region_id(name, number, mark)
            value = self._mark(name, mark, tag, resolved, at)
            if tag is None or value is None:
                self._problems.add(w.NOT_HELD.at(at, control=name, kind=self._template.controls[name].kind))
                continue
            key = "timelinelabels" if tag.tag == "TimelineLabels" else "labels"
            labels = {key: [mark.label]} if mark.label else {}
            found.append(_result(region, tag, key, {**value, **labels}, mark))
            found += self.asked(region, at, mark.answers, value, {})
        return found

    def _mark(
        self, name: str, mark: Span | Segment, tag: Tag | None, resolved: Resolved, at: Place
    ) -> Value | None:
        if isinstance(mark, Span):
            return None if mark.unit else {"start": mark.start, "end": mark.end, "text": mark.text}
        if tag is not None and tag.tag == "TimelineLabels":
            return ranges_of(mark, resolved.item.films.get(self._tags.shown(name)), at, self._problems)
        return {"start": mark.start, "end": mark.end, "channel": mark.channel}

    def _relations(self, name: str, relations: tuple[Relation, ...], resolved: Resolved) -> list[Value]:
        found = []
        for relation in relations:
            ends = [self._shapes.ids.get((type(end), end.id)) for end in (relation.head, relation.tail)]
            if None in ends:
                place = Place(item=str(resolved.item.key), control=name)
                self._problems.add(w.NOT_HELD.at(place, control=name, kind=Kind.RELATIONS))
                continue
            made: Value = {"from_id": ends[0], "to_id": ends[1], "type": "relation"}
            made["direction"] = relation.direction
            if relation.label:
                made["labels"] = [relation.label]
            found.append(made)
        return found


def _result(
    region: str, tag: Tag, type_: str, value: Value, mark: Shape | Track | Segment | Span | None = None
) -> Value:
    made: Value = {
        "id": region,
        "from_name": tag.name,
        "to_name": tag.to_name,
        "type": type_,
        "origin": origin_of(mark.origin) if mark is not None else "manual",
        "value": value,
    }
    if mark is not None and mark.score is not None:
        made["score"] = mark.score
    return made
