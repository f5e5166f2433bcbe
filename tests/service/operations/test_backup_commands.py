"""backup and restore as somebody types them, and who may enter what was restored."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cli_in_process import run
from service_post import Post
from service_process import configured


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A configuration whose data folder holds something; its folder is the current one."""
    path = configured(tmp_path / "s")
    post = Post(tmp_path / "p")
    post.database.close()
    (tmp_path / "p" / "data").rename(tmp_path / "s" / "labelwright-data")
    monkeypatch.chdir(tmp_path)
    return str(path)


def test_without_a_name_a_backup_is_named_by_the_time(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "backup", "--config", config)[0] == 0
    (made,) = tmp_path.glob("*.tar")
    assert made.name.startswith("labelwright-2") and stat.S_IMODE(made.stat().st_mode) == 0o600


def test_a_backup_that_is_there_is_replaced_only_if_told_so(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.tar").write_text("another")
    code, _, error = run(capsys, "backup", "b.tar", "--config", config)
    assert code == 2 and "--force" in error and (tmp_path / "b.tar").read_text() == "another"
    assert run(capsys, "backup", "b.tar", "--force", "--config", config)[0] == 0
    assert run(capsys, "restore", "b.tar", "--force", "--config", config)[0] == 0


def test_what_is_restored_is_its_owners_alone(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "backup", "b.tar", "--config", config)[0] == 0
    assert run(capsys, "restore", "b.tar", "--force", "--config", config)[0] == 0
    data = tmp_path / "s" / "labelwright-data"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    code, _, error = run(capsys, "connect", "label-studio", "emails", "--config", config)
    assert code == 2 and "others can enter" not in error
