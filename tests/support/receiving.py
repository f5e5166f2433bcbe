"""A service with a project of each tool, made for a test; and deliveries that it believes."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labelwright.service.config.load import Loaded, load
from labelwright.service.context import Service

TOML = """
[service]
{service}
[login]
{login}
[tools.label-studio]
url = "http://label-studio.test"
token_file = "label-studio.token"
[tools.cvat]
url = "{cvat_url}"
token_file = "cvat.token"
[projects.emails]
tool = "label-studio"
project = "28"
template = "email-classification"
[projects.emails.datasets.chat]
to = "openai"
[projects.street]
tool = "cvat"
project = "1"
template = "{cvat_template}"
[projects.street.datasets.boxes]
to = "coco"
"""
LABEL_STUDIO, CVAT = "/webhooks/label-studio/emails", "/webhooks/cvat/street"


def configured(
    folder: Path,
    service: Mapping[str, Any] | None = None,
    login: Mapping[str, Any] | None = None,
    cvat_url: str = "http://cvat.test",
    cvat_template: str = "object-detection",
) -> Loaded:
    """A configuration below a folder."""
    lines = [
        "\n".join(f"{k} = {json.dumps(v)}" for k, v in (given or {}).items()) for given in (service, login)
    ]
    for token in ("cvat.token", "label-studio.token"):
        if not (folder / token).exists():
            (folder / token).write_text("aBcDeFgH.0123456789abcdefghijklmnopqrstuv\n")
    path = folder / "labelwright.toml"
    path.write_text(
        TOML.format(service=lines[0], login=lines[1], cvat_url=cvat_url, cvat_template=cvat_template)
    )
    return load(path)


@contextmanager
def receiving(loaded: Loaded) -> Iterator[Service]:
    """The service with its inbox alone at work."""
    from labelwright.service.running import opened

    with opened(loaded) as service:
        service.inbox.start()
        try:
            yield service
        finally:
            service.inbox.close()


def signed(service: Service, body: bytes, project: str = "street") -> dict[str, str]:
    """The headers of a delivery of CVAT."""
    return signature(service.secrets.newest(project), body)


def signature(secret: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery signed with a secret."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Signature-256": f"sha256={digest}"}


def known(service: Service, project: str = "emails") -> dict[str, str]:
    """The headers of a delivery of Label Studio."""
    secret = service.secrets.newest(project)
    return {"Content-Type": "application/json", "X-Labelwright-Secret": secret}


@contextmanager
def started(loaded: Loaded, how: str = "bare", extra: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The service in a process of its own, listening; killed at the end if it still runs."""
    server = Server(loaded, how, extra or {})
    try:
        server.wait()
        yield server
    finally:
        server.kill()


class Server:
    """A process that serves."""

    def __init__(self, loaded: Loaded, how: str, extra: Mapping[str, str]) -> None:
        self.port = loaded.config.service.port
        self.log = loaded.folder / "server.log"
        root = Path(__file__).parents[2]
        folders = ("converters", "plugins", "label_configs", "tests/support")
        paths = os.pathsep.join(str(root / folder) for folder in folders)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "receiving_server", str(loaded.folder / "labelwright.toml"), how],
                env={**os.environ, "PYTHONPATH": paths, **extra},
                stdout=log,
                stderr=log,
            )

    def wait(self, seconds: float = 60.0) -> None:
        """Until somebody answers."""
        end = time.monotonic() + seconds
        while True:
            assert self.process.poll() is None, self.log.read_text()
            try:
                self._ask()
                return
            except OSError:
                assert time.monotonic() < end, self.log.read_text()
                time.sleep(0.05)

    def _ask(self) -> None:
        """Any answer will do; the port alone is open long before."""
        with socket.create_connection(("127.0.0.1", self.port), 30.0) as connection:
            connection.sendall(b"GET /webhooks/a/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            if not connection.recv(1):
                raise ConnectionError

    def kill(self) -> None:
        """As a machine does that runs out of memory."""
        self.process.kill()
        self.process.wait()
