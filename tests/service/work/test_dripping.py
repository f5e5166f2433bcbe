"""A tool that never ends an answer is given up after a time, and holds up no projects but its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from listening import Quiet, listening
from ls_double import LabelStudio
from service_world import World

CODE = "service.fetch-too-long"


@contextmanager
def dripping() -> Iterator[str]:
    """The address of a server that answers everything with a byte now and then, and never ends."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b" ")
                    time.sleep(0.05)
            except OSError:
                return  # whoever asked has gone

        do_POST = do_GET

    with listening(Handler) as url:
        yield url


class Beside(World):
    """The usual project, and two of a tool that drips."""

    drips, tool = "", "label-studio"

    def tables(self) -> dict[str, dict[str, Any]]:
        more: dict[str, dict[str, Any]] = {
            "tools.slow": {"url": self.drips, "tool": self.tool, "token_file": "token"}
        }
        template = {"label-studio": "email-classification", "cvat": "object-detection"}[self.tool]
        for name in ("a-stuck", "b-stuck"):
            more[f"projects.{name}"] = {"tool": "slow", "project": name, "template": template}
            more[f"projects.{name}.datasets.train"] = {"to": "ionos" if self.tool != "cvat" else "coco"}
        return {**super().tables(), **more}


@contextmanager
def beside(server: LabelStudio, folder: Path, url: str, tool: str, fetch_within: float) -> Iterator[Beside]:
    """The configuration."""
    folder.mkdir()
    Beside.drips, Beside.tool = url, tool
    world = Beside(folder, server, workers=2, fetch_within=fetch_within)
    try:
        yield world
    finally:
        world.close()


def test_a_tool_that_drips_holds_up_its_own_projects_alone(server: LabelStudio, tmp_path: Path) -> None:
    with dripping() as url, beside(server, tmp_path / "world", url, "label-studio", 3600) as world:
        port = world.start()
        stuck = "SELECT project FROM builds WHERE state = 'running' AND project LIKE '%-stuck'"
        world.until(lambda: len(world.rows(stuck)) == 2, "both are stuck")
        # They hold every worker of their tool.
        assert world.deliver(port, server.annotate(5, 1, 1)) == 200
        done = "SELECT count(*) FROM deliveries WHERE state = 'done'"
        world.until(lambda: world.one(done), "another tool's project goes on")
        assert len(world.rows(stuck)) == 2


@pytest.mark.parametrize("tool", ["label-studio", "cvat"])
def test_a_tool_that_drips_is_given_up_and_tried_again(
    server: LabelStudio, tmp_path: Path, tool: str
) -> None:
    failed = "SELECT message, remedy FROM builds WHERE code = :code AND project = 'a-stuck'"
    with dripping() as url, beside(server, tmp_path / "world", url, tool, 2.0) as world:
        world.start()
        world.until(lambda: len(world.rows(failed, code=CODE)) >= 2, "it is given up, and tried again")
        for message, remedy in world.rows(failed, code=CODE):
            assert message == f"reading the project from {url} took more than 2 s, and was ended"
            assert "service.fetch_within" in remedy
