"""Pulls a project into a folder: everybody's answers, and which of them were confirmed.

The server has no list of what moved, so that every pull asks for the whole export, twice: with everything
and with what was confirmed, since only their difference tells an empty answer from none. What is the same
as before is left untouched.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from labelwright.io.atomic import Pending, writing
from labelwright.problems import DataError, Problem, Problems
from labelwright_plugins.doccano import errors, projects
from labelwright_plugins.doccano.client import Client
from labelwright_plugins.doccano.raw import ANSWERS, JSONL, rows
from labelwright_plugins.doccano.sources import (
    ANSWERED,
    APPROVED,
    PULLED,
    About,
    Shown,
    Type,
    annotator,
    identity,
)

MOST = 1 << 31  # bytes of an unpacked export
TEXTS = ("DocumentClassification", "SequenceLabeling", "Seq2seq", "IntentDetectionAndSlotFilling")


class PullResult(msgspec.Struct, frozen=True):
    """What a pull found. ``changed`` is false when the folder held everything already.

    ``export`` is the folder; ``answered`` counts examples with an answer, once for each annotator,
    ``confirmed`` those that were confirmed. ``problems`` are what was pulled but may be other than it seems.
    """

    id: int
    name: str
    url: str
    export: str
    project_type: str
    annotators: int
    examples: int
    answered: int
    confirmed: int
    changed: bool
    problems: tuple[Problem, ...] = ()


def pull(client: Client, what: str, folder: Path) -> PullResult:
    """Bring ``folder`` to the state of a project, named by its exact name or id.

    Raises ``DataError`` when the server cannot be used, the user may not export, or a file not be written.
    """
    project = projects.resolve(client, what)
    number = int(project["id"])
    files: dict[str, bytes] = {}
    counts = {}
    for part, approved in ((ANSWERED, False), (APPROVED, True)):
        counts[part] = 0
        for stem, data in _unpacked(client, client.export(number, approved)):
            files[f"{part}/{annotator(stem)}.jsonl"] = data
    for name in [n for n in files if n.startswith(ANSWERED)]:
        # Who came between the two exports has confirmed nothing yet.
        files.setdefault(f"{APPROVED}/{PurePosixPath(name).name}", b"")
    ids: set[str] = set()
    for name, data in files.items():
        found = list(rows(data, JSONL, name, Problems()))
        if name.startswith(ANSWERED):
            ids |= {identity(row.id) for row in found}
            counts[ANSWERED] += sum(any(row.fields.get(x) for x in ANSWERS) for row in found)
        else:
            counts[APPROVED] += len(found)
    about, problems = _about(client, project, ids)
    files[PULLED] = msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n"
    changed = _written(folder, files)
    return PullResult(
        id=number, name=str(project["name"]), url=f"{client.url}/projects/{number}", export=str(folder),
        project_type=about.project_type, annotators=sum(n.startswith(ANSWERED) for n in files),
        examples=len(ids), answered=counts[ANSWERED], confirmed=counts[APPROVED], changed=changed,
        problems=tuple(problems),
    )  # fmt: skip


def _unpacked(client: Client, data: bytes) -> list[tuple[str, bytes]]:
    """The files of an export by the name of whose answers they are. Raises ``DataError``."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST:
                raise DataError(errors.NOT_AN_ANSWER.at(url=client.url, what=f"more than {MOST:,} bytes"))
            names = sorted(i.filename for i in archive.infolist() if not i.is_dir())
            return [(PurePosixPath(name).stem, archive.read(name)) for name in names]
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError):
        raise DataError(errors.NOT_AN_ANSWER.at(url=client.url, what="a broken archive")) from None


def _about(client: Client, project: dict[str, Any], exported: set[str]) -> tuple[About, list[Problem]]:
    """What is said of the project, and what is wrong with it. Nobody's name is in it."""
    number = int(project["id"])
    examples = sorted(client.pages(f"/v1/projects/{number}/examples"), key=lambda x: int(x["id"]))
    own = {str(x["id"]) for x in examples}
    replaced = len(exported - own)
    problems = [errors.IDS_REPLACED.at(count=replaced)] if replaced else []
    shown = []
    if project["project_type"] not in TEXTS:
        shown = [
            Shown(int(x["id"]), str(x.get("upload_name") or ""), str(x.get("filename") or ""))
            for x in examples
        ]
    labels = {
        name: [Type(str(x["text"])) for x in found] for name, found in projects.types(client, project).items()
    }
    about = About(
        client.url, number, str(project["name"]), str(project["project_type"]),
        bool(project.get("collaborative_annotation")), bool(project.get("single_class_classification")),
        bool(project.get("use_relation")), labels, shown, replaced,
    )  # fmt: skip
    return about, problems


def _written(folder: Path, files: dict[str, bytes]) -> bool:
    """Write what differs, all or nothing; remove what an earlier pull left; whether anything moved."""
    there = [p for part in (ANSWERED, APPROVED) for p in (folder / part).glob("*.jsonl")]
    gone = [p for p in there if p.relative_to(folder).as_posix() not in files]
    changed = bool(gone)
    with Pending() as pending:
        for name, data in sorted(files.items()):
            target = folder / name
            with contextlib.suppress(OSError):
                if target.read_bytes() == data:
                    continue
            changed = True
            handle = pending.file(target)
            with writing(target):
                handle.write(data)
        pending.commit()
    for path in gone:
        with writing(path):
            path.unlink(missing_ok=True)
    return changed
