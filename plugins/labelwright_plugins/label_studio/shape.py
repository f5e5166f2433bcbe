"""Brings tasks as the task list gives them into the shape of the JSON export.

Only keys of that shape pass: the task list adds names, e-mail addresses and ages in words ("2 hours")
that either must not reach a file or would make two pulls of the same work differ. Predictions and
drafts stay whole, where the export has ids alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TASK = (
    "id",
    "annotations",
    "drafts",
    "predictions",
    "data",
    "meta",
    "created_at",
    "updated_at",
    "inner_id",
    "total_annotations",
    "cancelled_annotations",
    "total_predictions",
    "comment_count",
    "unresolved_comment_count",
    "last_comment_updated_at",
    "project",
    "updated_by",
    "comment_authors",
)
ANNOTATION = (
    "id",
    "completed_by",
    "result",
    "was_cancelled",
    "ground_truth",
    "created_at",
    "updated_at",
    "draft_created_at",
    "lead_time",
    "import_id",
    "last_action",
    "bulk_created",
    "task",
    "project",
    "updated_by",
    "parent_prediction",
    "parent_annotation",
    "last_created_by",
)
DRAFT = (
    "id",
    "user",
    "result",
    "lead_time",
    "was_postponed",
    "created_at",
    "updated_at",
    "task",
    "annotation",
)
PREDICTION = (
    "id",
    "result",
    "model_version",
    "score",
    "cluster",
    "neighbors",
    "mislabeling",
    "created_at",
    "updated_at",
    "model",
    "model_run",
    "task",
    "project",
)
# The server applies the list of wanted fields to what is nested as well.
INCLUDE = ",".join(sorted({*TASK, *ANNOTATION, *DRAFT, *PREDICTION, "created_username"}))
PEOPLE = ("completed_by", "updated_by", "last_created_by", "model", "model_run")


def exported(task: Mapping[str, Any]) -> dict[str, Any]:
    """One task of the list, in the export's shape; annotations, drafts and predictions by id."""
    shaped = {key: task[key] for key in TASK if key in task}
    shaped["annotations"] = _all(task.get("annotations"), ANNOTATION)
    shaped["drafts"] = _all([_owned(d) for d in task.get("drafts") or ()], DRAFT)
    shaped["predictions"] = _all(task.get("predictions"), PREDICTION)
    shaped["updated_by"] = _last(task.get("updated_by"))
    shaped["comment_authors"] = sorted(_id(a) for a in task.get("comment_authors") or ())
    return shaped


def _all(records: Sequence[Mapping[str, Any]] | None, keys: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for record in records or ():
        kept = {key: record[key] for key in keys if key in record}
        for key in PEOPLE:
            if key in kept:
                kept[key] = _id(kept[key])
        found.append(kept)
    return sorted(found, key=lambda r: int(r["id"]))


def _owned(draft: Mapping[str, Any]) -> dict[str, Any]:
    """A draft whose ``user`` is an id: the server gives an e-mail and "name e-mail, id" instead."""
    owner = str(draft.get("created_username") or "").rpartition(",")[2].strip()
    user = draft.get("user")
    named = int(owner) if owner.isdigit() else (_id(user) if not isinstance(user, str) else None)
    return {**draft, "user": named}


def _id(who: Any) -> Any:
    return who.get("id") if isinstance(who, Mapping) else who


def _last(updated_by: Any) -> Any:
    """The task list says ``[{"user_id": 1}]`` where the export says ``1``."""
    if isinstance(updated_by, list):
        first = updated_by[0] if updated_by else None
        return first.get("user_id") if isinstance(first, Mapping) else first
    return _id(updated_by)
