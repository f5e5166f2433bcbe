"""Ports of their own for protocols without a path and a password: who is let in, and to what."""

from __future__ import annotations

import asyncio
import ipaddress
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded, parsed
from labelwright.service.config.model import Config, ListenConfig
from labelwright.service.doors import AT_ONCE, Door, Doors, allowed, doors, listening, wanted

NETWORKS = [ipaddress.ip_network(one) for one in ("172.16.0.0/12", "10.0.0.7/32", "fd00::/8")]


class Hosting:
    """What answers behind a door."""

    async def through(self, request: Request, path: str, predictor: str = "") -> Response:
        if path == "/fails":
            raise ValueError("by a fault of its own")
        return PlainTextResponse(f"{path} {predictor} {(await request.body()).decode()}")


class World:
    """A service, as far as doors know it."""

    def __init__(self) -> None:
        self.extra: dict[str, Any] = {"hosting": {"proto": Hosting()}}


def client(port: int, peer: str = "172.18.0.5", **more: Any) -> TestClient:
    """A client that asks at a port, of three: the service's own, that of all, and that of one predictor."""
    found = Doors()
    found.by_port = {8070: Door("proto", "", NETWORKS), 8071: Door("proto", "one", NETWORKS)}
    own = Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("the service's own"))])
    app = found.before(World(), own)  # type: ignore[arg-type]
    return TestClient(app, base_url=f"http://host:{port}", client=(peer, 5000), **more)


def test_a_port_leads_to_its_protocol_and_its_predictor() -> None:
    assert client(8790).get("/api/functions").text == "the service's own"
    assert client(8070).get("/api/functions").text == "/api/functions  "
    assert client(8071).post("/", content="x").text == "/ one x"


@pytest.mark.parametrize("peer", ["192.168.0.9", "8.8.8.8", "::1", "not-an-address", "10.0.0.8"])
def test_addresses_that_are_not_in_allow_are_kept_out(peer: str, caplog: pytest.LogCaptureFixture) -> None:
    asking = client(8070, peer)
    assert [asking.get("/api/functions").status_code for _ in range(3)] == [403] * 3
    assert caplog.text.count(f"{peer} is not in allow") == 1
    assert client(8790, peer).get("/").text == "the service's own"


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site", "sec-fetch-mode"])
def test_a_page_in_a_browser_is_kept_out(header: str) -> None:
    assert client(8070).post("/", headers={header: "null"}).status_code == 403


def test_a_fault_is_an_answer_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert client(8070, raise_server_exceptions=False).get("/fails").status_code == 500
    assert "GET at listen.proto failed: by a fault of its own" in caplog.text


def test_without_predictors_nothing_is_there() -> None:
    found = Doors()
    found.by_port = {8070: Door("other", "", NETWORKS)}
    app = found.before(World(), Starlette())  # type: ignore[arg-type]
    assert TestClient(app, base_url="http://host:8070", client=("10.0.0.7", 1)).get("/").status_code == 404


@pytest.mark.parametrize(
    ("peer", "let"),
    [("172.31.255.255", True), ("::ffff:172.16.0.1", True), ("fd12::1", True), ("::ffff:8.8.8.8", False)],
)
def test_networks(peer: str, let: bool) -> None:
    assert allowed(peer, NETWORKS) is let


def test_ports_are_taken_and_told() -> None:
    config = Config()
    config.listen["proto"] = ListenConfig(port=0)
    with doors(Loaded(config, Path())) as found:
        ((number, door),) = found.by_port.items()
        assert found.ports == {"proto": {"": number}}
        assert allowed("127.0.0.1", door.networks)
        assert allowed("::1", door.networks)
        assert not allowed("10.0.0.1", door.networks)
        with pytest.raises(UsageError, match=f"cannot listen at 127.0.0.1 port {number}: "):
            listening("127.0.0.1", number).__enter__()
    assert all(one.fileno() == -1 for one in found.sockets)


def test_each_predictor_has_a_port_by_its_name() -> None:
    config = ListenConfig(port=8070, predictors_from=8071)
    assert wanted(config, ["a", "b"]) == {"": 8070, "a": 8071, "b": 8072}
    assert wanted(ListenConfig(port=8070), ["a", "b"]) == {"": 8070}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[listen.moon]\nport = 8070", "is no protocol"),
        ("[listen.nuclio]\nport = 8790", "port 8790 is service.port already"),
        ('[listen.nuclio]\nport = 8070\nallow = ["cvat"]', "'cvat' is no address and no network"),
        ("[listen.nuclio]\nport = 8070\npredictors_from = 8070", "port 8070 is listen.nuclio.port already"),
        ("[listen.nuclio]\nport = 8070\npredictors_from = 65535", "there are no 2 ports from it on"),
        ("[listen.nuclio]\nhost = '::'", "is missing"),
        ("[listen.nuclio]\nport = 70000", "70000 is more than 65535"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, written: str, said: str) -> None:
    models = '[predictors.a]\npredictor = "layout"\n[predictors.b]\npredictor = "layout"\n'
    with pytest.raises(UsageError, match=said):
        parsed(models + written, tmp_path / "labelwright.toml")


def test_letting_everybody_in_is_doubted(tmp_path: Path) -> None:
    text = '[listen.nuclio]\nport = 8070\nallow = ["0.0.0.0/0"]'
    (warning,) = [w for w in parsed(text, tmp_path / "labelwright.toml").warnings if "listen" in w]
    assert "0.0.0.0/0 lets everybody in, and there is no password" in warning


def test_a_host_that_is_none() -> None:
    with pytest.raises(UsageError, match=r"cannot listen at no\.such\.host\.invalid port 1"):
        listening("no.such.host.invalid", 1).__enter__()


def test_no_more_calls_at_once_than_there_is_room_for() -> None:
    """Lists are answered meanwhile."""
    now, most, listed, seen = 0, 0, [], asyncio.Event()

    class Slow:
        async def through(self, request: Request, path: str, predictor: str = "") -> Response:
            nonlocal now, most
            if request.method == "GET":
                listed.append(now)
                seen.set()
                return PlainTextResponse("")
            now, most = now + 1, max(most, now + 1)
            await asyncio.wait_for(seen.wait(), 60)
            await asyncio.sleep(0.02)
            now -= 1
            return PlainTextResponse("")

    async def ask(app: Any, method: str) -> None:
        scope = {"type": "http", "method": method, "path": "/", "headers": [], "query_string": b""}
        scope |= {"server": ("h", 8070), "client": ("10.0.0.7", 1)}
        await app(scope, None, lambda _: asyncio.sleep(0))

    async def all_of_them() -> None:
        found, world = Doors(), World()
        found.by_port = {8070: Door("proto", "", NETWORKS)}
        world.extra["hosting"] = {"proto": Slow()}
        app = found.before(world, Starlette())  # type: ignore[arg-type]
        await asyncio.gather(*(ask(app, "POST") for _ in range(3 * AT_ONCE)), ask(app, "GET"))

    asyncio.run(all_of_them())
    assert most == AT_ONCE
    assert listed == [AT_ONCE]
