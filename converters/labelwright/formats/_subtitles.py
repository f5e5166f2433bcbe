"""What SubRip and WebVTT share: cues from segments, and the rules on their times and texts.

A cue is a segment with its words; where the template asks for no words, its label. Times are whole
milliseconds, rounded half to even. A file belongs to one sound or film.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.formats._audio import TYPES, Names, segment_control, sounds, stretches, words_control
from labelwright.problems import Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Kind, Resolved

ONE_ITEM = ProblemType(
    "subtitles.several-items",
    "A file of subtitles holds those of one sound or film",
    "the file holds the cues of the first item; this one is left out",
    "Name a folder to write to: it gets one file per item.",
    loss=True,
)
NO_WORDS = ProblemType(
    "subtitles.no-words",
    "A segment has no words to show",
    "the segment from {start:.3f} seconds has no words; it gives no cue",
    "Have it transcribed, or remove the segment.",
    loss=True,
)
BLANK_LINE = ProblemType(
    "subtitles.blank-line",
    "A text has a blank line, which would end its cue",
    "the text from {start:.3f} seconds is written without its blank lines",
    "Remove the blank line in the annotation tool.",
    loss=True,
)
NO_CUES = ProblemType(
    "subtitles.item-without-cues",
    "A sound or film has nothing to show",
    "the item has no segments with words; it gets no file",
    "None needed if nobody speaks.",
    Severity.WARNING,
)
TIMES = ProblemType(
    "subtitles.times-malformed",
    "A line of times cannot be read",
    "{found!r} is not of the form {wanted}",
    "Write the times as the format has them.",
)
REVERSED = ProblemType(
    "subtitles.times-reversed",
    "A cue ends before it begins",
    "the cue lasts from {start} to {end}",
    "Correct the times.",
)
EMPTY = ProblemType(
    "subtitles.no-length",
    "A cue has no length",
    "the cue begins and ends at {start}",
    "Remove the cue, or correct its end.",
)
OVERLAP = ProblemType(
    "subtitles.overlap",
    "Two cues overlap where players show one at a time",
    "the cue begins at {start}, before the one of line {line} ends at {before}",
    "Cut the cues so that they follow each other, or write WebVTT.",
)
OVERLAP_SEEN = ProblemType(
    "subtitles.overlap-seen",
    "Two cues overlap",
    "the cue begins at {start}, before the one of line {line} ends at {before}",
    "None needed if both are to be shown together.",
    Severity.WARNING,
)
OVERLAP_WRITTEN = ProblemType(
    "subtitles.segments-overlap",
    "Two segments overlap where players show one cue at a time",
    "a cue begins at {start:.3f} seconds, before another ends at {before:.3f}",
    "Correct the segments, or write WebVTT.",
)
ORDER = ProblemType(
    "subtitles.out-of-order",
    "A cue begins before the one above it",
    "the cue begins at {start}, the one above at {before}",
    "Sort the cues by their start.",
)
NO_TEXT = ProblemType(
    "subtitles.no-text", "A cue has no text", "no text follows the times", "Write the text below the times."
)
ARROW = ProblemType(
    "subtitles.arrow-in-text",
    "The text of a cue holds an arrow, as only lines of times do",
    "the text holds '-->'",
    "Put a blank line before the next cue; write another arrow in texts.",
)
NOTHING = ProblemType(
    "subtitles.no-cues", "The file has no cues", "no line of times was found", "Pass a file with cues."
)


class Cue(Struct):
    """One cue: milliseconds, labels that tell something, whether they name a speaker, lines of text."""

    start: int
    end: int
    labels: tuple[str, ...]
    speaks: bool
    lines: list[str]


class Read(Struct):
    """A cue as a file has it: its times as text and in milliseconds, and the line they are on."""

    line: int
    start: str
    end: str
    begins: int
    ends: int


def stamp(milliseconds: int, point: str) -> str:
    """``HH:MM:SS`` and three decimals after ``point``."""
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{thousandths:03d}"


def cues(resolved: Resolved, template: Template, place: Place, problems: Problems) -> Iterator[Cue]:
    """The cues of one item in order of time."""
    control = segment_control(template)
    words = words_control(template, control)
    for stretch in stretches(resolved, control, words, place, problems):
        text = stretch.words if words else ", ".join(stretch.labels)
        lines = re.split(r"\r\n|\r|\n", (text or "").strip())
        kept = [line for line in lines if line.strip()]
        start = stretch.start / 1000
        if not kept:
            problems.add(NO_WORDS.at(place, start=start))
            continue
        if len(kept) < len(lines):
            problems.add(BLANK_LINE.at(place, start=start))
        # A label tells nothing where it is the text already, or the only one there is.
        told = words and len(template.controls[control].labels) != 1
        speaks = template.controls[control].diarization
        yield Cue(stretch.start, stretch.end, stretch.labels if told else (), speaks, kept)


Writer = Callable[[Sequence[Cue], Place, Problems], bytes]


class Subtitles:
    """What formats of cues share: one file per item, or the first item's file alone."""

    suffix: str
    written: Writer  # the file of one item's cues
    kinds = frozenset({Kind.SEGMENTS})
    inputs = frozenset(TYPES)

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """The file of the first item with cues; every other is a loss."""
        for number, (place, _, found) in enumerate(_with_cues(items, template, problems)):
            if number:
                problems.add(ONE_ITEM.at(place))
            else:
                yield self.written(found, place, problems)

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """One file per item with cues, named after its sound or film."""
        for place, name, found in _with_cues(items, template, problems):
            yield f"{name}{self.suffix}", self.written(found, place, problems)


def _with_cues(
    items: Iterable[Resolved], template: Template, problems: Problems
) -> Iterator[tuple[Place, str, list[Cue]]]:
    names = Names()
    for resolved, place, uri in sounds(items, template, segment_control(template), problems):
        found = list(cues(resolved, template, place, problems))
        if found:
            yield place, names.take(uri, resolved.item, place, problems), found
        else:
            problems.add(NO_CUES.at(place))


def check_times(read: Sequence[Read], source: str, overlap: ProblemType) -> Iterator[Problem]:
    """Length and order of the cues of a file."""
    latest: Read | None = None
    previous: Read | None = None
    for cue in read:
        place = Place(source, cue.line)
        if cue.ends < cue.begins:
            yield REVERSED.at(place, start=cue.start, end=cue.end)
        elif cue.ends == cue.begins:
            yield EMPTY.at(place, start=cue.start)
        if previous is not None and cue.begins < previous.begins:
            yield ORDER.at(place, start=cue.start, before=previous.start)
        elif latest is not None and cue.begins < latest.ends:
            yield overlap.at(place, start=cue.start, before=latest.end, line=latest.line)
        previous = cue
        latest = cue if latest is None or cue.ends > latest.ends else latest


def check_text(lines: Sequence[tuple[int, str]], at: int, source: str) -> Iterator[Problem]:
    """The lines of text of a cue whose times are on line ``at``."""
    if not any(text.strip() for _, text in lines):
        yield NO_TEXT.at(Place(source, at))
    for number, text in lines:
        if "-->" in text:
            yield ARROW.at(Place(source, number))
