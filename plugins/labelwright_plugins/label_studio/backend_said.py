"""What Label Studio says of an ML backend that it cannot use, in words for whoever runs the backend.

The server's own words are an error of its HTTP library within a sentence of HTML within JSON; what of it
says which request failed, and how, was found by letting 1.23.2 meet such backends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

DISCONNECTED, ERROR = "DI", "ER"  # states of a backend; of others none is wrong
HEALTH, SETUP = "asked for its health, it", "asked to set itself up, it"
_STATUS = re.compile(r"(\d{3}) (?:Client|Server) Error: (.*?) for url")
_TIMEOUT = re.compile(r"read timeout=([\d.]+)")
_NO_JSON = re.compile(r"line \d+ column \d+ \(char \d+\)")
_TAG = re.compile(r"<[^<>]*>")


def refusal(told: str) -> str:
    """Why the server does not take a backend: from the body of its refusal."""
    if "authentication parameters" in told:
        return f"{HEALTH} refused the log-in (HTTP 401)"
    _, unhealthy, info = told.partition("Additional info: ")
    if unhealthy:
        return f"{HEALTH} {_how(info)}"
    _, unset, reason = told.partition("Reason: ")
    if unset:
        return f"{SETUP} {_how(reason)}"
    return _plain(told)


def unwell(backend: Mapping[str, Any], name: str) -> tuple[str, str]:
    """What is wrong with what answers at a backend's address, shortly and as a sentence; empty: nothing.

    ``name`` is the predictor's, which begins the version of its model.
    """
    state, version = backend.get("state"), str(backend.get("model_version") or "")
    if state == DISCONNECTED:
        return (
            "not reached",
            "Label Studio gets no healthy answer from it: the service must run, and be reachable from there",
        )
    if state == ERROR:
        return "not set up", f"{SETUP} {_how(str(backend.get('error_message') or ''))}"
    if not version.startswith(f"{name}-"):
        return "another model", other(version)
    return "", ""


def other(version: str) -> str:
    """That what answers is something else."""
    named = f"names its model {version!r}" if version else "names no model"
    return f"{SETUP} {named}: what answers there is no predictor of this service"


def _how(told: str) -> str:
    """How a request failed."""
    status, late = _STATUS.search(told), _TIMEOUT.search(told)
    if status is not None:
        return f"answered HTTP {status[1]} ({status[2]})"
    if late is not None:
        return f"gave no answer within {float(late[1]):g} s (timed out)"
    if _NO_JSON.search(told):
        return "answered something that is not JSON"
    for words in ("Connection refused", "No route to host", "Failed to resolve", "Name or service not known"):
        if words in told:
            return f"could not be reached ({words})"
    return f"failed: {_plain(told)}" if told else "failed"


def _plain(told: str) -> str:
    """The server's words without marks and what it says to everybody."""
    text = _TAG.sub("", told.replace("\\n", " ").replace('\\"', '"')).partition("Check the ML backend")[0]
    return " ".join(text.split()).strip('{}[]" ')
