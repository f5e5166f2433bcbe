"""Who hangs up in the middle of a form is no fault of ours."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from service_process import configured

from labelwright.service.app import build
from labelwright.service.config.load import load
from labelwright.service.running import opened


def test_who_hangs_up_in_a_form_leaves_no_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    with opened(load(configured(tmp_path))) as service, caplog.at_level(logging.WARNING):
        kind = (b"content-type", b"application/x-www-form-urlencoded")
        scope = {
            "type": "http", "method": "POST", "path": "/login", "raw_path": b"/login", "query_string": b"",
            "headers": [(b"host", b"localhost"), kind], "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
            "scheme": "http", "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"},
        }  # fmt: skip
        asyncio.run(build(service)(scope, receive, send))
    assert not caplog.records
    assert all(message.get("status", 400) == 400 for message in sent)
