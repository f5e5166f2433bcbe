"""init: asks at a terminal, takes options anywhere, and writes a file that loads."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ls_webhooks import TOKEN, LabelStudio, label_studio

from labelwright.cli import _initial
from labelwright.service.config.load import load, parsed
from labelwright.service.config.written import Answers, name_of, text

GIVEN = (
    *("--tool", "label-studio", "--project", "Emails", "--template", "email-classification"),
    *("--to", "openai"),
)


@pytest.fixture
def label() -> Iterator[LabelStudio]:
    with label_studio() as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LABEL_STUDIO_API_KEY", "LABEL_STUDIO_URL", "LABELWRIGHT_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_without_a_terminal_it_says_what_is_missing(labelwright: Any, folder: Path) -> None:
    ran = labelwright("init", "--tool", "label-studio", stdin=b"")
    assert ran.code == 2
    assert ran.err.startswith("labelwright: there is no terminal to ask at; pass --project, --template (")
    assert "email-classification" in ran.err and ran.err.rstrip().endswith("--to")
    assert list(folder.iterdir()) == []


def test_options_alone_write_a_file_that_loads(labelwright: Any, folder: Path, label: LabelStudio) -> None:
    (folder / "token").write_text(TOKEN)
    (folder / "token").chmod(0o600)
    more = (
        "--url",
        label.url,
        "--token-file",
        "token",
        "--port",
        "8800",
        "--public-url",
        "https://l.example",
    )
    ran = labelwright("init", *GIVEN, *more, stdin=b"")
    assert ran.code == 0, ran.err
    assert f"{label.url} was reached, and has the project 'Emails'" in ran.err
    assert ran.out == (
        "labelwright.toml: written\n"
        "next: labelwright connect label-studio emails --webhook\n"
        "then: labelwright serve\n"
    )
    loaded = load(folder / "labelwright.toml")
    assert loaded.warnings == []
    config = loaded.config
    assert (config.service.port, config.service.public_url) == (8800, "https://l.example")
    assert config.tools["label-studio"].token_file == "token"
    project = config.projects["emails"]
    assert (project.tool, project.project, project.datasets["train"].to) == (
        "label-studio",
        "Emails",
        "openai",
    )
    assert labelwright("connect", "label-studio", "emails", "--webhook").code == 0


def test_what_is_there_is_not_replaced(labelwright: Any, folder: Path) -> None:
    (folder / "labelwright.toml").write_text("mine")
    ran = labelwright("init", *GIVEN, "--offline", stdin=b"")
    assert ran.code == 2 and "exists already; pass --force" in ran.err
    assert (folder / "labelwright.toml").read_text() == "mine"
    assert labelwright("init", *GIVEN, "--offline", "--force", stdin=b"").code == 0
    assert load(folder / "labelwright.toml").config.projects
    assert [p.name for p in folder.iterdir()] == ["labelwright.toml"]


def test_a_token_is_never_on_the_command_line(labelwright: Any, folder: Path, label: LabelStudio) -> None:
    ran = labelwright("init", *GIVEN, "--url", label.url, "--token-file", "-", stdin=f"{TOKEN}\n".encode())
    assert ran.code == 0 and "was reached" in ran.err
    assert TOKEN not in ran.out + ran.err + (folder / "labelwright.toml").read_text()
    secret = folder / "secrets" / "label-studio.token"
    assert secret.read_text() == f"{TOKEN}\n"
    assert (secret.stat().st_mode & 0o777, secret.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert load(folder / "labelwright.toml").config.tools["label-studio"].token_file == (
        "secrets/label-studio.token"
    )
    bad = labelwright("init", *GIVEN, "--force", "--token-file", "-", stdin=b"two words\n")
    assert bad.code == 2 and "no token" in bad.err and "two words" not in bad.err
    assert secret.read_text() == f"{TOKEN}\n"


def test_a_tool_that_is_away_is_told_and_does_not_hinder(labelwright: Any, folder: Path) -> None:
    ran = labelwright("init", *GIVEN, "--url", "http://127.0.0.1:1", "--token-file", "-", stdin=b"abc\n")
    assert ran.code == 0
    assert "the connection was tried and failed: cannot reach http://127.0.0.1:1" in ran.err
    assert load(folder / "labelwright.toml").config.projects["emails"].project == "Emails"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--tool", "label-studo", "did you mean 'label-studio'?"),
        ("--url", "localhost:8080", "no web address"),
        ("--name", "My Emails", "a name is of small letters"),
        ("--template", "email", "unknown template"),
        ("--template", "detect", "only from a project that was reached"),
        ("--to", "opnai", "did you mean 'openai'?"),
        ("--to", "coco", "coco holds no answers"),
        ("--public-url", "labels", "no web address"),
        ("--token-file", "gone", "there is no "),
    ],
)
def test_wrong_answers_write_nothing(
    labelwright: Any, folder: Path, option: str, value: str, said: str
) -> None:
    ran = labelwright("init", *GIVEN, "--offline", option, value, stdin=b"")
    assert ran.code == 2 and said in ran.err
    assert not (folder / "labelwright.toml").exists()


def test_a_template_of_ones_own_is_relative_to_the_file(labelwright: Any, folder: Path) -> None:
    from labelwright.registry import template_folders

    own = folder / "conf" / "mine"
    own.mkdir(parents=True)
    for part in template_folders()["email-classification"].iterdir():
        if part.is_file():
            (own / part.name).write_bytes(part.read_bytes())
    ran = labelwright(
        *("init", *GIVEN, "--offline", "--template", "conf/mine", "--config", "conf/labelwright.toml"),
        stdin=b"",
    )
    assert ran.code == 0, ran.err
    assert 'template = "./mine"' in (folder / "conf/labelwright.toml").read_text()
    assert "--config conf/labelwright.toml" in ran.out
    (folder / "conf").rename(folder / "moved")
    assert load(folder / "moved/labelwright.toml").config.projects


def test_a_template_is_told_from_the_project(
    labelwright: Any, folder: Path, label: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def pulled(answers: Answers, where: Path) -> str:
        asked.append((answers.project, answers.token_file))
        return "email-classification"

    monkeypatch.setattr(_initial, "detected", pulled)
    given = [one for one in GIVEN if one not in ("--template", "email-classification")]
    ran = labelwright("init", *given, "--url", label.url, "--token-file", "-", stdin=TOKEN.encode())
    assert ran.code == 0 and "told from the project" in ran.err
    assert asked == [("Emails", "secrets/label-studio.token")]
    assert load(folder / "labelwright.toml").config.projects["emails"].template == "email-classification"


def test_the_schema_is_printed(labelwright: Any) -> None:
    ran = labelwright("init", "--schema")
    assert ran.code == 0
    jsonschema.Draft202012Validator.check_schema(ran.json)
    assert "ServiceConfig" in ran.json["$defs"]


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, *arguments: str, folder: Path, environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "labelwright", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def answer(self, question: str, answer: str) -> None:
        """Wait for a question, then type an answer."""
        seen = len(self.shown)
        while question not in self.shown[seen:]:
            if not self._read():
                self._process.kill()
                self._process.wait()
                raise AssertionError(f"{question!r} was not asked:\n{self.shown}")
        os.write(self._ours, answer.encode() + b"\n")

    def end(self) -> int:
        """Wait for the end; the exit code."""
        while self._read():
            pass
        os.close(self._ours)
        return self._process.wait(30)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 60)
        try:
            found = os.read(self._ours, 4096) if ready else b""
        except OSError:  # the other side is closed
            found = b""
        self.shown += found.decode(errors="replace")
        return bool(found)


def test_at_a_terminal_it_asks(folder: Path, label: LabelStudio) -> None:
    (folder / "labelwright.toml").write_text("mine")
    path = os.pathsep.join(str(Path(one).absolute()) for one in sys.path if one)
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", "TERM": "dumb"}
    terminal = Terminal("init", folder=folder, environment=environment)
    began = time.monotonic()
    for question, answer in (
        ("replace it?", "y"),
        ("Tool", "label-studo"),
        ("did you mean 'label-studio'", "label-studio"),
        ("Address of its server", label.url),
        ("Project (title or id)", "Emails"),
        ("Its name in addresses", ""),
        ("Port to listen on", ""),
        ("Address that tools reach", ""),
        ("(empty: none yet): ", TOKEN),  # the blank comes when nothing typed is shown
        ("Template [detect]", "email-classification"),
        ("Training file for", "openai"),
    ):
        terminal.answer(question, answer)
    assert terminal.end() == 0, terminal.shown
    assert time.monotonic() - began < 120
    assert TOKEN not in terminal.shown and "was reached" in terminal.shown
    loaded = load(folder / "labelwright.toml")
    assert list(loaded.config.projects) == ["emails"] and loaded.warnings == []
    assert (folder / "secrets/label-studio.token").read_text() == f"{TOKEN}\n"


def test_nobody_who_says_no_loses_a_file(folder: Path) -> None:
    (folder / "labelwright.toml").write_text("mine")
    path = os.pathsep.join(str(Path(one).absolute()) for one in sys.path if one)
    terminal = Terminal("init", folder=folder, environment={**os.environ, "PYTHONPATH": path})
    terminal.answer("replace it?", "")
    assert terminal.end() == 2
    assert (folder / "labelwright.toml").read_text() == "mine"


TITLES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


@given(TITLES, TITLES)
def test_whatever_a_project_is_called_the_file_says_it(title: str, organization: str) -> None:
    name = name_of(title)
    answers = Answers(
        table="label-studio",
        tool="label-studio",
        url="http://localhost:8080",
        project=title,
        name=name,
        template="email-classification",
        to="openai",
        organization=organization,
    )
    found = parsed(text(answers), Path("labelwright.toml")).config
    assert found.projects[name].project == title
    assert found.tools["label-studio"].organization == organization
