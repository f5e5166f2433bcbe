"""Standard Webhooks (specification at standardwebhooks.com): body, and headers that sign it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from labelwright.service.notify.target import Misconfigured

PREFIX, VERSION = "whsec_", "v1"
LEAST = 24  # bytes of a key, as the specification asks


def body(type_: str, project: str, at: float, data: Any) -> bytes:
    """The same bytes at every attempt. ``at``: epoch seconds of what happened."""
    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {"type": type_, "timestamp": when, "data": {"project": project, **data}}
    return msgspec.json.encode(told, order="sorted")


def headers(id_: str, now: float, content: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers; a signature for each secret. ``now``: epoch seconds of the attempt.

    Raises ``Misconfigured`` for a secret that is none.
    """
    stamp = str(int(now))
    signed = f"{id_}.{stamp}.".encode() + content
    made = [
        base64.b64encode(hmac.new(key(secret), signed, hashlib.sha256).digest()).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": id_,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"{VERSION},{one}" for one in made),
    }


def key(secret: str) -> bytes:
    """The bytes of ``whsec_`` and base64. Raises ``Misconfigured``, never with the secret in it."""
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise Misconfigured("a signing secret is not whsec_ and base64") from None
    if len(found) < LEAST:
        raise Misconfigured(f"a signing secret has less than {LEAST} bytes")
    return found
