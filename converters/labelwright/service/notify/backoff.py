"""When a failed send is tried again."""

from __future__ import annotations

import hashlib
from datetime import UTC
from email.utils import parsedate_to_datetime

# Seconds after each failure: close together first, for a restart; then for a night, then for days.
DELAYS = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
JITTER = 0.2  # each is up to so much longer, by what is sent to whom: a fleet does not come back at once
LONGEST = 86_400.0  # seconds that a target's own Retry-After is followed


def delay(event: str, target: str, attempts: int) -> float | None:
    """Seconds after the failure of attempt number ``attempts`` (from 1); None: that was the last."""
    if attempts > len(DELAYS):
        return None
    digest = hashlib.sha256(f"{event}\0{target}\0{attempts}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    return DELAYS[attempts - 1] * (1 + JITTER * share)


def asked(retry_after: str, now: float) -> float:
    """Seconds that a ``Retry-After`` asks for: a number or a date; 0 for what is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST)
    try:
        when = parsedate_to_datetime(text)
        return min(max(when.replace(tzinfo=when.tzinfo or UTC).timestamp() - now, 0.0), LONGEST)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
