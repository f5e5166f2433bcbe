"""Registers a project's webhook in Label Studio: one, exactly as it should be.

The events are named one by one. A webhook for all events would be sent those of label links too, on which
the server fails, and the annotator's request with it. Webhooks of organizations cannot be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labelwright.contracts import Registered, Server
from labelwright.problems import DataError, ProblemType, UsageError
from labelwright_plugins.label_studio import errors
from labelwright_plugins.label_studio.client import Client, connect_with
from labelwright_plugins.label_studio.projects import resolve
from labelwright_plugins.label_studio.settings import TOKEN_FILE, settings

HEADER = "X-Labelwright-Secret"
EVENTS = (
    "ANNOTATIONS_CREATED",
    "ANNOTATIONS_DELETED",
    "ANNOTATION_CREATED",
    "ANNOTATION_UPDATED",
    "PROJECT_UPDATED",
    "TASKS_CREATED",
    "TASKS_DELETED",
)
HOOKS = "/api/webhooks/"
TIMEOUT = 60.0  # seconds
ADDRESS_REFUSED = ProblemType(
    "label-studio.webhook-address-refused",
    "Label Studio sends no webhooks to that address",
    "{url} refuses to send webhooks to {target}: {detail}",
    "Label Studio sends to no private address while its SSRF_PROTECTION_ENABLED is on: start it with "
    "SSRF_PROTECTION_ENABLED=0, or give the service a public address (public_url).",
)
ADDRESS_UNKNOWN = ProblemType(
    "label-studio.webhook-address-unknown",
    "Label Studio does not know that host name",
    "{url} cannot find the host of {target}: {detail}",
    "Set public_url in labelwright.toml to an address that the machine of Label Studio can reach.",
)


def connect(server: Server, project: str, url: str, secret: str, check: bool) -> Registered:
    """See ``labelwright.contracts.Hooks.connect``."""
    with client_of(server) as client:
        client.hide(secret)
        number = int(resolve(client, project)["id"])
        page = f"{client.url}/projects/{number}/settings/webhooks"
        ours = _ours(client, number, url, secret)
        differs = _differs(ours[0], url, secret) if ours else ()
        if check:
            return _looked_at(ours, differs, page)
        if not ours:
            made = _send(client, "POST", HOOKS, {"project": number, **_wanted({}, url, secret)}, url)
            return Registered("created", str(made["id"]), address=page)
        # All of it: a change that names no events would take those away that there are.
        if differs:
            _send(client, "PATCH", f"{HOOKS}{ours[0]['id']}/", _wanted(ours[0], url, secret), url)
        for one in ours[1:]:
            client.delete(f"{HOOKS}{one['id']}/")
        state = "updated" if differs or ours[1:] else "unchanged"
        return Registered(state, str(ours[0]["id"]), differs, len(ours) - 1, page)


def disconnect(server: Server, project: str, url: str) -> int:
    """See ``labelwright.contracts.Hooks.disconnect``."""
    with client_of(server) as client:
        ours = _ours(client, int(resolve(client, project)["id"]), url, "")
        for one in ours:
            client.delete(f"{HOOKS}{one['id']}/")
        return len(ours)


def client_of(server: Server) -> Client:
    """A client for a configured server. Raises ``UsageError``."""
    if not server.token_file:  # the environment is not asked: the service would not find it there either
        raise UsageError(f"the configuration names no token_file for {server.url}")
    return connect_with(settings(server.url, {TOKEN_FILE: server.token_file}), TIMEOUT)


def _ours(client: Client, project: int, url: str, secret: str) -> list[dict[str, Any]]:
    """The project's webhooks that send to the address, or with the secret; the best first."""
    found = client.get(HOOKS, project=project)
    if not isinstance(found, list) or not all(isinstance(one, dict) and "id" in one for one in found):
        raise DataError(errors.NOT_AN_ANSWER.at(url=f"{client.url}{HOOKS}", what="something else"))
    ours = [
        one
        for one in found
        if one.get("project") == project
        and (_address(one) == url.rstrip("/") or (secret and secret in _headers(one).values()))
    ]
    return sorted(ours, key=lambda one: (len(_differs(one, url, secret)), int(one["id"])))


def _address(hook: Mapping[str, Any]) -> str:
    return str(hook.get("url", "")).rstrip("/")


def _headers(hook: Mapping[str, Any]) -> dict[str, str]:
    found = hook.get("headers")
    return dict(found) if isinstance(found, dict) else {}


def _wanted(hook: Mapping[str, Any], url: str, secret: str) -> dict[str, Any]:
    """The webhook as it should be; headers that somebody added, for a proxy perhaps, stay."""
    others = {k: v for k, v in _headers(hook).items() if k.lower() != HEADER.lower()}
    return {
        "url": url,
        "send_payload": True,
        "send_for_all_actions": False,
        "headers": {**others, HEADER: secret},
        "is_active": True,
        "actions": list(EVENTS),
    }


def _differs(hook: Mapping[str, Any], url: str, secret: str) -> tuple[str, ...]:
    """What of a webhook is not as it should be, in words."""
    actions = hook.get("actions")
    given = [value for name, value in _headers(hook).items() if name.lower() == HEADER.lower()]
    same = {
        "address": hook.get("url") == url,
        "events": not hook.get("send_for_all_actions")
        and isinstance(actions, list)
        and sorted(actions) == sorted(EVENTS),
        "active": hook.get("is_active") is True,
        "payload": hook.get("send_payload") is True,
        "secret": given == [secret],
    }
    return tuple(name for name, right in same.items() if not right)


def _looked_at(ours: list[dict[str, Any]], differs: tuple[str, ...], page: str) -> Registered:
    if not ours:
        return Registered("missing", address=page)
    more = len(ours) - 1
    told = (f"{more} more than one webhook sends here",) if more else ()
    state = "wrong" if differs or more else "unchanged"
    return Registered(state, str(ours[0]["id"]), differs, address=page, told=told)


def _send(client: Client, method: str, path: str, body: Any, url: str) -> dict[str, Any]:
    try:
        answer = client.post(path, body) if method == "POST" else client.patch(path, body)
    except DataError as error:
        raise _understood(error, client.url, url) from None
    if not isinstance(answer, dict) or "id" not in answer:
        raise DataError(errors.NOT_AN_ANSWER.at(url=f"{client.url}{path}", what="something else"))
    return answer


def _understood(error: DataError, server: str, url: str) -> DataError:
    """The error in words of webhooks, where it is about the address to send to."""
    told = error.problem.message
    detail = told.partition("): ")[2] or told
    if "reserved network" in told or "block:" in told:
        return DataError(ADDRESS_REFUSED.at(url=server, target=url, detail=detail))
    if "resolve host" in told.lower():
        return DataError(ADDRESS_UNKNOWN.at(url=server, target=url, detail=detail))
    return error
