"""How many requests an address may send: a bucket of tokens for each, in bounded memory."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache

from labelwright.problems import UsageError

MOST_SOURCES = 10_000
_V6_PREFIX = 64  # what one subscriber has; single addresses of it are free to change

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Buckets:
    """A bucket for each source: it holds a second's tokens, and a request takes one."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``rate`` tokens a second flow into each."""
        self._rate, self._clock = rate, clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many sources are remembered: those that were silent longest are forgotten first."""
        return len(self._held)

    def empty(self, source: str) -> bool:
        """Whether there is no token to take."""
        return source in self._held and self._tokens(source, self._clock()) < 1

    def wait(self, source: str) -> float:
        """Take a token; 0, or the seconds until there is one."""
        now = self._clock()
        tokens = self._tokens(source, now)
        allowed = tokens >= 1
        self._held[source] = (tokens - 1 if allowed else tokens, now)
        self._held.move_to_end(source)
        if len(self._held) > MOST_SOURCES:
            self._held.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._rate

    def _tokens(self, source: str, now: float) -> float:
        tokens, then = self._held.get(source, (self._rate, now))
        return min(self._rate, tokens + (now - then) * self._rate)


def networks(written: Sequence[str]) -> tuple[Network, ...]:
    """The networks of ``login.proxies``. Raises ``UsageError`` for what is none."""
    found = []
    for one in written:
        try:
            found.append(ipaddress.ip_network(one, strict=False))
        except ValueError:
            raise UsageError(f"login.proxies: {one!r} is neither an address nor a network") from None
    return tuple(found)


@lru_cache(maxsize=4096)
def source_of(peer: str, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """Who sent a request: the peer, or whom trusted proxies say that they speak for.

    ``forwarded`` is the header X-Forwarded-For: each hop adds the address it saw at the right, so that
    the last one that is no trusted proxy counts; what stands left of it anybody may have written.
    """
    seen = _address(peer)
    for hop in [*reversed(forwarded.split(",")), ""] if forwarded else ():
        if seen is None or not any(seen in network for network in proxies):
            break
        told = _address(hop)
        if told is None:
            break
        seen = told
    if seen is None:
        return peer[:64]
    if isinstance(seen, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((seen, _V6_PREFIX), strict=False))
    return str(seen)


def _address(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found
