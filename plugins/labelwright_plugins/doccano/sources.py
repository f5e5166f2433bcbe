"""The forms in which doccano hands out annotations, and how each is opened."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from labelwright.contracts import Source
from labelwright.io.archive import Archive, is_zip
from labelwright.io.problems import EMPTY
from labelwright.problems import DataError, Place, Problems
from labelwright_plugins.doccano import older
from labelwright_plugins.doccano import problems as p
from labelwright_plugins.doccano.raw import CSV, FASTTEXT, JSON, JSONL, SUFFIXES, Row, rows

PULLED = "doccano.json"
ANSWERED, APPROVED = "answers", "approved"  # folders of a pulled project
SHARED = "all"  # the name of the file of a project whose annotators share one set of answers
LONGEST = 1 << 30
_KEYS = re.compile(
    rb'"(id|doc_id|text|data|filename|Comments|label|labels|cats|entities|bbox|segmentation|sentences)"\s*:'
)
_THEIRS = re.compile(rb'"(completed_by|annotations|was_cancelled|drafts|messages|images|categories)"\s*:')
# Of versions before 1.5: a record whose labels are numbers.
_NUMBERED = re.compile(
    rb'\[?\s*\{\s*"id"\s*:\s*\d+\s*,\s*"text"\s*:.*"annotations"\s*:\s*\[\s*\{[^}]*"user"\s*:\s*\d', re.DOTALL
)
_ANSWER = frozenset((b"label", b"labels", b"cats", b"entities", b"bbox", b"segmentation", b"sentences"))
_SHOWN = frozenset((b"text", b"data", b"filename"))
_HEADER = re.compile(rb"^(?:\xef\xbb\xbf)?id,text,(?:[^\n]*,)?label,Comments\r?\n")
_COMMENT = re.compile(rb"^\"?(__label__\S|[^\n]* __comment__)")


class Type(msgspec.Struct):
    """A kind of label of a project."""

    text: str = ""


class Shown(msgspec.Struct):
    """An example of a project: the name it was uploaded by, and where its file is."""

    id: int
    upload_name: str = ""
    url: str = ""


class About(msgspec.Struct):
    """What a pull says of a project; ``labels`` by the list they are in (``category-types`` ...)."""

    url: str = ""
    id: int = 0
    name: str = ""
    project_type: str = ""
    collaborative: bool = False
    single: bool = False
    relations: bool = False
    labels: dict[str, list[Type]] = {}
    examples: list[Shown] = []
    replaced: int = 0  # examples whose id is replaced by their meta data in the export


class Part(msgspec.Struct):
    """One file of answers: all of one annotator's, or of all who share them."""

    annotator: str
    name: str
    form: str
    data: bytes
    approved: frozenset[str] | None = None  # ids; None: not known

    def rows(self, problems: Problems) -> Iterator[Row]:
        """The records of the file."""
        return rows(self.data, self.form, self.name, problems)


def recognise(source: Source, head: bytes) -> str:
    """Name the form of a source; empty if it is none of doccano's."""
    path = Path(source.path)
    if path.is_dir():
        if (path / PULLED).is_file():
            return "pulled project"
        return _of_several(path)
    if is_zip(path):
        return _of_several(path)
    return _of_bytes(_first(path, head), Path(source.name or source.path).suffix)


