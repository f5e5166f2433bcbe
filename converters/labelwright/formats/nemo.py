"""NeMo manifests for speech recognition: one JSON object per utterance.

Where the template asks for the words of stretches of time, each stretch with words is a line with
``offset`` and ``duration``; else each item is one, and its length is what the annotation tool measured,
a ``duration`` in the data, or what the header of a local WAV file says. Times are seconds, written in
whole milliseconds. A stretch's label, where the segments tell who speaks, is its ``speaker``. Paths stay
as the data has them: NeMo takes relative ones from the manifest's folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from labelwright.contracts import Format, Template
from labelwright.formats._audio import (
    TYPES,
    as_words,
    audio_input,
    length_of,
    milliseconds,
    segment_control,
    sounds,
    stretches,
    words_control,
)
from labelwright.formats._text import json_rows, within
from labelwright.problems import Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Kind, Resolved

KEY = ProblemType(
    "nemo.key-missing",
    "A line lacks a key",
    "the key {key!r} is missing",
    "Add the key; NeMo reads it by name.",
)
NOT_TEXT = ProblemType(
    "nemo.not-text", "A value is no text", "{key!r} is {found}, and must be text", "Write it as a string."
)
NO_PATH = ProblemType(
    "nemo.no-path", "A line names no file", "the path is empty", "Write the path of the sound."
)
NOT_SECONDS = ProblemType(
    "nemo.not-seconds",
    "A time is no number of seconds",
    "{key!r} is {found}, and must be a number of seconds",
    "Write seconds as a JSON number, such as 1.5.",
)
NEGATIVE = ProblemType(
    "nemo.time-negative",
    "A time is below 0, or a duration is 0",
    "{key!r} is {found:g}",
    "Write offset and duration in seconds; the duration is above 0.",
)
MILLISECONDS = ProblemType(
    "nemo.duration-in-milliseconds",
    "A duration seems to be in milliseconds",
    "{count} characters in {found:g} seconds; nobody speaks that slowly",
    "Write seconds; cut long silence away.",
)
REPEATED = ProblemType(
    "nemo.repeated",
    "A stretch of a file occurs twice",
    "the file, offset and duration equal those of line {first}",
    "Remove one of the lines.",
    Severity.WARNING,
)
CONTRADICTED = ProblemType(
    "nemo.contradictory-text",
    "One stretch of a file has two texts",
    "the file, offset and duration equal those of line {first}, the text differs",
    "Decide for one text.",
)
NO_LENGTH = ProblemType(
    "nemo.length-unknown",
    "Nobody knows how long a sound is",
    "the data has no duration, and {uri!r} is no WAV file at hand; the item is left out",
    "Add a duration in seconds to the data, or run where the WAV files are.",
    loss=True,
)
NO_WORDS = ProblemType(
    "nemo.no-words",
    "A stretch of time or a sound has no words",
    "nobody wrote what is said; the line is left out",
    "Have it transcribed; an empty answer counts as silence.",
    loss=True,
)
NOTHING = ProblemType(
    "nemo.no-lines", "The file has no lines", "no line names a sound", "Pass a file with lines."
)
KEYS = ("audio_filepath", "duration", "text")
# Characters per second below which a time of more than a minute is taken for milliseconds.
SLOWEST, LONG = 0.02, 60.0
ENDLESS = 1e12  # seconds; numbers from here on are no times


class Nemo:
    """One utterance per line."""

    name = "nemo"
    title = "NeMo manifest (speech recognition)"
    reference = "https://docs.nvidia.com/nemo-framework/user-guide/latest/nemotoolkit/asr/datasets.html"
    suffix = ".json"
    kinds = frozenset({Kind.TRANSCRIPT, Kind.SEGMENTS})
    inputs = frozenset(TYPES)

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """One line per transcribed stretch, or per item where stretches are not transcribed."""
        segments = segment_control(template)
        words = words_control(template, segments) if segments else ""
        whole = words_control(template, "")
        for resolved, place, uri in sounds(items, template, segments if words else whole, problems):
            if words:
                rows = self._stretches(resolved, segments, words, template, place, uri, problems)
            else:
                length = length_of(resolved.item, uri, audio_input(template, whole))
                rows = self._whole(resolved, whole, length, place, uri, problems)
            for row in rows:
                yield msgspec.json.encode(row) + b"\n"

    def _stretches(
        self,
        resolved: Resolved,
        segments: str,
        words: str,
        template: Template,
        place: Place,
        uri: str,
        problems: Problems,
    ) -> Iterator[dict[str, Any]]:
        named = template.controls[segments].diarization
        for stretch in stretches(resolved, segments, words, place, problems):
            if stretch.words is None:
                problems.add(NO_WORDS.at(place))
                continue
            row: dict[str, Any] = {"audio_filepath": uri}
            row["duration"] = (stretch.end - stretch.start) / 1000
            row |= {"text": stretch.words, "offset": stretch.start / 1000}
            yield {**row, "speaker": ", ".join(stretch.labels)} if named and stretch.labels else row

    def _whole(
        self,
        resolved: Resolved,
        words: str,
        length: float | None,
        place: Place,
        uri: str,
        problems: Problems,
    ) -> Iterator[dict[str, Any]]:
        said = as_words(resolved.answers.get(words))
        if said is None:
            problems.add(NO_WORDS.at(place))
        elif length is None:
            problems.add(NO_LENGTH.at(place, uri=uri))
        else:
            yield {"audio_filepath": uri, "duration": milliseconds(length) / 1000, "text": said}

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Keys, types and times of every line, and stretches that come twice."""
        seen: dict[tuple[Any, ...], tuple[int, Any]] = {}
        lines = 0
        for place, row, problem in json_rows(data, source):
            lines += 1
            if problem is not None:
                yield problem
                continue
            found = list(_broken(row, place))
            yield from found
            if found:
                continue
            key = (row["audio_filepath"], row.get("offset", 0), row["duration"])
            first, text = seen.setdefault(key, (place.line, row["text"]))
            if first != place.line:
                yield (REPEATED if text == row["text"] else CONTRADICTED).at(place, first=first)
        if not lines:
            yield NOTHING.at(Place(source))


def _broken(row: dict[str, Any], place: Place) -> Iterator[Problem]:
    for key in KEYS:
        if key not in row:
            yield KEY.at(place, key=key)
    for key in ("audio_filepath", "text", "lang", "speaker"):
        if key in row and not isinstance(row[key], str):
            yield NOT_TEXT.at(within(place, key), key=key, found=_named(row[key]))
    path, text = row.get("audio_filepath"), row.get("text")
    if isinstance(path, str) and not path.strip():
        yield NO_PATH.at(within(place, "audio_filepath"))
    for key in ("duration", "offset"):
        if key not in row:
            continue
        value, at = row[key], within(place, key)
        if type(value) not in (int, float) or not abs(value) < ENDLESS:
            yield NOT_SECONDS.at(at, key=key, found=_named(value))
        elif value < 0 or (key == "duration" and not value):
            yield NEGATIVE.at(at, key=key, found=value)
        elif key == "duration" and isinstance(text, str) and _drawn_out(text, value):
            yield MILLISECONDS.at(at, count=len(text), found=value)


def _drawn_out(text: str, seconds: float) -> bool:
    """Whether a text is too short for the time it is said to take."""
    return bool(text.strip()) and seconds > LONG and len(text) / seconds < SLOWEST


def _named(value: Any) -> str:
    return "null" if value is None else repr(value)[:40]


plugin: Format = Nemo()
