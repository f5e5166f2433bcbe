"""RTTM: who speaks when, one ``SPEAKER`` line of ten fields per stretch of time.

Start and duration are seconds with three decimals. Both ends are rounded to whole milliseconds before
the duration is taken, so stretches that touch still touch. The channel counts from 1; a segment without
a label has the speaker ``<NA>``. Fields cannot hold blanks: those of a label become underscores, with a
warning; where two labels become one that way, it is a counted loss. Lines of several recordings share a
file; the second field tells them apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Iterable, Iterator

from labelwright.contracts import Format, Template
from labelwright.formats._audio import TYPES, Names, segment_control, sounds, stretches
from labelwright.formats._text import decoded_lines
from labelwright.problems import Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Kind, Resolved

FIELDS = ProblemType(
    "rttm.fields",
    "A line does not have ten fields",
    "the line has {count} fields; it must have 10",
    "Write <NA> for a field that is not known.",
)
TYPE = ProblemType(
    "rttm.type-unknown",
    "A line is of a type that RTTM does not have",
    "the type {found!r} is none of RTTM's",
    "Write SPEAKER for a stretch of speech.",
)
NUMBER = ProblemType(
    "rttm.not-a-time",
    "A start or a duration is no number",
    "{name} is {found!r}, which is no number of seconds",
    "Write seconds with a point, such as 12.340.",
)
NEGATIVE = ProblemType(
    "rttm.negative",
    "A stretch begins before the recording or lasts less than nothing; readers drop it in silence",
    "{name} is {found}",
    "Write the start and the duration, not the end.",
)
NO_LENGTH = ProblemType(
    "rttm.no-length",
    "A stretch has no length; readers drop it in silence",
    "the duration is 0",
    "Remove the line.",
)
CHANNEL = ProblemType(
    "rttm.channel",
    "A channel is no whole number",
    "the channel is {found!r}",
    "Write 1 for the first channel, or <NA>.",
)
OVERLAP = ProblemType(
    "rttm.speaker-overlaps",
    "A speaker overlaps the same speaker",
    "{speaker!r} speaks from {start:.3f} and already until {before:.3f} (line {line})",
    "Write the duration in the fifth field, not the end; join stretches that overlap.",
)
OVERLAP_WRITTEN = ProblemType(
    "rttm.speaker-marked-twice",
    "Two stretches of one speaker overlap",
    "{speaker!r} speaks from {start:.3f} and already until {before:.3f}",
    "Join the segments in the annotation tool.",
)
BLANK = ProblemType(
    "rttm.label-with-space",
    "A label has white space, which separates fields",
    "the label {label!r} is written as {written!r}",
    "None needed. Give the label an alias without spaces to choose its name.",
    Severity.WARNING,
)
MERGED = ProblemType(
    "rttm.labels-merged",
    "Two labels have one name once their white space is gone",
    "the label {label!r} is written as {written!r}, and so is {other!r}",
    "Rename one of the labels.",
    loss=True,
)
NOTHING = ProblemType(
    "rttm.no-lines", "The file has no lines", "no line tells who speaks", "Pass a file with SPEAKER lines."
)
NA = "<NA>"
_SECONDS = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
# NIST, Rich Transcription 2009 evaluation plan, appendix A.
_SPEECH = ("SPEAKER", "SPKR-INFO", "LEXEME", "NON-LEX", "NON-SPEECH", "SEGMENT", "NOSCORE", "NO_RT_METADATA")
KNOWN = frozenset((*_SPEECH, "FILLER", "EDIT", "SU", "CB", "IP", "A/P"))


class Rttm:
    """Who speaks when."""

    name = "rttm"
    title = "RTTM (who speaks when)"
    reference = "https://github.com/nryant/dscore#rttm"
    suffix = ".rttm"
    kinds = frozenset({Kind.SEGMENTS})
    inputs = frozenset(TYPES)

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """One line per stretch and label, by recording and start."""
        control, names, speakers = segment_control(template), Names(), _Speakers(problems)
        for resolved, place, uri in sounds(items, template, control, problems):
            name = names.take(uri, resolved.item, place, problems)
            until: dict[tuple[int, str], int] = {}
            for stretch in stretches(resolved, control, "", place, problems):
                for label in stretch.labels or ("",):
                    speaker = speakers.written(label, place)
                    start, length = stretch.start / 1000, (stretch.end - stretch.start) / 1000
                    before = until.get((stretch.channel, speaker), 0)
                    if before > stretch.start and speaker != NA:
                        what = {"speaker": speaker, "start": start, "before": before / 1000}
                        problems.add(OVERLAP_WRITTEN.at(place, **what))
                    until[stretch.channel, speaker] = max(before, stretch.end)
                    fields = (name, stretch.channel + 1, f"{start:.3f}", f"{length:.3f}", NA, NA, speaker)
                    yield f"SPEAKER {' '.join(map(str, fields))} {NA} {NA}\n".encode()

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Fields and times of every line, and speakers who overlap themselves."""
        spoken: dict[tuple[str, str, str], list[tuple[float, float, int]]] = {}
        seen = False
        for number, text, problem in decoded_lines(data, source):
            if problem is not None:
                yield problem
                continue
            fields, place = text.split(), Place(source, number)
            if not fields or fields[0].startswith(";;"):
                continue
            seen = True
            if len(fields) != 10:
                yield FIELDS.at(place, count=len(fields))
            if fields[0] not in KNOWN:
                yield TYPE.at(place, found=fields[0])
            if fields[0] == "SPEAKER" and len(fields) >= 8:
                times = yield from _times(fields, place)
                if times is not None:
                    start, length = times
                    key = (fields[1], fields[2], fields[7])
                    spoken.setdefault(key, []).append((start, start + length, number))
        if not seen:
            yield NOTHING.at(Place(source))
        yield from _overlaps(spoken, source)


