"""Ports of their own for protocols whose tools know neither a path nor a password.

Whom to let in is told by addresses alone. A page in a browser on such an address is kept out: a browser
says where a page's request comes from, and the tools do not.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from labelwright.problems import UsageError
from labelwright.service.answers import problem
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import ListenConfig

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from labelwright.service.context import Service

log = logging.getLogger(__name__)

BROWSERS = (b"origin", b"sec-fetch-site", b"sec-fetch-mode")
HERE = ("127.0.0.0/8", "::1")
AT_ONCE = 8  # calls that models are asked for at a time: each holds its image, and a thread of the service's
MOST_TOLD = 100  # addresses that the log names as kept out
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Door(Struct):
    """One port: whose protocol it is, and of which predictor alone (empty: of all)."""

    protocol: str
    predictor: str
    networks: list[Network]


class Doors:
    """All ports of their own, by number, with the sockets that listen at them."""

    def __init__(self) -> None:
        """None yet."""
        self.sockets: list[socket.socket] = []
        self.by_port: dict[int, Door] = {}
        self._told: set[str] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def ports(self) -> dict[str, dict[str, int]]:
        """Ports by protocol and predictor; under an empty name that of all."""
        found: dict[str, dict[str, int]] = {}
        for port, door in self.by_port.items():
            found.setdefault(door.protocol, {})[door.predictor] = port
        return found

    def before(self, service: Service, app: ASGIApp) -> ASGIApp:
        """The application for what came in at the service's own port, and these doors for all else."""

        async def asked(scope: Scope, receive: Receive, send: Send) -> None:
            server = scope.get("server") or ("", 0)
            door = self.by_port.get(server[1]) if scope["type"] == "http" else None
            if door is None:
                await app(scope, receive, send)
                return
            response = self._kept_out(scope, door)
            if response is None:
                async with contextlib.nullcontext() if scope["method"] == "GET" else self._turns:
                    response = await _answered(service, door, scope, receive)
            await response(scope, receive, send)

        return asked

    def _kept_out(self, scope: Scope, door: Door) -> Response | None:
        peer = scope["client"][0] if scope.get("client") else ""
        if any(name in BROWSERS for name, _ in scope["headers"]):
            return problem(403, "No browser asks here.")
        if allowed(peer, door.networks):
            return None
        if peer not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(peer)
            log.warning("listen.%s: %s is not in allow and was kept out", door.protocol, peer)
        return problem(403, "This address is not in allow.")


async def _answered(service: Service, door: Door, scope: Scope, receive: Receive) -> Response:
    hosting = service.extra.get("hosting", {}).get(door.protocol)
    if hosting is None:
        return problem(404)
    try:
        found: Response = await hosting.through(Request(scope, receive), scope["path"], door.predictor)
    except ClientDisconnect:
        return problem(400)
    except Exception as error:
        log.error("%s at listen.%s failed: %s", scope["method"], door.protocol, error, exc_info=True)
        return problem(500)
    return found


def allowed(peer: str, networks: Sequence[Network]) -> bool:
    """Whether an address is of one of the networks; one of IPv4 in the form of IPv6 is what it is."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


@contextlib.contextmanager
def doors(loaded: Loaded) -> Iterator[Doors]:
    """The ports that the configuration names, taken. Raises ``UsageError``."""
    found = Doors()
    with contextlib.ExitStack() as stack:
        for protocol, config in sorted(loaded.config.listen.items()):
            networks = [ipaddress.ip_network(one, strict=False) for one in config.allow or HERE]
            for name, port in wanted(config, sorted(loaded.config.predictors)).items():
                taken = stack.enter_context(listening(config.host, port))
                found.sockets.append(taken)
                found.by_port[taken.getsockname()[1]] = Door(protocol, name, networks)
        yield found


def wanted(config: ListenConfig, predictors: Sequence[str]) -> dict[str, int]:
    """The ports to take: by predictor in the order of their names, and that of all."""
    own = {name: config.predictors_from + n for n, name in enumerate(predictors) if config.predictors_from}
    return {"": config.port, **own}


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A port, taken. Raises ``UsageError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        found = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, UnicodeError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "that is no host or port"
        raise UsageError(f"cannot listen at {host} port {port}: {why}") from None
    with found:
        yield found
