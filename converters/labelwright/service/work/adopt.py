"""Takes versions that lie in the data folder onto the record of a database that knows of nothing.

Somebody removed the database, or made another one. The versions are whole without it, so they are read
from their folders; they were told of in their time and are not told again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from labelwright.problems import DataError
from labelwright.service.config.model import ProjectConfig
from labelwright.service.store.database import Database
from labelwright.service.store.keys import has_versions
from labelwright.service.store.tables import builds, deliveries, meta, versions
from labelwright.service.work import found as f
from labelwright.service.work.happenings import Happenings
from labelwright.service.work.job import VersionMade
from labelwright.service.work.made import describe, row_of
from labelwright.state.versions import VersionStore

log = logging.getLogger(__name__)

ADOPTED = "adopted"  # the key in ``meta``: when it was done
SHOWN = 7 * 86400.0  # seconds that it is told in the status
SAID = (
    "the database was made anew beside versions of data sets that were there already: they were taken over "
    "from their folders, but what the old one knew of deliveries, rebuilds and events is gone; restore a "
    "backup if that matters"
)


def adopt(database: Database, data: Path, projects: Mapping[str, ProjectConfig]) -> int:
    """Take over what there is, if the database knows of no rebuild at all; how many versions."""
    if not has_versions(data):
        return 0
    with database.writing() as connection:
        for table in (builds, versions, deliveries):
            if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
                return 0
        now, count = time.time(), 0
        for folder in sorted((data / "projects").glob("*/")):
            config = projects.get(folder.name)
            count += _project(database, connection, folder, config.annotators if config else 0, now)
        connection.execute(
            database.insert_or(meta, {"key": ADOPTED, "value": str(now)}, ("key",), {"value": str(now)})
        )
    log.warning("%s (%d versions)", SAID, count)
    return count


def notices(connection: sa.Connection, now: float) -> list[str]:
    """What people who look at the status should know of the database itself."""
    at = connection.execute(sa.select(meta.c.value).where(meta.c.key == ADOPTED)).scalar()
    return [SAID] if at is not None and now - float(at) < SHOWN else []


def _project(database: Database, connection: sa.Connection, folder: Path, annotators: int, now: float) -> int:
    count, told = 0, Happenings(database, connection, folder.name, "", now)
    known = f.load(folder, f.KNOWN)
    if known is not None:
        told.items(known, True, annotators)
    for dataset in sorted((folder / "datasets").glob("*/")):
        store = VersionStore(dataset)
        for number in store.numbers():
            made = _described(dataset.name, store.folder(number))
            if made is not None:
                filled = store.folder(number).stat().st_mtime
                connection.execute(versions.insert().values(row_of(folder.name, "", made, filled)))
                told.version(made)
                count += 1
    told.write({})  # to nobody
    return count


def _described(dataset: str, folder: Path) -> VersionMade | None:
    try:
        return describe(dataset, folder)
    except DataError as error:
        log.warning("%s is left out of the record: %s", folder, error.problem.message)
        return None
