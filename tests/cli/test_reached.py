"""Which project and server a command with the service's configuration means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labelwright.cli._reached import reached
from labelwright.problems import UsageError
from labelwright.service.config.load import load

ONE = """
[tools.main]
tool = "label-studio"
url = "http://main.example/"
token_file = "token"
[projects.mails]
tool = "main"
project = "Support e-mails"
template = "email-classification"
datasets.train.to = "openai"
[predictors.mine]
predictor = "patterns"
template = "named-entities"
"""
OTHER = """
[tools.other]
tool = "label-studio"
url = "http://other.example"
token_file = "other"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://environment.example")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "of the environment")
    for name in ("token", "other"):
        (tmp_path / name).write_text(name)
        (tmp_path / name).chmod(0o600)
    return tmp_path / "labelwright.toml"


def found(config: Path, project: str, tool: str = "label-studio", url: str = "") -> tuple[str, str, str]:
    """Project, address and where the token comes from."""
    name, environ = reached(load(config), "mine", tool, project, url)
    token = Path(environ.get("LABEL_STUDIO_API_KEY_FILE", "")).name
    return name, environ["LABEL_STUDIO_URL"], token or environ["LABEL_STUDIO_API_KEY"]


def test_without_a_configuration_the_environment_says_it(config: Path) -> None:
    assert reached(None, "mine", "label-studio", "mails") == ("mails", os.environ)


def test_a_project_of_the_configuration_is_that_of_its_server(config: Path) -> None:
    config.write_text(ONE + OTHER)
    assert found(config, "mails") == ("Support e-mails", "http://main.example", "token")
    _, environ = reached(load(config), "mine", "label-studio", "mails")
    assert "LABEL_STUDIO_API_KEY" not in environ and environ["PATH"]


def test_the_only_server_of_the_tool_is_meant(config: Path) -> None:
    config.write_text(ONE)
    assert found(config, "7") == ("7", "http://main.example", "token")


def test_of_several_the_one_that_the_predictor_reads_from(config: Path) -> None:
    config.write_text(ONE + 'tool = "other"\n' + OTHER)
    assert found(config, "7") == ("7", "http://other.example", "other")


def test_of_several_the_one_at_the_address(config: Path) -> None:
    config.write_text(ONE + OTHER)
    assert found(config, "7", url="http://other.example/") == ("7", "http://other.example", "other")
    with pytest.raises(UsageError, match="several servers of label-studio are configured"):
        found(config, "7")


@pytest.mark.parametrize("project", ["7", "mails"])
def test_no_log_in_goes_to_another_address_than_its_own(config: Path, project: str) -> None:
    config.write_text(ONE)
    told = (project, "http://environment.example", "of the environment")
    assert found(config, project, url="http://third.example") == told


def test_of_a_tool_that_is_not_configured_the_environment_says_it(config: Path) -> None:
    config.write_text(ONE)
    assert found(config, "mails", tool="doccano") == (
        "mails", "http://environment.example", "of the environment",
    )  # fmt: skip


def test_a_predictor_that_is_not_configured_is_told(config: Path) -> None:
    config.write_text(ONE)
    with pytest.raises(UsageError, match="no predictor 'none' is configured"):
        reached(load(config), "none", "label-studio", "7")
