"""What the pages on the service say is so: commands, keys, figures, tests that are named."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import msgspec
import pytest

from labelwright import registry
from labelwright.cli.main import run
from labelwright.service import metrics, secrets
from labelwright.service.config.load import load, parsed
from labelwright.service.config.model import EVENTS, Config, ServiceConfig
from labelwright.service.inbox.receiver import LARGE
from labelwright.service.login import TOKEN, Attempts
from labelwright.service.notify import backoff, outgoing, standard
from labelwright.service.work import patience, process
from labelwright_plugins.cvat import transport as cvat
from labelwright_plugins.label_studio import transport as label_studio

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs/how-to"
MODEL = ROOT / "docs/explanation/threat-model.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def page(path: Path) -> str:
    return path.read_text(encoding="utf-8")


SERVICE, OPERATE, THREATS = (page(p) for p in (HOW_TO / "service.md", HOW_TO / "operate.md", MODEL))
BOTH = SERVICE + OPERATE


def commands(text: str) -> list[list[str]]:
    """Every command of labelwright in the fenced blocks."""
    found = []
    for language, block in FENCE.findall(text):
        for line in block.splitlines():
            if not language and (at := re.search(r"(?:^|\s)labelwright (?=[a-z])", line)):
                found.append(shlex.split(line[at.end() :]))
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the secrets that the pages name."""
    work = tmp_path / "work"
    (work / "secrets").mkdir(parents=True, mode=0o700)
    names = (
        "token",
        *(f"secrets/{n}" for n in ("label-studio.token", "cvat.token", "pipeline", "slack-url")),
    )
    for name in names:
        (work / name).write_text("0123456789abcdef0123456789abcdef01234567\n")
        (work / name).chmod(0o600)
    monkeypatch.chdir(work)
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    return work


def test_every_command_of_the_service_is_shown() -> None:
    shown = {" ".join(words[:2]) if words[0] == "secrets" else words[0] for words in commands(BOTH)}
    wanted = {"init", "serve", "connect", "status", "replay", "reconcile", "datasets", "secrets rotate"}
    assert wanted | {"backup", "restore"} <= shown
    assert "labelwright disconnect " in BOTH


def test_the_configuration_that_is_shown_is_taken(folder: Path) -> None:
    blocks = [block for language, block in FENCE.findall(BOTH) if language == "toml"]
    whole, *more = blocks
    assert len(more) == 2
    assert parsed(whole, folder / "labelwright.toml").warnings == []
    rest = whole.partition("\n\n")[2]
    for block in more:
        text = block + rest if "[service]" in block else whole + block
        loaded = parsed(text, folder / "labelwright.toml")
        assert loaded.warnings == [] and len(loaded.config.projects) == 2
        msgspec.convert(tomllib.loads(text), Config)


def test_the_commands_that_need_no_server_run_in_their_order(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (first,) = [words for words in commands(SERVICE) if words[0] == "init" and len(words) > 1]
    assert run([*first, "--offline"]) == 0, capsys.readouterr().err
    assert load(folder / "labelwright.toml").warnings == []
    assert f"labelwright connect {' '.join(('label-studio', 'inbox'))} --webhook" in capsys.readouterr().out
    said = {}
    for words in commands(BOTH):
        if words[0] in ("status", "datasets"):
            assert run(words) == 0
            said[words[0]] = capsys.readouterr().out
    assert "inbox (label-studio): new" in said["status"] and "inbox: no versions yet" in said["datasets"]
    for words in [w for w in commands(OPERATE) if w[0] in ("backup", "restore")]:
        path = str(tmp_path / Path(words[-1]).name)
        more = ["--force"] if words[0] == "restore" else []
        assert run([words[0], path, *more]) == 0, capsys.readouterr().err
    assert run(["replay", "42"]) == 2 and "no delivery 42" in capsys.readouterr().err


def test_figures_are_those_of_the_program() -> None:
    usual = ServiceConfig()
    days = sum(backoff.DELAYS) / 86_400
    for text, true in (
        (f"{usual.quiet:g} seconds after the last delivery", True),
        (f"and {usual.ceiling:g} seconds after the first", True),
        (f"every {usual.reconcile_every / 60:g} minutes", True),
        (f"nested deeper than {usual.max_depth}", True),
        (f"larger than {usual.max_body / 1e6:g} MB", True),
        (f"more than {usual.rate} a second", True),
        (f"{secrets.LENGTH} random bytes", True),
        (f"{usual.keep_deliveries_days} days (`keep_deliveries_days`)", True),
        (f"the newest {usual.keep_versions} (`keep_versions`)", True),
        (f"at least {standard.LEAST} bytes", True),
        ("tried ten times over about three days", len(backoff.DELAYS) == 9 and 2.5 < days < 3.5),
        (f"within {patience.LONGEST / 60:g} minutes", True),
        (f"took {process.TIMEOUT / 3600:g} hours", True),
        ("gives a project in an hour (`fetch_within`)", usual.fetch_within == 3600),
        (f"labelwright-data/{TOKEN}", usual.data == "labelwright-data"),
    ):
        assert text in " ".join(BOTH.split()) and true, text
    for text, true in (
        (f"at most {LARGE >> 10} KiB", LARGE % 1024 == 0),
        ("25 MB, depth 64", (usual.max_body, usual.max_depth) == (25_000_000, 64)),
        (f"{secrets.LENGTH} random bytes", True),
        (
            "after ten wrong ones in five minutes those of an address are answered a second late",
            (Attempts.MOST, Attempts.WITHIN, Attempts.LATE) == (10, 300.0, 1.0),
        ),
        ("512 MB an answer", cvat.MOST_ANSWER == label_studio.MOST_ANSWER == 512 << 20),
        (f"after {process.TIMEOUT / 3600:g} hours at the latest", True),
        ("an hour that it may read (`fetch_within`)", usual.fetch_within == 3600),
        (f"{outgoing.WHOLE:g} s an attempt", True),
        (f"({usual.rate} a second by default)", True),
        (f"for {usual.keep_deliveries_days} days", True),
        ("both workers of its tool", usual.workers == 2),
    ):
        assert text in " ".join(THREATS.split()) and true, text


def test_events_metrics_codes_and_files_that_are_named_exist() -> None:
    assert set(re.findall(r"^\| `([a-z]+\.[a-z-]+)` \|", SERVICE, re.M)) == set(EVENTS)
    source = page(Path(metrics.__file__))
    named = re.findall(r"labelwright_(\w+?)(?:_total)?\b", BOTH)
    assert named and all(f'"labelwright_{one}"' in source or f'"{one}"' in source for one in named)
    codes = set(re.findall(r"`((?:service|cvat|label-studio)\.[a-z-]+)`", BOTH))
    assert len(codes) > 8 and codes <= set(registry.problem_types())


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", THREATS)
    assert len(named) > 40
    for path, name in named:
        assert f"\ndef {name}(" in page(ROOT / path), f"{path}::{name}"
    rows = [
        line for line in THREATS.splitlines() if line.startswith("| to ") or line.startswith("| archives")
    ]
    assert [row for row in rows if "tests/" not in row and "how-to/" not in row] == []