def _first(path: Path, head: bytes) -> bytes:
    """The beginning, with the end of the first record where that is longer than what was looked at."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or b"\n" in head.strip() or not path.is_file():
        return head
    with path.open("rb") as file:
        line = file.readline(LONGEST)
    return head + line[max(len(head), len(line) - len(head)) :].rstrip()


def _of_bytes(head: bytes, suffix: str = "") -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if start[:1] == b"{" and _is_record(start.split(b"\n", 1)[0]):
        return JSONL
    if re.match(rb"\[\s*\{", start) and _is_record(start):
        return JSON
    if _HEADER.match(head):
        return CSV
    return FASTTEXT if suffix == ".txt" and _COMMENT.match(start) else ""


def _is_record(text: bytes) -> bool:
    keys = set(_KEYS.findall(text))
    if _NUMBERED.match(text):
        return True
    if b"doc_id" in keys and b"username" in text:
        return bool(keys & _ANSWER)
    if _THEIRS.search(text) or not keys & _SHOWN or b"id" not in keys:
        return False
    return b"Comments" in keys or (bool(keys & _ANSWER) and re.match(rb'\[?\s*\{\s*"id"', text) is not None)


def _of_several(path: Path) -> str:
    """Of a folder or archive: every file in it must be doccano's, in one folder and of one form."""
    with Archive(str(path)) as archive:
        names = archive.names()
        if not names or len({(PurePosixPath(n).parent, PurePosixPath(n).suffix) for n in names}) != 1:
            return ""
        if PurePosixPath(names[0]).suffix not in SUFFIXES:
            return ""
        found = set()
        for name in names:
            with archive.open(name) as handle:
                head = handle.read(1 << 16)
            if head.strip():  # of nobody's answers there is an empty file
                found.add(_of_bytes(_plain(head), PurePosixPath(name).suffix) or _untouched(head, name))
        if not found and all(name.endswith(".jsonl") for name in names):
            return f"{JSONL} of a project"  # that nothing is in is told when it is read
    return f"{found.pop()} of a project" if len(found) == 1 and "" not in found else ""


def _plain(head: bytes) -> bytes:
    """The beginning of a file in UTF-8 if it is UTF-16: whose it is is known before it is refused."""
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return head.decode("utf-16", "ignore").encode("utf-8", "ignore") if marked else head


def _untouched(head: bytes, name: str) -> str:
    """A fastText file of an annotator who labelled nothing holds texts alone, each behind a blank."""
    own = name.endswith(".txt") and all(x[:1] in (b" ", b'"', b"_") for x in head.split(b"\n")[:1])
    return FASTTEXT if own else ""


def annotator(stem: str) -> str:
    """What a file's annotator is known by, never an e-mail address."""
    if "@" in stem:
        return "user-" + hashlib.sha256(stem.casefold().encode()).hexdigest()[:12]
    return stem


def about(source: Source) -> About | None:
    """What a pull says of the project; None for an export. Raises ``DataError`` if it is damaged."""
    path = Path(source.path) / PULLED
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=About)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        place = Place(source=source.name or source.path)
        raise DataError(p.NOT_PULLED.at(place, reason=f"{PULLED} cannot be read: {error}")) from None


def parts(source: Source) -> list[Part]:
    """The files of a source, by their names. Raises ``DataError`` for what cannot be read."""
    label = source.name or source.path
    pulled = (Path(source.path) / PULLED).is_file()
    with Archive(source.path, source.name) as archive:
        found = []
        for name in archive.names():
            pure = PurePosixPath(name)
            if pulled and pure.parent.as_posix() != ANSWERED:
                continue
            data = archive.read(name, LONGEST)
            form = _of_bytes(data[: 1 << 16], pure.suffix) if archive.only else ""
            form = form or SUFFIXES.get(pure.suffix, JSONL)
            called = label if archive.only else f"{label}/{name}"
            each = older.by_user(data) if form == JSONL else {}
            found += [Part(annotator(user), called, form, lines) for user, lines in each.items()]
            if each:
                continue
            found.append(Part(annotator(pure.stem), called, form, data))
            if pulled:
                found[-1].approved = _approved(archive, f"{APPROVED}/{pure.name}", label)
    if not pulled and not any(part.data.strip() for part in found):
        raise DataError(EMPTY.at(Place(source=label)))
    return found


def _approved(archive: Archive, name: str, label: str) -> frozenset[str]:
    if name not in archive.names():
        raise DataError(p.NOT_PULLED.at(Place(source=label), reason=f"{name} is missing"))
    found = rows(archive.read(name, LONGEST), JSONL, f"{label}/{name}", Problems())
    return frozenset(identity(row.id) for row in found)


def identity(found: Any) -> str:
    """An id in words: pandas writes whole numbers as floats where another example lacks them."""
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    return str(found)
