"""Items of a file, and which of them a project lacks."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Template
from labelwright.problems import DataError, Place, ProblemType
from labelwright_plugins.doccano.client import Client
from labelwright_plugins.doccano.raw import MAX_CELL, OWN

BAD_ITEMS = ProblemType(
    "doccano.items-unreadable",
    "A file of items cannot be read",
    "{reason}",
    "Items are a JSON list of objects, one JSON object a line (.jsonl), or CSV with a header, in UTF-8.",
)
NO_INPUT = ProblemType(
    "doccano.item-without-input",
    "An item lacks what the template shows",
    "item {number} has no {missing!r}; it has {found}",
    "Name the column as the template's input is named.",
)
RESERVED = ProblemType(
    "doccano.item-key-reserved",
    "An item has a key that doccano writes itself",
    "item {number} has the key {key!r}, which would replace doccano's own in exports or make them fail",
    "Rename the key.",
)
NO_FILE = ProblemType(
    "doccano.item-file-missing",
    "An item names a file that is not there",
    "item {number} names {name!r}, which is no file beside the items",
    "Put the files where the items say, relative to the file of items.",
)
SAME_NAME = ProblemType(
    "doccano.item-file-name-twice",
    "Two items name different files of the same name",
    "item {number} names {name!r}, another {other!r}: doccano knows a file by its name alone",
    "Rename one of the files.",
)
FORMS = {"Speech2text": "AudioFile"}  # else images
MEDIA = ("ImageClassification", "BoundingBox", "Segmentation", "ImageCaptioning", "Speech2text")
BATCH = 50  # files of one upload


class Waiting(msgspec.Struct):
    """An item to be sent: words with the rest as meta data, or a file."""

    text: str = ""
    meta: dict[str, Any] = {}
    file: Path | None = None

    def content(self) -> str:
        """What two items share that are the same."""
        if self.file is not None:
            return self.file.name
        return digest(self.text, self.meta)


def digest(text: Any, meta: Any) -> str:
    """A hash of a text with its meta data; ``score`` and the like apart."""
    data = msgspec.json.encode([text, meta], order="sorted")
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def read_items(path: Path, template: Template, kind: str) -> list[Waiting]:
    """The items of a file for a project of that type. Raises ``DataError``."""
    place = Place(source=path.name)
    wanted = ("image", "audio") if kind in MEDIA else ("text",)
    name = next(n for n, given in template.inputs.items() if given.type in wanted)
    found = []
    named: dict[str, str] = {}
    for number, record in enumerate(_records(path, place), 1):
        shown = record.pop(name, None)
        if not isinstance(shown, str) or not shown:
            there = ", ".join(sorted(record)) or "nothing"
            raise DataError(NO_INPUT.at(place, number=number, missing=name, found=there))
        for key in record:
            if key in OWN:
                raise DataError(RESERVED.at(place, number=number, key=key))
        if kind not in MEDIA:
            found.append(Waiting(shown, record))
            continue
        file = path.parent / shown
        if not file.is_file():
            raise DataError(NO_FILE.at(place, number=number, name=shown))
        if named.setdefault(file.name, shown) != shown:
            raise DataError(SAME_NAME.at(place, number=number, name=shown, other=named[file.name]))
        found.append(Waiting(meta=record, file=file))
    return found


def _records(path: Path, place: Place) -> list[dict[str, Any]]:
    try:
        text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        if path.suffix == ".csv":
            csv.field_size_limit(MAX_CELL)
            found: Any = [dict(row) for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)]
        elif path.suffix == ".jsonl":
            found = [json.loads(line) for line in text.split("\n") if line.strip()]
        else:
            found = json.loads(text)
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise DataError(BAD_ITEMS.at(place, reason=str(error))) from None
    good = isinstance(found, list) and all(isinstance(x, dict) and None not in x for x in found)
    if not good or not found:
        raise DataError(BAD_ITEMS.at(place, reason="it is no list of items with named values"))
    return list(found)


def bring(client: Client, project: int, kind: str, waiting: list[Waiting]) -> tuple[int, int, int]:
    """Send what a project lacks; how many were sent, were there, stood in the file more than once."""
    if not waiting:
        return 0, 0, 0
    path = f"/v1/projects/{project}/examples"
    there = Counter(
        str(x.get("upload_name")) if kind in MEDIA else digest(x.get("text"), x.get("meta"))
        for x in client.pages(path)
    )
    new: dict[str, Waiting] = {}
    present = duplicates = 0
    for item in waiting:
        key = item.content()
        if key in there:
            present += 1
        elif key in new:
            duplicates += 1
        else:
            new[key] = item
    if kind in MEDIA:
        _files(client, project, kind, list(new.values()))
    else:
        for item in new.values():
            client.post(path, {"text": item.text, "meta": item.meta})
    return len(new), present, duplicates


def _files(client: Client, project: int, kind: str, waiting: list[Waiting]) -> None:
    for start in range(0, len(waiting), BATCH):
        names = [x.file for x in waiting[start : start + BATCH] if x.file is not None]
        uploads = [client.upload(file.name, file.read_bytes()) for file in names]
        client.ingest(project, kind, FORMS.get(kind, "ImageFile"), uploads)
    path = f"/v1/projects/{project}/examples"
    meta = {x.content(): x.meta for x in waiting if x.meta}
    for example in list(client.pages(path)) if meta else []:
        if (more := meta.get(str(example.get("upload_name")))) and not example.get("meta"):
            client.patch(f"{path}/{example['id']}", {"meta": more})
