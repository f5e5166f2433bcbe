"""What Label Studio's deliveries say: what happened, to which tasks, and what of it is kept.

A payload holds the whole project, its access token and the log-in of its media among it, and the
task's data with every answer. None of it is kept: the rebuild reads answers from the server, and a
delivery is the news that there is something to read.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from labelwright.contracts import Heard
from labelwright.io.scrub import canonical, chosen, outline, scalar

ABOUT = {  # each known event, and the key under which its objects lie
    "PROJECT_CREATED": "project",
    "PROJECT_UPDATED": "project",
    "PROJECT_DELETED": "project",
    "TASKS_CREATED": "tasks",
    "TASKS_DELETED": "tasks",
    "ANNOTATION_CREATED": "annotation",
    "ANNOTATIONS_CREATED": "annotation",
    "ANNOTATION_UPDATED": "annotation",
    "ANNOTATIONS_DELETED": "annotations",
    "LABEL_LINK_CREATED": "label_link",
    "LABEL_LINK_UPDATED": "label_link",
    "LABEL_LINK_DELETED": "label_link",
}
_PROJECT = (
    "id", "title", "task_number", "finished_task_number", "total_annotations_number",
    "skipped_annotations_number", "ground_truth_number", "maximum_annotations", "label_config_hash",
    "is_published", "created_at", "updated_at",
)  # fmt: skip
_KEPT = {
    "project": _PROJECT,
    "tasks": ("id", "inner_id", "is_labeled", "overlap", "created_at", "updated_at"),
    "annotation": (
        "id", "task", "completed_by", "updated_by", "was_cancelled", "ground_truth", "result_count",
        "lead_time", "last_action", "unique_id", "import_id", "parent_prediction", "parent_annotation",
        "bulk_created", "draft_created_at", "created_at", "updated_at",
    ),
    "annotations": ("id",),
    "label_link": ("id", "project", "label", "from_name", "annotations_count"),
}  # fmt: skip
# Not even as part of a digest, which somebody could try guesses on.
_SECRETS = frozenset(("token", "task_data_login", "task_data_password"))
_EVENT = re.compile(r"[\w:. -]{1,100}\Z", re.ASCII)
ALL = "*"
MOST_KEPT = 20  # objects of one delivery whose fields are kept
MOST_NAMED = 10_000  # tasks of one delivery that are named; the server sends at most 5000 at once


def hear(payload: Any) -> Heard:
    """Understand a decoded body. Raises ``ValueError``, without anything of the body in it."""
    event = payload.get("action") if isinstance(payload, dict) else None
    if not isinstance(event, str) or not _EVENT.match(event):
        raise ValueError("no action is named")
    about = ABOUT.get(event, "")
    found = payload.get(about)
    objects = found if isinstance(found, list) else [found] if isinstance(found, dict) else []
    number = _project(payload, objects)
    digest = _digest(payload, about, objects)
    kept: dict[str, Any] = {"action": event, "project": chosen(payload.get("project"), _PROJECT[:2])}
    if not about:
        kept["payload"] = outline(payload)
    elif objects:
        kept |= {"count": len(objects), "objects": [chosen(one, _KEPT[about]) for one in objects[:MOST_KEPT]]}
    return Heard(
        event=event,
        key=f"{event}:{digest}",
        project=number,
        items=_items(event, payload, objects),
        known=bool(about),
        kept=kept,
    )


def _digest(payload: dict[str, Any], about: str, objects: list[Any]) -> str:
    """Of what the event is about; of all that was sent where that is not to be found."""
    if objects and about != "project":
        told: Any = [about, objects, _ids(payload.get("task")), _ids(payload.get("project"))]
    else:
        told = _without_secrets(payload)
    return hashlib.blake2b(canonical(told), digest_size=16).hexdigest()


def _without_secrets(payload: dict[str, Any]) -> dict[str, Any]:
    project = payload.get("project")
    if not isinstance(project, dict):
        return payload
    return {**payload, "project": {k: v for k, v in project.items() if k not in _SECRETS}}


def _ids(value: Any) -> Any:
    if isinstance(value, list):
        return [one.get("id") for one in value if isinstance(one, dict)]
    return value.get("id") if isinstance(value, dict) else None


def _project(payload: dict[str, Any], objects: list[Any]) -> str:
    found = _ids(payload.get("project"))
    if found is None and objects and isinstance(objects[0], dict):
        found = objects[0].get("project")
    return _id(found)


def _items(event: str, payload: dict[str, Any], objects: list[Any]) -> tuple[str, ...]:
    """The tasks that moved. Where annotations went, the server names them and not their tasks."""
    if event in ("PROJECT_CREATED", "PROJECT_UPDATED"):
        return ()
    if event.startswith("TASKS_"):
        found = [_id(_ids(one)) for one in objects]
    elif event in ("ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_CREATED"):
        found = [_id(one.get("task")) if isinstance(one, dict) else "" for one in objects]
        if not all(found):
            tasks = payload.get("task")
            found = [_id(_ids(one)) for one in (tasks if isinstance(tasks, list) else [tasks])]
    else:
        found = []
    named = tuple(dict.fromkeys(found))
    return named if named and all(named) and len(named) <= MOST_NAMED else (ALL,)


def _id(value: Any) -> str:
    number = scalar(value)
    return str(number) if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else ""
