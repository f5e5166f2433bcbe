"""The metadata of a Hugging Face audio folder: ``metadata.jsonl`` with one object per sound.

``file_name`` is the path from the folder that holds the metadata; of an address or of a path that leads
out of the folder its last part is taken, which is said: the sound must be put there. The words of a
sound are its ``transcription``; every other answer has the name of its control. All rows have all keys.
Write to a file named ``metadata.jsonl``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import msgspec

from labelwright.contracts import Format, Template
from labelwright.formats._audio import as_words, path_of, sounds, words_control
from labelwright.formats._text import json_rows, within
from labelwright.problems import Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Kind, Resolved, Segment

NO_NAME = ProblemType(
    "audiofolder.no-file-name",
    "A row names no file",
    "the key 'file_name' is missing or no text",
    "Write the path of the sound, from this file's folder, as 'file_name'.",
)
OUTSIDE = ProblemType(
    "audiofolder.outside",
    "A row names a file outside the folder",
    "{name!r} is no path inside the folder",
    "Put the sounds into the folder and write relative paths.",
)
REPEATED = ProblemType(
    "audiofolder.repeated",
    "Two rows name one file",
    "line {first} names {name!r} too",
    "Write one row per file.",
)
KEYS_DIFFER = ProblemType(
    "audiofolder.keys-differ",
    "Rows have different keys",
    "the row has the keys {keys}; line {first} has {wanted}",
    "Give every row all keys, null where there is nothing.",
    Severity.WARNING,
)
ELSEWHERE = ProblemType(
    "audiofolder.file-elsewhere",
    "A sound lies outside the folder",
    "{uri!r} is written as {name!r}; put the file there",
    "Copy the file into the folder under that name.",
    Severity.WARNING,
)
SAME_FILE = ProblemType(
    "audiofolder.same-file",
    "Two items have sounds of one file name",
    "another item's row has {name!r} already; this one is left out",
    "Give the files names of their own.",
    loss=True,
)
NOTHING = ProblemType(
    "audiofolder.no-rows", "The file has no rows", "no row names a file", "Pass a file with rows."
)
WORDS = "transcription"


class AudioFolder:
    """One row per sound."""

    name = "audiofolder"
    title = "Hugging Face audio folder (metadata.jsonl)"
    reference = "https://huggingface.co/docs/datasets/audio_dataset#audiofolder"
    suffix = ".jsonl"
    kinds = frozenset(
        {Kind.TRANSCRIPT, Kind.SEGMENTS, Kind.CHOICE, Kind.CHOICES, Kind.RATING, Kind.NUMBER, Kind.TEXT}
    )
    inputs = frozenset({"audio"})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """One row per item."""
        words = words_control(template, "")
        asked = [name for name, control in template.controls.items() if not control.on and name != words]
        taken: set[str] = set()
        for resolved, place, uri in sounds(items, template, words, problems):
            name = _inside(uri)
            if name != uri:
                problems.add(ELSEWHERE.at(place, uri=uri, name=name))
            if name in taken:
                problems.add(SAME_FILE.at(place, name=name))
                continue
            taken.add(name)
            row: dict[str, Any] = {"file_name": name}
            if words:
                row[WORDS] = as_words(resolved.answers.get(words))
            yield msgspec.json.encode(row | {n: _plain(resolved.answers.get(n)) for n in asked}) + b"\n"

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Names, keys and types of every row."""
        names: dict[str, int] = {}
        wanted: tuple[list[str], int] | None = None
        lines = 0
        for place, row, problem in json_rows(data, source):
            lines += 1
            if problem is not None:
                yield problem
                continue
            keys = sorted(row)
            wanted = wanted or (keys, place.line)
            if keys != wanted[0]:
                what = {"keys": ", ".join(keys), "first": wanted[1], "wanted": ", ".join(wanted[0])}
                yield KEYS_DIFFER.at(place, **what)
            name, at = row.get("file_name"), within(place, "file_name")
            if not isinstance(name, str) or not name.strip():
                yield NO_NAME.at(at)
                continue
            if _inside(name) != name:
                yield OUTSIDE.at(at, name=name)
            first = names.setdefault(name, place.line)
            if first != place.line:
                yield REPEATED.at(at, name=name, first=first)
        if not lines:
            yield NOTHING.at(Place(source))


def _inside(uri: str) -> str:
    """The address itself if it is a path inside a folder, else the name of its file."""
    path = PurePosixPath(path_of(uri))
    inside = not urlsplit(uri).scheme and not path.is_absolute() and ".." not in path.parts
    return uri if inside and path_of(uri) == uri else path.name or "clip"


def _plain(value: Any) -> Any:
    """An answer as JSON: of segments the times, the label, the channel and what was asked of each."""
    if isinstance(value, tuple) and value and isinstance(value[0], Segment):
        return [
            {"start": s.start, "end": s.end, "label": s.label, "channel": s.channel, **dict(s.answers)}
            for s in value
        ]
    return list(value) if isinstance(value, tuple) else value


plugin: Format = AudioFolder()