class _Speakers:
    """Names of speakers as fields; what was rewritten or merged is said once for each label."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._names: dict[str, str] = {}
        self._holders: dict[str, str] = {}

    def written(self, label: str, place: Place) -> str:
        """The label without white space, or ``<NA>`` where there is none."""
        if label in self._names:
            return self._names[label]
        name = self._names[label] = "_".join(label.split()) or NA
        other = self._holders.setdefault(name, label)
        if other != label:
            self._problems.add(MERGED.at(place, label=label, written=name, other=other))
        elif label and name != label:
            self._problems.add(BLANK.at(place, label=label, written=name))
        return name


def _times(fields: list[str], place: Place) -> Generator[Problem, None, tuple[float, float] | None]:
    """Problems of a line's numbers; returns start and duration if both are usable."""
    if not (fields[2].isascii() and fields[2].isdigit()) and fields[2] != NA:
        yield CHANNEL.at(place, found=fields[2])
    found: list[float] = []
    for name, text in (("the start", fields[3]), ("the duration", fields[4])):
        value = float(text) if _SECONDS.fullmatch(text) else math.nan
        if not math.isfinite(value):
            yield NUMBER.at(place, name=name, found=text)
        elif value < 0:
            yield NEGATIVE.at(place, name=name, found=text)
        else:
            found.append(value)
    if len(found) < 2:
        return None
    if not found[1]:
        yield NO_LENGTH.at(place)
        return None
    return found[0], found[1]


def _overlaps(
    spoken: dict[tuple[str, str, str], list[tuple[float, float, int]]], source: str
) -> Iterator[Problem]:
    """Stretches of one speaker in one recording that overlap, later by more than half a millisecond."""
    for (_, _, speaker), turns in spoken.items():
        if speaker == NA:
            continue
        latest = (0.0, 0)
        for start, end, line in sorted(turns):
            if start < latest[0] - 0.0005:
                what = {"speaker": speaker, "start": start, "before": latest[0], "line": latest[1]}
                yield OVERLAP.at(Place(source, line), **what)
            latest = max(latest, (end, line))


plugin: Format = Rttm()
