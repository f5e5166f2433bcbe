"""What CVAT's deliveries say: what happened, to which jobs and tasks, and what of it is kept.

CVAT never says which annotations changed. Saving them is an ``update:job``, an ``update:task`` and an
``update:project`` of which nothing but the time differs. The same delivery sent again has the same
content, though not the same bytes: its keys come in another order. An event that two webhooks send, one
of the project and one of the organization, differs in nothing but the number of the webhook.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from labelwright.contracts import Heard
from labelwright.io.scrub import canonical, chosen, outline, scalar

PING = "ping"
ALL = "*"
_DATES = ("created_date", "updated_date")
KEPT = {  # each known resource, and its fields that are kept: no names of people, no texts, no addresses
    "project": ("id", "name", "status", "dimension", "guide_id", "assignee", "owner", *_DATES),
    "task": (
        "id", "name", "project_id", "mode", "status", "subset", "dimension", "segment_size", "overlap",
        "size", "data", "validation_mode", "consensus_enabled", "assignee", "owner", *_DATES,
    ),
    "job": (
        "id", "task_id", "project_id", "task_name", "type", "stage", "state", "status", "mode",
        "frame_count", "start_frame", "stop_frame", "parent_job_id", "assignee", *_DATES,
    ),
    "issue": ("id", "job", "frame", "resolved", "assignee", "owner", *_DATES),
    "comment": ("id", "issue", "owner", *_DATES),
    "invitation": ("role", "organization", "expired", "user", "owner", *_DATES),
    "membership": ("id", "role", "organization", "is_active", "joined_date", "user"),
    "organization": ("id", "slug", "name", "owner", *_DATES),
    "webhook": ("id", "type", "project_id", "is_active", "content_type", "enable_ssl", *_DATES),
}  # fmt: skip
_VERBS = frozenset(("create", "update", "delete"))
_MOVING = frozenset(("project", "task", "job"))  # talk about the work changes no training row
_EVENT = re.compile(r"[\w:. -]{1,100}\Z", re.ASCII)


def hear(payload: Any) -> Heard:
    """Understand a decoded body. Raises ``ValueError``, without anything of the body in it."""
    event = payload.get("event") if isinstance(payload, dict) else None
    if not isinstance(event, str) or not _EVENT.match(event):
        raise ValueError("no event is named")
    verb, _, resource = event.partition(":")
    if event == PING:
        resource = "webhook"
    known = event == PING or (verb in _VERBS and resource in KEPT and resource != "webhook")
    told = payload.get(resource)
    about: Mapping[str, Any] = told if known and isinstance(told, dict) else {}
    return Heard(
        event=event,
        key=f"{event}:{_digest(payload)}",
        project=_id(about.get("id" if resource == "project" else "project_id")),
        items=_items(verb, resource, about) if known else (ALL,),
        known=known,
        moves=not known or resource in _MOVING,
        kept=_kept(payload, event, resource) if known else {"event": event, "payload": outline(payload)},
    )


def _digest(payload: dict[str, Any]) -> str:
    """Of all that was sent but the number of the webhook that sent it, which a ping does not have."""
    told = {name: value for name, value in payload.items() if name != "webhook_id"}
    return hashlib.blake2b(canonical(told), digest_size=16).hexdigest()


def _kept(payload: dict[str, Any], event: str, resource: str) -> dict[str, Any]:
    names = KEPT[resource]
    kept: dict[str, Any] = {
        "event": event,
        "webhook_id": scalar(payload.get("webhook_id")),
        "sender": chosen(payload.get("sender"), ("id",)),
        resource: chosen(payload.get(resource), names),
    }
    before = payload.get("before_update")
    if isinstance(before, dict):
        kept["before_update"] = chosen(before, names)
        kept["changed"] = [name for name in _CHANGES if name in before]
    return kept


def _items(verb: str, resource: str, about: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths as ``contents`` has them: TASK, or TASK/JOB."""
    if resource == "job":
        task, job = _id(about.get("task_id")), _id(about.get("id"))
        return (f"{task}/{job}",) if task and job else (ALL,)
    if resource == "task":
        return (_id(about.get("id")) or ALL,)
    return (ALL,) if (verb, resource) == ("delete", "project") else ()


def _id(value: Any) -> str:
    number = scalar(value)
    return str(number) if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else ""


# Names of fields alone, which tell what changed where the values are not kept.
_CHANGES = tuple(
    dict.fromkeys(
        name for names in KEPT.values() for name in (*names, "labels", "assignee_updated_date", "message")
    )
)
