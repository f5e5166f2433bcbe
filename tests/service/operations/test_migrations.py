from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from labelwright.problems import DataError, UsageError
from labelwright.service.store.database import FILE, Database, open_database
from labelwright.service.store.migrate import migrate, version
from labelwright.service.store.tables import VERSION, deliveries, meta, sends

DUMP = Path(__file__).parent / "version-1.sql"
START = """
import sys
from pathlib import Path
from labelwright.service.store.database import open_database
from labelwright.service.store.migrate import migrate
database = open_database("", Path(sys.argv[1]))
print(migrate(database))
database.close()
"""


def shape(database: Database) -> dict[str, object]:
    """Columns and indices of every table."""
    there = sa.inspect(database.engine)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in there.get_columns(name)],
            sorted((str(i["name"]), tuple(i["column_names"])) for i in there.get_indexes(name)),
        )
        for name in there.get_table_names()
        if not name.startswith("sqlite_")
    }


def old(data: Path) -> None:
    with sqlite3.connect(data / FILE) as connection:
        connection.executescript(DUMP.read_text())
    connection.close()


def test_new_tables_are_of_the_newest_version(tmp_path: Path) -> None:
    database = open_database("", tmp_path)
    assert migrate(database) == 0
    assert migrate(database) == VERSION
    with database.reading() as connection:
        assert version(connection) == VERSION
    database.close()


def test_a_database_of_version_1_goes_to_the_newest_and_keeps_its_rows(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old(tmp_path / "old")
    changed, new = open_database("", tmp_path / "old"), open_database("", tmp_path / "new")
    assert migrate(changed) == 1
    migrate(new)
    assert shape(changed) == shape(new)
    with changed.reading() as connection:
        rows = connection.execute(sa.select(deliveries.c.key, deliveries.c.copies)).all()
        assert [tuple(row) for row in rows] == [("ANNOTATION_CREATED:1", 2), ("ANNOTATION_UPDATED:2", 1)]
        assert connection.execute(sa.select(sends.c.state)).scalar() == "dead"
    assert migrate(changed) == VERSION
    changed.close()
    new.close()


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    old(tmp_path)
    database = open_database("", tmp_path)

    def second(connection: sa.Connection) -> None:
        connection.execute(sa.text("ALTER TABLE nodes ADD COLUMN extra TEXT"))

    def third(connection: sa.Connection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrate(database, 3, {2: second, 3: third})
    assert "extra" not in [c["name"] for c in sa.inspect(database.engine).get_columns("nodes")]
    with database.reading() as connection:
        assert version(connection) == 1
    database.close()


def test_a_newer_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    database = open_database("", tmp_path)
    migrate(database)
    with database.writing() as connection:
        connection.execute(meta.update().values(value=str(VERSION + 5)))
    with pytest.raises(UsageError, match=f"newer labelwright .schema {VERSION + 5}; .* knows {VERSION}"):
        migrate(database)
    database.close()


def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    database = open_database("postgresql://someone:hunter2hunter2@127.0.0.1:1/none", Path())
    with pytest.raises(DataError) as told:
        migrate(database)
    problem = told.value.problem
    assert problem.code == "service.database-away" and "refused" in problem.message
    assert "hunter2" not in str(problem)
    assert told.value.__suppress_context__
    database.close()


def test_processes_that_start_at_once_change_it_once(tmp_path: Path) -> None:
    old(tmp_path)
    path = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        for _ in range(4)
    ]
    answers = sorted(int(one.communicate(timeout=60)[0]) for one in started)
    assert answers == [1, VERSION, VERSION, VERSION]
