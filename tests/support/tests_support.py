"""Small data that several tests share."""

from __future__ import annotations

import json
from pathlib import Path

from export_maker import write_export


def expected_files(folder: Path) -> list[tuple[str, Path]]:
    """(target, file) of what a template's export must give.

    ``expected.jsonl`` is the training file for ionos; any other file has the target's name in its own:
    ``expected.csv``, ``expected.nemo.json``, ``expected.trl-preference.jsonl``.
    """
    found = []
    for path in sorted(folder.glob("expected*")):
        target = "ionos" if path.name == "expected.jsonl" else path.name.split(".")[1]
        found.append((target, path))
    return found


# What the shapes of templates must lose in these: YOLO's files have no place for answers about a shape.
LOSING = frozenset(("mot", "yolo", "yolo-obb", "yolo-pose", "yolo-seg"))


def export_of(folder: Path) -> Path:
    """The export that comes with a template: Label Studio's, or CVAT's where nothing else can draw it."""
    found = folder / "export.json"
    return found if found.is_file() else folder / "export.xml"


def files_below(path: Path) -> list[Path]:
    """The files of a folder and of those in it, in order; a file itself."""
    return sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]


def email_export(path: Path, items: int, people: int = 3) -> Path:
    """An export of e-mails with ``people`` annotators an item."""
    write_export(path, items)
    if people < 3:
        tasks = json.loads(path.read_text())
        for task in tasks:
            task["annotations"] = task["annotations"][:people]
            for number, annotation in enumerate(task["annotations"]):
                annotation["completed_by"] = number + 1
        path.write_text(json.dumps(tasks))
    return path
