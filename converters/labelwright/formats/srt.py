"""SubRip subtitles: number, times with a comma, text, a blank line.

One file per item where the output is a folder; a file named ``*.srt`` holds one item. A label has no
place in SubRip: leaving it out is a counted loss where there are several to choose from. An arrow in a
text is written ``->``, a counted loss too. Cues that overlap are an error: players show one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from labelwright.contracts import Format
from labelwright.formats._subtitles import (
    NOTHING,
    OVERLAP,
    OVERLAP_WRITTEN,
    TIMES,
    Cue,
    Read,
    Subtitles,
    check_text,
    check_times,
    stamp,
)
from labelwright.formats._text import decoded_lines
from labelwright.problems import Place, Problem, Problems, ProblemType

NUMBER = ProblemType(
    "srt.number",
    "A cue does not have its number",
    "the cue has {found!r} above its times; the number {wanted} belongs there",
    "Count the cues from 1.",
)
LABEL = ProblemType(
    "srt.label-left-out",
    "SubRip has no place for labels, such as who speaks",
    "the label {label!r} is left out",
    "Write WebVTT, which holds them.",
    loss=True,
)
ARROW_WRITTEN = ProblemType(
    "srt.arrow-rewritten",
    "A text holds an arrow, as only lines of times do",
    "'-->' in the text from {start:.3f} seconds is written '->'",
    "Write another arrow in the text.",
    loss=True,
)
_TIME = r"(\d{2,6}):([0-5]\d):([0-5]\d),(\d{3})"
_TIMES = re.compile(rf"({_TIME}) --> ({_TIME})(?:\s+\S.*)?")
WANTED = "00:00:01,000 --> 00:00:02,000"


def _written(cues: Sequence[Cue], place: Place, problems: Problems) -> bytes:
    blocks: list[str] = []
    until = 0
    for number, cue in enumerate(cues, 1):
        start = cue.start / 1000
        if cue.start < until:
            problems.add(OVERLAP_WRITTEN.at(place, start=start, before=until / 1000))
        until = max(until, cue.end)
        if cue.labels:
            problems.add(LABEL.at(place, label=", ".join(cue.labels)))
        text = "\n".join(cue.lines)
        if "-->" in text:
            problems.add(ARROW_WRITTEN.at(place, start=start))
            text = re.sub("--+>", "->", text)
        blocks.append(f"{number}\n{stamp(cue.start, ',')} --> {stamp(cue.end, ',')}\n{text}\n")
    return "\n".join(blocks).encode()


class Srt(Subtitles):
    """Numbered cues."""

    name = "srt"
    title = "SubRip subtitles"
    reference = "https://www.loc.gov/preservation/digital/formats/fdd/fdd000569.shtml"
    suffix = ".srt"
    written = staticmethod(_written)

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Numbers, times and texts of every cue."""
        read: list[Read] = []
        count = 0
        for block in _blocks(data, source):
            if isinstance(block, Problem):
                yield block
                continue
            count += 1
            if block[0][1].strip().lstrip("0") != str(count):
                yield NUMBER.at(Place(source, block[0][0]), found=block[0][1][:40], wanted=count)
                if "-->" not in block[0][1]:
                    block = block[1:]  # the number is another; without one the times come first
            else:
                block = block[1:]
            if not block:
                yield TIMES.at(Place(source), found="", wanted=WANTED)
                continue
            line, times = block[0]
            match = _TIMES.fullmatch(times.strip())
            if match is None:
                yield TIMES.at(Place(source, line), found=times[:60], wanted=WANTED)
            else:
                begins, ends = _thousandths(match, 2), _thousandths(match, 7)
                read.append(Read(line, match[1], match[6], begins, ends))
            yield from check_text(block[1:], line, source)
        if not count:
            yield NOTHING.at(Place(source))
        yield from check_times(read, source, OVERLAP)


def _thousandths(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds, rest = (int(match[first + i]) for i in range(4))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _blocks(data: Iterable[bytes], source: str) -> Iterator[list[tuple[int, str]] | Problem]:
    """Runs of lines that are not blank, with their numbers, and problems of encoding."""
    block: list[tuple[int, str]] = []
    for number, text, problem in decoded_lines(data, source):
        if problem is not None:
            yield problem
        elif text.strip():
            block.append((number, text))
        elif block:
            yield block
            block = []
    if block:
        yield block


plugin: Format = Srt()
