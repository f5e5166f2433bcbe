"""The double's webhooks: registered, changed and pinged as the recorded server did it."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cvat_double.seed import recorded
from cvat_double.state import Refused, Row, State

WRITTEN = ("target_url", "description", "content_type", "is_active", "enable_ssl", "events")


def listing(r: Any) -> tuple[int, Any]:
    """Newest first, with how the last delivery went."""
    rows = r.seen(r.state.hooks)
    if "project_id" in r.query:
        rows = [one for one in rows if one["project_id"] == int(r.query["project_id"])]
    answer: tuple[int, Any] = r.page([_shown(r.state, one) for one in rows], "/api/webhooks")
    return answer


def create(r: Any) -> tuple[int, Any]:
    """POST: a project's webhook."""
    _events(r.body)
    if r.body.get("type") != "project" or r.body.get("project_id") not in r.state.projects:
        raise Refused(404, {"detail": "Not found."})
    number, now = next(r.state.ids), r.state.tick()
    row = {
        **recorded("webhook_created"),
        "id": number,
        "url": f"http://{r.host}/api/webhooks/{number}",
        "project_id": r.body["project_id"],
        "created_date": now,
        "updated_date": now,
        "enable_ssl": True,
        "is_active": True,
        "description": "",
        **{k: v for k, v in r.body.items() if k in WRITTEN},
    }
    row["events"] = sorted(row["events"])
    r.state.hooks[number] = row
    r.state.hook_secrets[number] = r.body.get("secret", "")
    return 201, row  # never with the secret


def change(r: Any) -> tuple[int, Any]:
    """PATCH: what is named changes."""
    row = r.one(r.state.hooks)
    if "events" in r.body:
        _events(r.body)
    row |= {k: v for k, v in r.body.items() if k in WRITTEN}
    row["events"] = sorted(row["events"])
    row["updated_date"] = r.state.tick()
    if "secret" in r.body:
        r.state.hook_secrets[row["id"]] = r.body["secret"]
    return 200, _shown(r.state, row)


def remove(r: Any) -> tuple[int, Any]:
    """DELETE."""
    row = r.one(r.state.hooks)
    del r.state.hooks[row["id"]]
    return 204, None


def ping(r: Any) -> tuple[int, Any]:
    """Sends a ping at once, and answers with its delivery."""
    row = r.one(r.state.hooks)
    body = copy.deepcopy(recorded("webhook_ping_response")["request"])
    body["webhook"] = _shown(r.state, row)
    return 200, deliver(r.state, row["id"], body)


def deliveries(r: Any) -> tuple[int, Any]:
    """Newest first."""
    row = r.one(r.state.hooks)
    found = [one for one in r.state.deliveries if one["webhook_id"] == row["id"]]
    answer: tuple[int, Any] = r.page(found[::-1], f"/api/webhooks/{row['id']}/deliveries")
    return answer


def deliver(state: State, number: int, body: Row) -> Row:
    """Send something to a webhook's address, signed, and write down how it was answered."""
    hook = state.hooks[number]
    data = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "CVAT/2.64.0 python-requests/2.32"}
    if state.hook_secrets.get(number):
        digest = hmac.new(state.hook_secrets[number].encode(), data, hashlib.sha256).hexdigest()
        headers["X-Signature-256"] = f"sha256={digest}"
    try:
        with urlopen(Request(hook["target_url"], data, headers), timeout=5) as answer:
            status = answer.status
    except HTTPError as error:
        error.close()
        status = error.code
    except OSError:
        status = 502
    now = state.tick()
    row = {
        **copy.deepcopy(recorded("webhook_ping_response")),
        "id": next(state.ids),
        "webhook_id": number,
        "event": body["event"],
        "status_code": status,
        "created_date": now,
        "updated_date": now,
        "request": body,
    }
    state.deliveries.append(row)
    return row


def _events(body: Row) -> None:
    known = recorded("webhook_events_project")["events"]
    if not body.get("events") or not set(body["events"]) <= set(known):
        raise Refused(400, {"events": ["Invalid events list for project webhook"]})


def _shown(state: State, row: Row) -> Row:
    last = [one for one in state.deliveries if one["webhook_id"] == row["id"]][-1:]
    more = (
        {"last_status": last[0]["status_code"], "last_delivery_date": last[0]["created_date"]} if last else {}
    )
    return {**row, **more}


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/webhooks", listing),
    ("POST", "/api/webhooks", create),
    ("PATCH", r"/api/webhooks/(\d+)", change),
    ("DELETE", r"/api/webhooks/(\d+)", remove),
    ("POST", r"/api/webhooks/(\d+)/ping", ping),
    ("GET", r"/api/webhooks/(\d+)/deliveries", deliveries),
]
