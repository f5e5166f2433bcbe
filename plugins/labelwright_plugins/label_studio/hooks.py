"""Label Studio's webhooks: unsigned, without an id, sent once; a secret header tells that they are ours."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Heard, Registered, Server
from labelwright_plugins.label_studio import contents
from labelwright_plugins.label_studio.settings import TOKEN_FILE, URL

HEADER = "X-Labelwright-Secret"
LEAST = 32  # bytes of a secret
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


class LabelStudioHooks:
    """See ``labelwright.contracts.Hooks``."""

    def environment(self, server: Server) -> Mapping[str, str]:
        """What ``pull`` reads."""
        return {URL: server.url, **({TOKEN_FILE: server.token_file} if server.token_file else {})}

    def authentic(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Whether the secret header holds one of the secrets."""
        del body
        given = headers.get(HEADER.lower(), "").encode("utf-8", "surrogateescape")
        right = False
        for secret in secrets:
            known = secret.encode()
            right |= len(known) >= LEAST and hmac.compare_digest(given, known)
        return right

    def hear(self, payload: Any) -> Heard:
        """Understand a delivery. Raises ``ValueError``."""
        if not isinstance(payload, dict) or not isinstance(payload.get("action"), str):
            raise ValueError("no action is named")
        event = payload["action"]
        objects = payload.get(ABOUT.get(event, ""))
        listed = objects if isinstance(objects, list) else [] if objects is None else [objects]
        project = payload.get("project")
        number = str(project["id"]) if isinstance(project, dict) and "id" in project else ""
        kept = {"action": event, "project": number, "objects": listed if event in ABOUT else None}
        digest = hashlib.sha256(msgspec.json.encode(kept, order="sorted")).hexdigest()
        return Heard(event, f"{event}:{digest}", number, _items(event, listed), event in ABOUT, True, kept)

    def contents(self, folder: Path) -> Mapping[str, str]:
        """The digest of each task by its id."""
        return contents.contents(folder)

    def unanswered(self, folder: Path) -> int:
        """The tasks without an annotation: the export has none of them."""
        return contents.unanswered(folder)

    def connect(self, server: Server, project: str, url: str, secret: str, check: bool) -> Registered:
        """Register the webhook."""
        raise ValueError

    def disconnect(self, server: Server, project: str, url: str) -> int:
        """Remove it."""
        raise ValueError


def _items(event: str, objects: list[Any]) -> tuple[str, ...]:
    if event == "ANNOTATIONS_DELETED":
        return ("*",)  # the annotations are named, their tasks are not
    key = "id" if event.startswith("TASKS") else "task"
    found = (one.get(key) for one in objects if isinstance(one, dict))
    return tuple(str(one) for one in found if isinstance(one, int))


hooks = LabelStudioHooks()
