"""What the page shows of events of our own: what was told to whom, and what was given up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from labelwright.report import words
from labelwright.report.words import clean
from labelwright.service.page import say
from labelwright.service.page.model import Event, Send
from labelwright.service.page.read import list_events, list_sends, sends_of

SHOWN = 20
SHORT = 60


def told(connection: sa.Connection, project: str, past: str, now: float) -> dict[str, Any]:
    """The events of a project before one, and, wherever they are, those that were given up."""
    found = list_events(connection, project, past, SHOWN + 1)
    sent = sends_of(connection, [one.id for one in found[:SHOWN]])
    return {
        "events": [_event(one, sent, now) for one in found[:SHOWN]],
        "older_events": found[SHOWN - 1].id if len(found) > SHOWN else "",
        "given_up": [_send(one, now) for one in list_sends(connection, project, "dead", limit=SHOWN)],
    }


def _event(one: Event, sent: Iterable[Send], now: float) -> dict[str, Any]:
    own = [s for s in sent if s.event == one.id]
    return {
        "type": clean(one.type, SHORT),
        "at": say.moment(one.at, now),
        "about": [
            (clean(k, 40), clean(_short(v), 120)) for k, v in sorted(one.data.items()) if k != "project"
        ][:6],
        "sent": words.listed((clean(s.target, SHORT) for s in own if s.state == "sent"), len(own)),
        "sends": [_send(s, now) for s in own if s.state != "sent"],
    }


def _send(one: Send, now: float) -> dict[str, Any]:
    return {
        "event": one.event,
        "type": clean(one.type, SHORT),
        "at": say.moment(one.at, now),
        "target": clean(one.target, SHORT),
        "raw_target": one.target,
        "state": "given up" if one.state == "dead" else clean(one.state, 40),
        "tone": {"sent": "good", "dead": "bad"}.get(one.state, "open"),
        "attempts": one.attempts,
        "next": say.moment(one.next_at, now) if one.state == "waiting" else None,
        "error": clean(one.error, 200),
    }


def _short(value: Any) -> str:
    if isinstance(value, float):
        return words.number(value)
    if isinstance(value, list):
        if any(isinstance(v, (dict, list)) for v in value):
            return str(len(value))
        return words.listed((str(v) for v in value), 6)
    return str(value)
