"""``labelwright`` with a kill in a place of the test's choosing: ``python driven_service.py serve ...``.

``LABELWRIGHT_DRIVEN`` is JSON: ``kill`` names a point of a rebuild at which the process ends by kill -9,
``set`` gives other values to constants, by their dotted names, and while there is a file ``full``, SQLite
is told that its files may not grow, which it reports as a full disk.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from labelwright.cli import main
from labelwright.service.work import found, process, record, workflows

STEPS = ("begin", "work", "finish")
POINTS = (
    "before begin", "inside begin", "after begin",
    "before work", "inside work", "after work",
    "before finish", "inside finish", "after finish",
)  # fmt: skip


def die() -> None:
    """kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(10)


def _around(step: str, when: str) -> None:
    """Die before or after a step's own work; after it, the engine has not written the outcome down yet."""
    real: Callable[..., Any] = getattr(workflows.Workflows, step)

    def instead(*arguments: Any) -> Any:
        if when == "before":
            die()
        outcome = real(*arguments)
        die()
        return outcome

    setattr(workflows.Workflows, step, instead)


def _inside(step: str) -> None:
    if step == "begin":  # nothing is written yet, the project is locked
        vars(record)["_settle"] = lambda service, project: die()
    elif step == "work":  # while the other process is at work
        answer = process._answer

        def later(*arguments: Any) -> Any:
            threading.Timer(0.3, die).start()
            return answer(*arguments)

        vars(process)["_answer"] = later
    else:  # the record is committed, the file of what is known not yet replaced
        save = found.save

        def instead(folder: Path, name: str, what: found.Found) -> None:
            if name == found.KNOWN:
                die()
            save(folder, name, what)

        vars(found)["save"] = instead


def _may_be_full(flag: Path) -> None:
    @sa.event.listens_for(sa.engine.Engine, "engine_connect")
    def limit(connection: Any) -> None:
        if connection.dialect.name == "sqlite":
            most = 1 if flag.exists() else 1 << 30
            connection.connection.cursor().execute(f"PRAGMA max_page_count = {most}").close()


def drive(wanted: dict[str, Any]) -> None:
    """Make the process what the test asks for."""
    for name, value in wanted.get("set", {}).items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, value)
    if wanted.get("full"):
        _may_be_full(Path(wanted["full"]))
    when, _, step = wanted.get("kill", "").partition(" ")
    if when == "inside":
        _inside(step)
    elif when:
        _around(step, when)


if __name__ == "__main__":
    drive(json.loads(os.environ.get("LABELWRIGHT_DRIVEN", "{}")))
    main(sys.argv[1:])
