"""Fixtures of the live tests: one real server for the session, a browser for each file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.command import Labelwright
from tests.live.server import Server, running

from labelwright_plugins.label_studio.client import Client, connect


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running Label Studio; what keeps it from starting fails every test that needs it."""
    with running(tmp_path_factory.mktemp("label-studio")) as started:
        print(f"Label Studio was ready after {started.seconds:.0f} s")
        yield started


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A client with the personal access token."""
    with connect(server.url, server.token) as connected:
        yield connected


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running Chromium. What drives it keeps an event loop running, in which no other can be begun."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("LABELWRIGHT_CHROMIUM") or shutil.which("chromium")
    if not path:
        raise RuntimeError("no Chromium; `make setup` installs it, or set LABELWRIGHT_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            timeout=120_000,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-dev-shm-usage",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where a browser step that fails leaves a picture."""
    return tmp_path / "screenshots"


@pytest.fixture
def labelwright(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Labelwright:
    """The command line, set up for the server, with state of its own."""
    monkeypatch.setenv("LABEL_STUDIO_URL", server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", server.token)
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    return Labelwright(capfd)
