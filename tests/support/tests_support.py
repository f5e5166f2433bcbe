"""Small data that several tests share."""

from __future__ import annotations

import json
from pathlib import Path

from export_maker import write_export


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


def expected_outputs(folder: Path) -> list[tuple[str, Path]]:
    """What a template's export gives, as (target, file).

    ``expected.TARGET.EXT`` is for TARGET, ``expected.jsonl`` for ionos.
    """
    found = sorted(folder.glob("expected.*"))
    return [(".".join(p.name.split(".")[1:-1]) or "ionos", p) for p in found]
