"""What is shipped to run the service with: it parses, and says what the program and its options say."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from labelwright.cli.main import build
from labelwright.service.config.model import ServiceConfig

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
CONFIG = "/etc/labelwright/labelwright.toml"


def options() -> dict[str, set[str]]:
    """The options of each command."""
    group: Any = typer.main.get_command(build())
    return {name: {o for p in c.params for o in p.opts} for name, c in group.commands.items()}


def variables() -> set[str]:
    """The environment variables that options are taken from."""
    group: Any = typer.main.get_command(build())
    return {str(p.envvar) for c in group.commands.values() for p in c.params if p.envvar}


def checked(words: list[str]) -> None:
    command, *rest = words
    known = options()
    assert command in known
    assert {word for word in rest if word.startswith("-")} <= known[command]


def unit(path: Path) -> dict[str, list[str]]:
    """The settings of a unit; a name may come more than once."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_units_start_commands_that_there_are(path: Path) -> None:
    (start,) = unit(path)["ExecStart"]
    words = shlex.split(start)
    if words[0] == "/bin/sh":
        words = shlex.split(words[2])[1:]
    assert words[0] == "/opt/labelwright/bin/labelwright"
    checked(words[1:])
    assert CONFIG in words


def test_the_unit_waits_longer_than_the_service_drains() -> None:
    settings = unit(DEPLOY / "labelwright.service")
    assert int(settings["TimeoutStopSec"][0]) > ServiceConfig().drain
    assert settings["RestartPreventExitStatus"] == ["2"]
    assert settings["UMask"] == ["0077"]


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """With programs in place of ours that are there; where there is no systemd, units are only read."""
    verify = shutil.which("systemd-analyze")
    for path in [*UNITS, *DEPLOY.glob("*.timer")]:
        text = path.read_text().replace("/opt/labelwright/bin/labelwright", "/bin/true")
        (tmp_path / path.name).write_text(text)
        assert re.search(r"^\[(Service|Timer)\]$", text, re.MULTILINE)
    if verify:
        for path in sorted(tmp_path.iterdir()):
            done = subprocess.run([verify, "verify", "--man=no", str(path)], capture_output=True, text=True)
            wrong = [line for line in done.stderr.splitlines() if "labelwright" in line]
            assert wrong == []


def test_compose_says_what_the_program_says() -> None:
    file = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    service, database = file["services"]["serve"], file["services"]["postgres"]
    checked(service["command"])
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).resolve().is_file()
    assert database["profiles"] == ["postgres"], "it comes only when it is asked for"
    assert service["depends_on"]["postgres"]["required"] is False
    assert int(service["stop_grace_period"].rstrip("s")) > ServiceConfig().drain
    assert service["ports"] == [f"127.0.0.1:{ServiceConfig().port}:{ServiceConfig().port}"]
    named = {v.split(":")[0] for s in (service, database) for v in s["volumes"] if not v.startswith(".")}
    assert named == set(file["volumes"])
    assert "/ready" in service["healthcheck"]["test"][-1]
    assert any(v.startswith("backups:/var/backups/") for v in service["volumes"]), "beside the data"


def test_the_database_of_compose_has_the_password_that_the_service_has() -> None:
    """From the one file that both read: what stands in ``${}`` would come from the shell alone."""
    text = (DEPLOY / "compose.yaml").read_text()
    file = yaml.safe_load(text)
    service, database = file["services"]["serve"], file["services"]["postgres"]
    assert service["env_file"] == database["env_file"]
    assert "POSTGRES_PASSWORD" not in database["environment"] and "${" not in text
    shell, dash, script = database["entrypoint"]
    script = script.replace("$$", "$").replace("docker-entrypoint.sh", "env")  # as Compose hands it on
    line, given = [shell, dash, script.removesuffix(" postgres")], {"PGPASSWORD": "pä ss$1"}
    env = {**given, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(line, env=env, capture_output=True, text=True, check=True)
    assert "POSTGRES_PASSWORD=pä ss$1" in done.stdout.splitlines()


def test_the_image_has_what_it_copies_and_installs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (DEPLOY / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in line.split())
    (extras,) = re.findall(r"'\.\[(.+)\]'", text)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    (command,) = re.findall(r"^CMD (.+)$", text, re.MULTILINE)
    checked(yaml.safe_load(command))


def test_the_environment_names_what_is_read() -> None:
    named = set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "environment.example").read_text(), re.MULTILINE))
    assert {n for n in named if n.startswith("LABELWRIGHT_")} <= variables()
    assert named >= {"LABELWRIGHT_DATABASE_URL", "PGPASSWORD"}
