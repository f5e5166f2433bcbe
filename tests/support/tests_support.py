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
