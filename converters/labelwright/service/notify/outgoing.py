"""One POST to a target: to an address that was checked, with an end, without redirects or proxies."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, quote, urlsplit

from msgspec import Struct

from labelwright.media import problems as p
from labelwright.media.sources import Fault
from labelwright.media.web import pinned, reachable

QUIET = 10.0  # seconds without a byte
WHOLE = 20.0  # seconds for all of it
MOST = 65_536  # bytes of an answer; what it says does not matter
_SAFE = "/%:@!$&'()*+,;=~-._"


class Answered(Struct, frozen=True):
    """The status (0: there was no answer), why not in words without the address, and ``Retry-After``."""

    status: int
    error: str = ""
    retry_after: str = ""


def post(url: str, headers: Mapping[str, str], body: bytes, allow_private: bool) -> Answered:
    """Send. Never raises for what the target does; nothing that is told holds the address."""
    try:
        parts = _parts(url)
        connection = pinned(parts, reachable(parts, allow_private), QUIET)
    except Fault as fault:
        private = fault.kind is p.NOT_ALLOWED
        why = "the host is in a private network (allow_private = true allows it)"
        return Answered(0, why if private else "the host is unknown")
    except ValueError as error:
        return Answered(0, str(error))
    sent = {**headers, "User-Agent": "labelwright", "Accept-Encoding": "identity", "Connection": "close"}
    try:
        connection.connect()
        with _ended_after(connection.sock, WHOLE) as ended:
            connection.request("POST", _path(parts), body, sent)
            with connection.getresponse() as answer:
                answer.read(MOST)
                if not ended.is_set():  # a head that was broken off would pass for a whole one
                    return _answered(answer)
        return Answered(0, f"no whole answer within {WHOLE:g} s")
    except TimeoutError:
        return Answered(0, f"no answer within {QUIET:g} s")
    except ssl.SSLCertVerificationError:
        return Answered(0, "the certificate is not trusted")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answered(0, f"the connection failed ({type(error).__name__})")
    finally:
        connection.close()


def _answered(answer: http.client.HTTPResponse) -> Answered:
    status, after = answer.status, answer.headers.get("Retry-After", "")
    if 200 <= status < 300:
        return Answered(status)
    if 300 <= status < 400:
        return Answered(status, f"HTTP {status}; redirects are not followed")
    return Answered(status, f"HTTP {status}", after)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, user, _ = parts.hostname, parts.username or parts.password, parts.port
    except ValueError:
        raise ValueError("the address is no web address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("the address is no web address")
    if user:
        raise ValueError("the address holds a user's name")
    return parts


def _path(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_SAFE)
    return f"{path}?{quote(parts.query, safe=_SAFE + '?')}" if parts.query else path


@contextlib.contextmanager
def _ended_after(sock: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Break the connection when the time is up: a target that sends a byte now and then holds nobody up."""
    ended = threading.Event()

    def end() -> None:
        ended.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # under TLS too, whose own would forget its state

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield ended
    finally:
        timer.cancel()
