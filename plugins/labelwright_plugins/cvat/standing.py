"""How a pulled folder stands: a digest of each task and of each of its jobs.

A task's is of what it shows, a job's of its annotations and of what its answers count by. Times, counts
and addresses, which move with every save, are no part of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from labelwright_plugins.cvat import folder as f
from labelwright_plugins.cvat.cursor import Cursor
from labelwright_plugins.cvat.pulled import Job, RawTask

_GONE = b"-"


def contents(folder: Path) -> Mapping[str, str]:
    """The digests by ``TASK`` and ``TASK/JOB``, in the order of their numbers.

    Raises ``OSError`` and ``msgspec.DecodeError`` for a folder that no pull left behind.
    """
    cursor = msgspec.json.decode((folder / f.CURSOR).read_bytes(), type=Cursor)
    tasks = {name.split("/")[1] for name in cursor.files if name.startswith(f"{f.TASKS}/")}
    found: dict[str, str] = {}
    for task in sorted(tasks, key=lambda name: (len(name), name)):
        number = int(task)
        about = msgspec.json.decode((folder / f.task_file(number, "task")).read_bytes(), type=RawTask)
        shown = (_bytes(folder / f.task_file(number, name)) for name in ("data_meta", "validation_layout"))
        found[task] = f.digest(b"\0".join((f.encode(about, 0), *shown)))
        jobs = msgspec.json.decode((folder / f.task_file(number, "jobs")).read_bytes(), type=list[Job])
        for job in sorted(jobs, key=lambda one: one.id):
            seen = cursor.jobs.get(job.id)
            counted = f.encode(msgspec.structs.replace(job, updated_date=""), 0)
            answers = b"" if seen is None else seen.content.encode()
            found[f"{task}/{job.id}"] = f.digest(b"\0".join((counted, answers)))
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _GONE
