"""Puts a template and its items onto a server. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Template
from labelwright.problems import DataError, Place, ProblemType, UsageError
from labelwright_plugins.label_studio import labels as xml
from labelwright_plugins.label_studio import projects
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.cursor import digest
from labelwright_plugins.label_studio.guidelines import to_html
from labelwright_plugins.label_studio.items import read_items
from labelwright_plugins.label_studio.media import (
    DURATION,
    Media,
    durations_of,
    find_media,
    upload_media,
    with_addresses,
)

LABELS_IN_USE = ProblemType(
    "label-studio.labels-in-use",
    "A project with answers would lose labels",
    "the project has {annotations} annotations, and its configuration would lose {lost}",
    "Install into a new project (--project with another title), or keep the labels that are in use.",
)
ITEMS_LOST = ProblemType(
    "label-studio.items-not-stored",
    "The server stored fewer items than it was sent",
    "{sent} items were sent, {stored} were stored",
    "Run the same command again: items that are there already are not sent twice.",
)
TITLE_LENGTH = range(3, 51)
ANNOTATORS = 2  # the fewest between whom agreement can be measured
BATCH = 500


class InstallResult(msgspec.Struct, frozen=True):
    """What an install did. ``updated`` names the settings of an existing project that it changed."""

    project: int
    title: str
    url: str
    created: bool
    updated: tuple[str, ...]
    imported: int
    present: int  # items that were there before
    duplicates: int  # items that stand in the file more than once; imported once
    uploaded: int = 0  # files that the items name and the server did not have
    measured: int = 0  # imported items whose ``duration`` their WAV file told

    @property
    def changed(self) -> bool:
        """Whether anything on the server is different now."""
        return self.created or bool(self.updated) or self.imported > 0 or self.uploaded > 0


def install(
    client: Client,
    template: Template,
    label_config_xml: str,
    title: str,
    labels: Sequence[str] | None = None,
    items_path: Path | None = None,
) -> InstallResult:
    """Make a project of the template, or bring the one of that exact title up to it.

    ``labels`` replace those of the first control that has any. Settings of an existing project that
    its owner decides (how many annotators, whether instructions pop up) are left alone. Raises
    ``UsageError`` for a title the server would refuse, ``DataError`` for bad items, for labels in use
    that would be lost, and when the server cannot be used. Items are read before anything is sent. Where
    the template has an input ``duration`` that an item lacks, the header of its WAV file tells it.
    """
    if len(title) not in TITLE_LENGTH:
        raise UsageError(f"a project's title has 3 to 50 characters; {title!r} has {len(title)}")
    if title != title.strip():
        raise UsageError("a project's title neither begins nor ends with a blank")
    config = xml.with_labels(label_config_xml, labels) if labels else label_config_xml
    xml.parse(config)
    tasks = read_items(items_path, template) if items_path is not None else []
    media = find_media(tasks, template, items_path.parent) if items_path is not None else {}
    wanted = {
        "label_config": config,
        "description": template.description,
        "expert_instruction": _instruction(template),
    }
    found = projects.find(client, title)
    created = found is None
    updated: tuple[str, ...] = ()
    if found is None:
        # Agreement needs several answers to each item, so the default of one would not do.
        more = {"title": title, "maximum_annotations": ANNOTATORS, "show_instruction": True}
        found = client.post("/api/projects/", {**more, **wanted})
    else:
        updated = _update(client, found, wanted)
    number = int(found["id"])
    brought = _bring(client, number, template, tasks, media)
    return InstallResult(number, title, f"{client.url}/projects/{number}", created, updated, *brought)


def _instruction(template: Template) -> str:
    path = Path(template.folder) / "guidelines.md"
    return to_html(path.read_text(encoding="utf-8")) if template.folder and path.is_file() else ""


def _update(client: Client, found: Mapping[str, Any], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Send what differs; return the names of the settings."""
    change = {key: value for key, value in wanted.items() if (found.get(key) or "") != value}
    if "label_config" in change and xml.same(str(found["label_config"]), change["label_config"]):
        del change["label_config"]
    if "label_config" in change:
        _keep_answers(client, found, change["label_config"])
    if change:
        client.patch(f"/api/projects/{found['id']}/", change)
    return tuple(sorted(change))


def _keep_answers(client: Client, found: Mapping[str, Any], config: str) -> None:
    """Refuse a configuration without labels or controls that answers may hold."""
    # The project's own counter leaves out what was skipped or imported; the tasks know all.
    rows = projects.listing(client, int(found["id"]), "id,annotations_ids")
    count = sum(len(str(r["annotations_ids"]).split(",")) for r in rows if r.get("annotations_ids"))
    if not count:
        return
    old, new = xml.labels_of(str(found["label_config"])), xml.labels_of(config)
    lost = [f"control {name}" for name in sorted(old.keys() - new.keys())]
    for name in sorted(old.keys() & new.keys()):
        lost += [f"{name}={label}" for label in sorted(old[name] - new[name])]
    if lost:
        place = Place(item=f"project {found['id']}")
        raise DataError(LABELS_IN_USE.at(place, annotations=count, lost=", ".join(lost)))


def _bring(
    client: Client,
    project: int,
    template: Template,
    tasks: Sequence[dict[str, Any]],
    media: Mapping[str, Media],
) -> tuple[int, int, int, int, int]:
    """Send files and items that are not there yet; return the counts that end an ``InstallResult``."""
    if not tasks:
        return 0, 0, 0, 0, 0
    rows = list(projects.listing(client, project, "id,data"))
    addresses, uploaded = upload_media(client, project, media, rows)
    there = {_content(row["data"]) for row in rows}
    bodies = with_addresses(tasks, template, addresses)
    new: dict[str, dict[str, Any]] = {}
    present = duplicates = measured = 0
    for task, seconds in zip(bodies, durations_of(tasks, template, media), strict=True):
        content = _content(task["data"])
        if seconds is not None and content not in there:  # else it came without a duration before
            task["data"] = {**task["data"], DURATION: seconds}
            content = _content(task["data"])
        if content in there:
            present += 1
        elif content in new:
            duplicates += 1
        else:
            new[content] = task
            measured += seconds is not None
    _import(client, project, list(new.values()))
    return len(new), present, duplicates, uploaded, measured


def _import(client: Client, project: int, waiting: Sequence[dict[str, Any]]) -> None:
    """Send items in batches. Raises ``DataError`` if the server stores fewer."""
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        answer = client.post(f"/api/projects/{project}/import", batch)
        stored = int(answer.get("task_count", 0))
        if stored != len(batch):
            raise DataError(ITEMS_LOST.at(sent=len(batch), stored=stored))


def _content(data: Any) -> str:
    return digest(msgspec.json.encode(data, order="sorted"))
