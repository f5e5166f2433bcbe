"""A line for chats that take Slack's incoming webhooks: ``{"text": ...}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

MOST = 3000  # characters; Slack cuts a text off at 40,000 and shows far less


def body(type_: str, project: str, data: Mapping[str, Any]) -> bytes:
    """The body of the request."""
    return msgspec.json.encode({"text": line(type_, project, data)})


def line(type_: str, project: str, data: Mapping[str, Any]) -> str:
    """One line, with what Slack would take for markup or a mention escaped."""
    where = f"{project}/{data['dataset']}" if data.get("dataset") else project
    rest = {k: v for k, v in data.items() if k not in ("project", "dataset")}
    return escape(f"{where}: {_said(type_, rest)}"[:MOST])


def escape(text: str) -> str:
    """The three characters that Slack asks to have escaped, on one line."""
    plain = " ".join(text.split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _said(type_: str, data: Mapping[str, Any]) -> str:
    words = {
        "item.complete": "an item has its annotators",
        "batch.complete": "every item has its annotators",
        "agreement.below-gate": "agreement is below the gate",
        "gold.target-missed": "a gold target was missed",
        "dataset.published": "a new version was published",
    }.get(type_, type_)
    told = [f"{name} {_shown(value)}" for name, value in sorted(data.items()) if _tells(value)]
    return f"{words} ({', '.join(told)})" if told else words


def _tells(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
