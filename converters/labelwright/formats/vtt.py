"""WebVTT subtitles: a header, then cues with times and text.

A label is the voice of its cue where segments tell who speaks, else the class of its text.

One file per item where the output is a folder; a file named ``*.vtt`` holds one item. ``&``, ``<`` and
``>`` in texts are written as character references, so that any text is held, arrows too. Cues may
overlap; that is worth a look only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from labelwright.contracts import Format
from labelwright.formats._subtitles import (
    NOTHING,
    OVERLAP_SEEN,
    TIMES,
    Cue,
    Read,
    Subtitles,
    check_text,
    check_times,
    stamp,
)
from labelwright.formats._text import MARKED, decoded_lines
from labelwright.problems import Place, Problem, Problems, ProblemType

HEADER = ProblemType(
    "vtt.header",
    "The file does not begin as WebVTT does",
    "the first line is {found!r}; it must be 'WEBVTT'",
    "Write WEBVTT on the first line and leave the next one blank.",
)
NO_TIMES = ProblemType(
    "vtt.no-times",
    "A block of lines has no times",
    "no line of times follows {found!r}; readers skip the block",
    "Write the times of the cue, or begin the block with NOTE.",
)
CLASS = ProblemType(
    "vtt.label-rewritten",
    "A label is no word, as the class of a text must be",
    "the label {label!r} is written as {written!r}",
    "Rename the label, or give it an alias of letters and digits.",
    loss=True,
)
_TIME = r"(?:(\d{2,6}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMES = re.compile(rf"({_TIME})[ \t]+-->[ \t]+({_TIME})(?:[ \t]+\S.*)?")
_OTHER = re.compile(r"(NOTE|STYLE|REGION)(?:[ \t].*)?")
WANTED = "00:00:01.000 --> 00:00:02.000"


def escaped(text: str) -> str:
    """Text without what WebVTT takes for markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _written(cues: Sequence[Cue], place: Place, problems: Problems) -> bytes:
    blocks = ["WEBVTT\n"]
    for cue in cues:
        text = "\n".join(escaped(line) for line in cue.lines)
        if cue.labels and cue.speaks:
            text = f"<v {escaped(' '.join(', '.join(cue.labels).split()))}>{text}"
        elif cue.labels:
            text = f"<c.{'.'.join(_class(label, place, problems) for label in cue.labels)}>{text}</c>"
        blocks.append(f"{stamp(cue.start, '.')} --> {stamp(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks).encode()


def _class(label: str, place: Place, problems: Problems) -> str:
    """A label as a class, which is one word."""
    name = re.sub(r"[^\w-]+", "_", label)
    if name != label:
        problems.add(CLASS.at(place, label=label, written=name))
    return name


class Vtt(Subtitles):
    """Cues with voices."""

    name = "vtt"
    title = "WebVTT subtitles"
    reference = "https://www.w3.org/TR/webvtt1/"
    suffix = ".vtt"
    written = staticmethod(_written)

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """The header, and times and texts of every cue."""
        read: list[Read] = []
        block: list[tuple[int, str]] = []
        first = True
        for number, text, problem in decoded_lines(data, source):
            if problem is not None:
                if problem.code != MARKED.code:  # WebVTT allows the mark
                    yield problem
                continue
            if first:
                first = False
                if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", text):
                    yield HEADER.at(Place(source, number), found=text[:40])
                    if "-->" in text:
                        block.append((number, text))
            elif text.strip():
                block.append((number, text))
            else:
                yield from _block(block, source, read)
                block = []
        yield from _block(block, source, read)
        if not read:
            yield NOTHING.at(Place(source))
        yield from check_times(read, source, OVERLAP_SEEN)


def _block(block: list[tuple[int, str]], source: str, read: list[Read]) -> Iterator[Problem]:
    """One block of lines: a cue joins ``read``, notes and styles are passed over."""
    if not block or _OTHER.fullmatch(block[0][1]):
        return
    at = 0 if "-->" in block[0][1] else 1
    line, times = block[at] if at < len(block) else (0, "")
    if "-->" not in times:
        yield NO_TIMES.at(Place(source, block[0][0]), found=block[0][1][:40])
        return
    match = _TIMES.fullmatch(times.strip())
    if match is None:
        yield TIMES.at(Place(source, line), found=times[:60], wanted=WANTED)
    else:
        read.append(Read(line, match[1], match[6], _thousandths(match, 2), _thousandths(match, 7)))
    yield from check_text(block[at + 1 :], line, source)


def _thousandths(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds, rest = (int(match[first + i] or 0) for i in range(4))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


plugin: Format = Vtt()
