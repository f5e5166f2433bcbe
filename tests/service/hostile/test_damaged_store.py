"""Database files that something wrote over: a sentence, and no trace of the program's insides."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from service_process import configured, running

from labelwright.problems import DataError, UsageError
from labelwright.service.config.load import load
from labelwright.service.running import opened
from labelwright.service.store.database import FILE, WORK_FILE
from labelwright.service.store.migrate import DAMAGED


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose database was made."""
    path = configured(tmp_path)
    with opened(load(path)):
        pass
    return path


def _file(config: Path) -> Path:
    return config.parent / "labelwright-data" / FILE


@pytest.mark.parametrize("kept", [0, 16, 4096], ids=["none", "mark", "a page"])
def test_a_damaged_database_is_told_of(config: Path, kept: int) -> None:
    whole = _file(config).read_bytes()
    _file(config).write_bytes(whole[:kept] + b"garbage " * ((len(whole) - kept) // 8))
    with pytest.raises(DataError) as caught, opened(load(config)):
        pass
    assert caught.value.problem.code == DAMAGED.code
    assert "backup" in caught.value.problem.remedy


def test_tables_whose_names_are_no_text_are_told_of(config: Path) -> None:
    whole = _file(config).read_bytes()
    _file(config).write_bytes(whole.replace(b"CREATE TABLE", b"\xff\xfe\xfdATE TABLE"))
    with pytest.raises(DataError) as caught, opened(load(config)):
        pass
    assert caught.value.problem.code == DAMAGED.code


def test_a_version_that_is_no_number_is_told_of(config: Path) -> None:
    connection = sqlite3.connect(_file(config))
    connection.execute("UPDATE meta SET value = 'two'")
    connection.commit()
    connection.close()
    with pytest.raises(UsageError, match="of no version"), opened(load(config)):
        pass


def test_the_service_ends_with_a_sentence_over_a_damaged_engine_file(config: Path) -> None:
    (_file(config).parent / WORK_FILE).write_bytes(b"garbage " * 1000)
    with running(config) as process:
        assert process.process.wait(60) == 1
        assert DAMAGED.code in process.said
        assert WORK_FILE in process.said  # what to do
        assert "this is a bug" not in process.said
