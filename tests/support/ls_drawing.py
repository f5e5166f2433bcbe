"""Results of Label Studio for tests, and what is read of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labelwright.contracts import Control, Input, Source, Template
from labelwright.problems import READ, Problems
from labelwright.records import Item, Kind
from labelwright_plugins.label_studio import plugin

RECORDED = Path(__file__).parents[1] / "label_studio" / "recorded"


def template(name: str = "objects", labels: list[str] | None = None, **more: Any) -> Template:
    """One control of shapes on an image."""
    control = Control(Kind.SHAPES, labels or [], **more)
    return Template("test", inputs={"image": Input("image")}, controls={name: control})


def region(type_: str, value: dict[str, Any], name: str = "objects", **more: Any) -> dict[str, Any]:
    size = {"original_width": 400, "original_height": 100, "image_rotation": 0}
    own = {"id": "r", "from_name": name, "to_name": "image", "type": type_, "origin": "manual"}
    return {**size, **own, "value": value, **more}


def recorded(name: str, asked: Template) -> tuple[list[Item], Problems]:
    """The items of a recorded export, read with its own label config."""
    path, problems = RECORDED / f"{name}.json", Problems()
    config = (RECORDED / f"{name}.xml").read_text()
    source = Source(str(path), label_config=config, name=path.name)
    items = list(plugin.read(source, plugin.adapt(source, asked, problems), problems))
    assert not problems.ledger(READ).missing
    return items, problems


def read_tasks(
    folder: Path, tasks: list[dict[str, Any]], asked: Template, config: str = ""
) -> tuple[list[Item], Problems]:
    """The items of tasks, each of whose objects is accounted for."""
    path, problems = folder / "export.json", Problems()
    path.write_text(json.dumps(tasks))
    source = Source(str(path), label_config=config, name=path.name)
    items = list(plugin.read(source, plugin.adapt(source, asked, problems), problems))
    assert not problems.ledger(READ).missing, problems.ledgers
    return items, problems


def read(
    folder: Path,
    results: list[dict[str, Any]],
    asked: Template | None = None,
    config: str = "",
    data: dict[str, Any] | None = None,
) -> tuple[dict[str, Any], Problems]:
    """The answers of one annotation."""
    annotation = {"id": 5, "completed_by": 2, "result": results}
    task = {"id": 1, "data": data or {"image": "a.png"}, "annotations": [annotation]}
    items, problems = read_tasks(folder, [task], asked or template(), config)
    return items[0].annotations[0].answers, problems


def lost(problems: Problems) -> dict[str, int]:
    """What was lost in reading, by code."""
    return problems.ledger(READ).lost
