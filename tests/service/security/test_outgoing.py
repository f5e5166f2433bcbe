"""Where the service may send requests to: nothing but configured tools, targets and places of media."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest
from cli_in_process import run
from ls_double import LabelStudio
from service_world import World
from web_double import serving

import labelwright
from labelwright.service.config.model import DatasetConfig
from labelwright.service.running import opened
from labelwright.service.work.process import _environment, make_job
from labelwright.service.work.rebuild import _settings

NETWORK = {
    "socket",
    "ssl",
    "requests",
    "httpx",
    "urllib3",
    "smtplib",
    "ftplib",
    "aiohttp",
    "telnetlib",
}
LISTENS = {"service/serving.py", "service/wire.py", "service/doors.py"}  # ports, the server's protocol
NAMES = {"service/context.py"}  # the machine's own name
ASKS = {
    "predictors/_asking.py"
}  # servers of models that the user names, by addresses that media/web.py allows


def imports(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_few_modules_of_the_engine_open_connections() -> None:
    root = Path(labelwright.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        if any(
            name.split(".")[0] in NETWORK or name in ("urllib.request", "http.client")
            for name in imports(path)
        ):
            found.add(path.relative_to(root).as_posix())
    assert found - LISTENS - NAMES - ASKS == {"media/web.py", "service/notify/outgoing.py"}


def test_no_data_set_of_the_service_may_ask_private_networks_for_media(world: World) -> None:
    keys = {field.name for field in msgspec.structs.fields(DatasetConfig)}
    assert "media" in keys and "allow_private" not in keys
    with opened(world.loaded) as service:
        (project,) = service.projects.values()
        job = make_job(service, project, "b1", {})
    config = msgspec.structs.replace(job.datasets["train"], media=["http", "https", "label-studio"])
    settings = _settings(job, config)
    assert settings.media == config.media and settings.allow_private is False


def test_a_rebuild_does_not_fetch_what_a_task_names(
    world: World, server: LabelStudio, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving({}) as inside:
        for task in server.tasks.values():
            task["data"]["text"] = f"{inside.url}/metadata"
            task["data"]["image"] = f"{inside.url}/metadata"
        code, out, error = run(
            capsys, "reconcile", "--json", "--config", str(world.folder / "labelwright.toml")
        )
        assert code == 0, (out, error)
        assert inside.requests == []


def test_a_rebuild_knows_the_secrets_of_its_own_server_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "PGPASSWORD",
        "LABELWRIGHT_DATABASE_URL",
        "CVAT_TOKEN",
        "LABEL_STUDIO_API_KEY",
        "ANY_SECRET",
    ):
        monkeypatch.setenv(name, "canary")
    with opened(world.loaded) as service:
        (project,) = service.projects.values()
        given = _environment(project)
    assert "canary" not in given.values()
    assert str(world.folder / "token") in given.values()
