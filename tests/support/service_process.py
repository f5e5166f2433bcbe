"""The service in a process of its own, as it is run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

CONFIG = """
[service]
port = 0
quiet = 0.2
ceiling = 1.0
reconcile_every = 0
{service}

[tools.label-studio]
url = "{tool}"
token_file = "token"

[projects.emails]
tool = "label-studio"
project = "1"
template = "email-classification"

[projects.emails.datasets.sft]
to = "ionos"
{more}
"""


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process needs to find this tree's program."""
    path = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
    return {**os.environ, "PYTHONPATH": path, **(more or {})}


def configured(folder: Path, service: str = "", more: str = "", tool: str = "http://127.0.0.1:1") -> Path:
    """A configuration with one project of a tool that is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text("a-token-of-nobody-0123456789\n")
    path = folder / "labelwright.toml"
    path.write_text(CONFIG.format(service=service, more=more, tool=tool))
    return path


class Running:
    """A process that serves, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, out: Path, before: int) -> None:
        self.process, self.folder, self._out = process, folder, out
        self._from = before
        self.url = ""

    @property
    def said(self) -> str:
        return self._out.read_bytes()[self._from :].decode(errors="replace")

    def until_up(self, seconds: float = 120.0) -> Running:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.said
            found = [line for line in self.said.splitlines() if "labelwright serves at " in line]
            if found:
                self.url = found[0].partition("serves at ")[2].split()[0]
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(self.url + "/ready", timeout=10).status_code == 200:
                        return self
            time.sleep(0.1)
        raise AssertionError(f"the service did not come up: {self.said}")

    def secret(self, project: str = "emails") -> str:
        from labelwright.service.secrets import WebhookSecrets

        return WebhookSecrets(self.folder / "labelwright-data").newest(project)

    def deliver(self, number: int, client: Any = httpx) -> int:
        """Post an annotation's webhook; the status."""
        body = {
            "action": "ANNOTATION_CREATED",
            "project": {"id": 1},
            "annotation": {"id": number, "task": number, "result": []},
            "task": {"id": number},
        }
        headers = {"X-Labelwright-Secret": self.secret()}
        url = self.url + "/webhooks/label-studio/emails"
        answer = client.post(url, json=body, headers=headers, timeout=60)
        return int(answer.status_code)

    def end(self, how: int = signal.SIGTERM, seconds: float = 90.0) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(how)
        return self.process.wait(seconds)


@contextlib.contextmanager
def running(config: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Serve a configuration; killed at the end if it still runs."""
    out = config.parent / "service.log"
    before = out.stat().st_size if out.exists() else 0
    with out.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "labelwright", "serve", "--config", str(config), *arguments],
            stdout=file,
            stderr=file,
            cwd=config.parent,
            env=environment(env),
        )
    try:
        yield Running(process, config.parent, out, before)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
