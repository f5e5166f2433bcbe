"""Registers a project's webhook in CVAT: one, exactly as it should be.

CVAT never tells a webhook's secret. So it is always written anew, which changes nothing where it was the
same; a check goes by whether deliveries were answered 401. After connecting CVAT is asked for a ping, whose
outcome is told: nobody has to answer yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labelwright.contracts import Registered, Server
from labelwright.problems import DataError, ProblemType, UsageError
from labelwright_plugins.cvat.client import Client
from labelwright_plugins.cvat.client import connect as log_in
from labelwright_plugins.cvat.settings import PASSWORD_FILE, TOKEN_FILE, USERNAME, settings
from labelwright_plugins.cvat.targets import resolve
from labelwright_plugins.cvat.transport import having

NAME = "labelwright"  # the description of ours
EVENTS = (
    "create:job",
    "create:task",
    "delete:job",
    "delete:project",
    "delete:task",
    "update:job",
    "update:project",
    "update:task",
)
HOOKS = "/api/webhooks"
TIMEOUT = 60.0  # seconds; a ping takes the server up to 10
NO_PROJECT = ProblemType(
    "cvat.webhook-no-project",
    "What is watched belongs to no project",
    "{what!r} on {url} belongs to no project, and CVAT's webhooks are those of projects",
    "Move the task into a project, and name that in labelwright.toml.",
)


def connect(server: Server, project: str, url: str, secret: str, check: bool) -> Registered:
    """See ``labelwright.contracts.Hooks.connect``."""
    with _client(server) as client:
        client.hide(secret)
        number = _project(client, project)
        page = f"{client.url}/projects/{number}/webhooks"
        listed = _listed(client, number)
        ours, others = _ours(listed, url)
        differs = _differs(ours[0], url) if ours else ()
        told = tuple(f"another webhook of {NAME} sends to {one.get('target_url')}" for one in others)
        if check:
            return _looked_at(client, ours, differs, page, told)
        if not ours:
            body = {"type": "project", "project_id": number, **_wanted(url, secret)}
            made = client.post(HOOKS, body)
            hook = str(_id(client, made))
            return Registered("created", hook, address=page, told=(*told, *_ping(client, hook)))
        hook = str(ours[0]["id"])
        client.patch(f"{HOOKS}/{hook}", _wanted(url, secret) if differs else {"secret": secret})
        for one in ours[1:]:
            client.delete(f"{HOOKS}/{one['id']}")
        state = "updated" if differs or ours[1:] else "unchanged"
        told = (*told, *_ping(client, hook))
        return Registered(state, hook, differs, len(ours) - 1, page, told)


def disconnect(server: Server, project: str, url: str) -> int:
    """See ``labelwright.contracts.Hooks.disconnect``."""
    with _client(server) as client:
        ours, _ = _ours(_listed(client, _project(client, project)), url)
        for one in ours:
            client.delete(f"{HOOKS}/{one['id']}")
        return len(ours)


def _client(server: Server) -> Client:
    if not (server.token_file or server.password_file):
        # The environment is not asked: the service would not find it there either.
        raise UsageError(f"the configuration names no token_file or password_file for {server.url}")
    given = {TOKEN_FILE: server.token_file, USERNAME: server.username, PASSWORD_FILE: server.password_file}
    return log_in(settings(server.url, server.organization, given), TIMEOUT)


def _project(client: Client, what: str) -> int:
    found = resolve(client, what).project
    if found is None:
        raise DataError(NO_PROJECT.at(what=what, url=client.url))
    return int(found["id"])


def _listed(client: Client, project: int) -> list[dict[str, Any]]:
    found = client.pages(HOOKS, "target_url", project_id=project)
    return [one for one in found if one.get("project_id") == project]


def _ours(listed: list[dict[str, Any]], url: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The webhooks that send to the address, the best first; and others that were made by this program."""
    ours = [one for one in listed if str(one["target_url"]).rstrip("/") == url.rstrip("/")]
    others = [one for one in listed if one not in ours and one.get("description") == NAME]
    return sorted(ours, key=lambda one: (len(_differs(one, url)), int(one["id"]))), others


def _wanted(url: str, secret: str) -> dict[str, Any]:
    return {
        "target_url": url,
        "description": NAME,
        "content_type": "application/json",
        "secret": secret,
        "is_active": True,
        "enable_ssl": True,
        "events": list(EVENTS),
    }


def _differs(hook: Mapping[str, Any], url: str) -> tuple[str, ...]:
    """What of a webhook is not as it should be, in words; of the secret nothing is known."""
    events = hook.get("events") or ()
    named = [str(one.get("key")) if isinstance(one, dict) else str(one) for one in events]
    same = {
        "address": hook.get("target_url") == url,
        "events": sorted(named) == sorted(EVENTS),
        "active": hook.get("is_active") is True,
        "content type": hook.get("content_type") == "application/json",
        "check of certificates": hook.get("enable_ssl") is True,
    }
    return tuple(name for name, right in same.items() if not right)


def _id(client: Client, made: Any) -> int:
    return int(having(f"{client.url}{HOOKS}", made, "id")["id"])


def _looked_at(
    client: Client,
    ours: list[dict[str, Any]],
    differs: tuple[str, ...],
    page: str,
    told: tuple[str, ...],
) -> Registered:
    if not ours:
        return Registered("missing", address=page, told=told)
    hook, more = ours[0], len(ours) - 1
    if more:
        told = (*told, f"{more} more than one webhook sends here")
    last = _last(client, hook)
    if last is not None and not _good(last):
        differs = (*differs, "secret" if last.get("status_code") == 401 else "deliveries")
        told = (*told, f"the last delivery ({last.get('event')}) {_outcome(last)}")
    state = "wrong" if differs or more else "unchanged"
    return Registered(state, str(hook["id"]), differs, address=page, told=told)


def _last(client: Client, hook: Mapping[str, Any]) -> dict[str, Any] | None:
    """The newest delivery since the webhook was changed; None if there is none."""
    path = f"{HOOKS}/{hook['id']}/deliveries"
    found = having(f"{client.url}{path}", client.get(path, page_size=1), "results")["results"]
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        return None
    newest: dict[str, Any] = max(found, key=lambda one: int(one.get("id", 0)))
    changed, sent = _moment(hook.get("updated_date")), _moment(newest.get("created_date"))
    return newest if changed is None or sent is None or sent >= changed else None


def _ping(client: Client, hook: str) -> tuple[str, ...]:
    """What came of asking CVAT for a ping, as a sentence."""
    try:
        answer = client.post(f"{HOOKS}/{hook}/ping")
    except DataError as error:
        return (f"ping: not sent ({error.problem.message})",)
    return (f"ping: {_outcome(answer)}",) if isinstance(answer, dict) else ()


def _good(delivery: Mapping[str, Any]) -> bool:
    return 200 <= int(delivery.get("status_code") or 0) < 300


def _outcome(delivery: Mapping[str, Any]) -> str:
    """How a delivery was answered. CVAT writes 502 where nobody answers and 504 after 10 seconds."""
    status = int(delivery.get("status_code") or 0)
    known = {
        401: "was answered 401: the service does not know the secret",
        502: "was not answered (502): CVAT does not reach the service, or it does not run",
        504: "was not answered in time (504)",
    }
    return known.get(status, f"was answered {status}")


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
