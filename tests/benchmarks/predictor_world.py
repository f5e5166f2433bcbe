"""A service with predictors, and requests of Label Studio's over a connection that is kept alive."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from programs import free_port
from service_process import Running, running

from labelwright.registry import template_folders
from labelwright.service.predicting import KEY, USER

TEMPLATE = "email-classification"
CONFIG = (template_folders()[TEMPLATE] / "label_studio.xml").read_text("utf-8")
HERE = Path(__file__).parent
READERS = Path(os.environ.get("LABELWRIGHT_READERS") or HERE.parents[1] / ".servers" / "readers")
RECORDED = Path(__file__).parents[1] / "predicting" / "recorded"
TOML = """
[service]
port = 0
reconcile_every = 0
"""
PREDICTOR = """
[predictors.{name}]
predictor = "./models.py:{kind}"
template = "email-classification"
"""


@contextmanager
def serving(folder: Path, models: str, names: Mapping[str, str]) -> Iterator[Running]:
    """The service as ``labelwright serve`` runs it, up, with the classes of a file as predictors by name."""
    folder.mkdir(exist_ok=True)
    (folder / "models.py").write_text(models)
    config = folder / "labelwright.toml"
    config.write_text(TOML + "".join(PREDICTOR.format(name=n, kind=k) for n, k in names.items()))
    with running(config) as service:
        yield service.until_up()


@contextmanager
def reference(folder: Path, loading: float = 0.0, step: int = 0) -> Iterator[str]:
    """Label Studio's own ML backend, up; its address.

    ``loading``: seconds that its model loads for, in which it counts to ``step`` and begins again.
    """
    python = READERS / "ml" / "bin" / "python"
    if not python.exists():
        raise RuntimeError(f"no {python}; `make readers` makes it, or set LABELWRIGHT_READERS")
    command = [python, "-m", "gunicorn", "--workers", "1", "--threads", "8", "--timeout", "0"]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    port = free_port()
    given = ["--chdir", HERE, "--bind", f"127.0.0.1:{port}", "reference_backend:app"]
    busy = {"LOADING": str(loading), "STEP": str(step), "MODELS": str(folder / "kept")}
    with _process([*command, *given], port, folder, {**environment, **busy}) as url:
        yield url


@contextmanager
def echoing(folder: Path) -> Iterator[str]:
    """A server that sends back what it gets, up; its address."""
    port = free_port()
    with _process([sys.executable, HERE / "echo_server.py", str(port)], port, folder, os.environ) as url:
        yield url


@contextmanager
def _process(command: list[Any], port: int, folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    log = folder / f"{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen([str(one) for one in command], stdout=file, stderr=file, env=dict(env))
    try:
        end = time.monotonic() + 60.0
        while True:
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), 1.0).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def login(service: Running) -> dict[str, str]:
    """What Label Studio shows when it asks."""
    key = (service.folder / "labelwright-data" / KEY).read_text("ascii").strip()
    return {"Authorization": "Basic " + b64encode(f"{USER}:{key}".encode()).decode()}


def tasks(count: int, first: int = 1) -> list[dict[str, Any]]:
    """Tasks as the server sent them, with the text of an e-mail each."""
    recorded = json.loads((RECORDED / "predict_300.json").read_text("utf-8"))["request"]["tasks"][0]
    return [
        {**recorded, "id": n, "inner_id": n, "data": {"text": f"Dear team, order {n} has not come. {WORDS}"}}
        for n in range(first, first + count)
    ]


def set_up() -> bytes:
    """The body of a request to set up."""
    body = {"project": "30.1795228245", "schema": CONFIG, "hostname": "http://localhost:8080"}
    return json.dumps({**body, "access_token": "0" * 40, "extra_params": "{}"}).encode()


def predict(sent: list[dict[str, Any]]) -> bytes:
    """The body of a request for predictions."""
    params = {"login": None, "password": None, "context": None}
    body = {"tasks": sent, "project": "30.1795228245", "label_config": CONFIG, "params": params}
    return json.dumps(body).encode()


class Connection:
    """Asks one thing after the other; requests are made beforehand, so that asking costs next to nothing."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        """Connect to ``http://host:port``."""
        parts = urlsplit(url)
        self._host = f"{parts.hostname}:{parts.port}"
        more = {"User-Agent": "heartex/1.23.2", "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
        self._headers = {"Host": self._host, **more, "Connection": "keep-alive", **(headers or {})}
        self._socket = socket.create_connection((parts.hostname, parts.port or 80), 60.0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *raised: object) -> None:
        self._socket.close()

    def made(self, path: str, body: bytes | None = None) -> bytes:
        """A request as it goes over the wire: a GET, or a POST of JSON."""
        headers = dict(self._headers)
        if body is not None:
            headers |= {"Content-Length": str(len(body)), "Content-Type": "application/json"}
        lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + (body or b"")

    def ask(self, request: bytes, status: bytes = b"200") -> tuple[float, bytes]:
        """Seconds until the whole answer is there, and its body. Any other status is a failure."""
        began = time.perf_counter()
        self._socket.sendall(request)
        data = self._socket.recv(1 << 20)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        at = head.index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        parts, have = [data[end + 4 :]], len(data) - end - 4
        while have < length:
            parts.append(self._more())
            have += len(parts[-1])
        took = time.perf_counter() - began
        assert head[9:12] == status, data[:500]
        return took, b"".join(parts)

    def _more(self) -> bytes:
        data = self._socket.recv(1 << 20)
        assert data, "the server closed the connection"
        return data


def part(seconds: list[float], share: float) -> float:
    """A quantile, in milliseconds."""
    found = sorted(seconds)
    return 1000 * found[min(int(len(found) * share), len(found) - 1)]


WORDS = "The parcel was to be here on Monday, and nobody answers the telephone. " * 4
