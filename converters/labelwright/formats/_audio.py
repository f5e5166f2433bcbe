"""What the formats of sound share: the medium of an item, its stretches of time, the words said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.io.wav import wav_seconds
from labelwright.problems import Place, Problems, ProblemType, Severity
from labelwright.records import Item, Kind, Resolved, Segment

NO_MEDIA = ProblemType(
    "audio.no-media",
    "An item has no sound",
    "the item has no text under the input {name!r} that names a file",
    "Check the template's inputs against the data.",
)
NAME_REPEATED = ProblemType(
    "audio.name-repeated",
    "Two items have files of one name",
    "another item has a file named {name!r} too; this one is written as {written!r}",
    "None needed. Give the files names of their own to silence this.",
    Severity.WARNING,
)
SEGMENT_EMPTY = ProblemType(
    "audio.segment-empty",
    "A stretch of time has no length",
    "the stretch from {start} to {end} seconds has no length in whole milliseconds",
    "Correct the segment in the annotation tool.",
    loss=True,
)
TYPES = ("audio", "video")
LONGEST = 120  # characters of a file's name
_UNSAFE = re.compile(r"[^\w.\-]+")


class Stretch(Struct, frozen=True):
    """A stretch of time in whole milliseconds with its labels and words. ``words`` None: not asked."""

    start: int
    end: int
    channel: int
    labels: tuple[str, ...]
    words: str | None


def milliseconds(seconds: float) -> int:
    """Seconds as whole milliseconds; halves go to the even one."""
    return round(seconds * 1000)


def audio_input(template: Template, control: str = "") -> str:
    """The input that a control is asked about: the one it names, else the first sound or film."""
    asked = template.controls.get(control)
    if asked is not None and asked.input:
        return asked.input
    return next((name for name, given in template.inputs.items() if given.type in TYPES), "audio")


def segment_control(template: Template) -> str:
    """The control whose segments are written: who speaks, where that is asked; else the first."""
    found = [name for name, asked in template.controls.items() if asked.kind is Kind.SEGMENTS]
    speaking = [name for name in found if template.controls[name].diarization]
    return next(iter([*speaking, *found]), "")


def words_control(template: Template, on: str) -> str:
    """The control for the words of a segment (``on``) or of the item (``on`` empty)."""
    for kind in (Kind.TRANSCRIPT, Kind.TEXT):
        for name, asked in template.controls.items():
            if asked.kind is kind and asked.on == on:
                return name
    return ""


def path_of(uri: str) -> str:
    """The path in an address: that of the file behind it for Label Studio's local files."""
    parts = urlsplit(uri)
    local = parse_qs(parts.query).get("d", [""])[0]
    if local:
        return local
    return unquote(parts.path) if parts.scheme else uri


def stem_of(uri: str) -> str:
    """A name for the medium without folder, ending and anything that separates columns."""
    return _UNSAFE.sub("_", PurePosixPath(path_of(uri)).stem).strip("_")[:LONGEST] or "clip"


def sounds(
    items: Iterable[Resolved], template: Template, control: str, problems: Problems
) -> Iterator[tuple[Resolved, Place, str]]:
    """Each item with the address of its medium; items without one are a problem."""
    name = audio_input(template, control)
    for resolved in items:
        place = Place(item=str(resolved.item.key), control=control)
        uri = resolved.item.inputs.get(name)
        if isinstance(uri, str) and uri.strip():
            yield resolved, place, uri
        else:
            problems.add(NO_MEDIA.at(place, name=name))


class Names:
    """Gives each medium a name that no other has: that of its file, with the item's id if need be."""

    def __init__(self) -> None:
        """No name is taken yet."""
        self._taken: set[str] = set()

    def take(self, uri: str, item: Item, place: Place, problems: Problems) -> str:
        """A free name; a warning in ``problems`` if it is not the file's own."""
        stem = stem_of(uri)
        written = tried = stem
        if stem in self._taken:
            written = tried = f"{stem}.{_UNSAFE.sub('_', item.key.item)}"
            number = 2
            while tried in self._taken:
                number, tried = number + 1, f"{written}.{number}"
            problems.add(NAME_REPEATED.at(place, name=stem, written=tried))
        self._taken.add(tried)
        return tried


def stretches(
    resolved: Resolved, control: str, words: str, place: Place, problems: Problems
) -> list[Stretch]:
    """The stretches of an item in order of time; those marked with several labels once.

    What has no length in whole milliseconds is a loss in ``problems``.
    """
    segments: Sequence[Segment] = resolved.answers.get(control) or ()
    found: dict[tuple[int, int, int, str | None], list[str]] = {}
    for segment in sorted(segments, key=lambda s: (s.start, s.end, s.channel, s.label)):
        start, end = milliseconds(segment.start), milliseconds(segment.end)
        if end <= start:
            problems.add(SEGMENT_EMPTY.at(place, start=segment.start, end=segment.end))
            continue
        said = dict(segment.answers).get(words)
        labels = found.setdefault((start, end, segment.channel, as_words(said)), [])
        if segment.label and segment.label not in labels:
            labels.append(segment.label)
    return [
        Stretch(start, end, channel, tuple(labels), said)
        for (start, end, channel, said), labels in sorted(found.items(), key=lambda f: f[0][:3])
    ]


def as_words(said: object) -> str | None:
    """The answer of a text control as one text; None where nobody answered."""
    if isinstance(said, str):
        return said
    if isinstance(said, list | tuple):
        return "\n".join(str(part) for part in said)
    return None


def length_of(item: Item, uri: str, name: str) -> float | None:
    """Seconds of the medium of an input: as the item says, else as a WAV file at hand does."""
    stated = item.length(name)
    if stated is not None:
        return stated
    parts = urlsplit(uri)
    path = Path(path_of(uri))
    if parts.scheme not in ("", "file") or path.suffix.lower() != ".wav":
        return None
    return wav_seconds(path)
