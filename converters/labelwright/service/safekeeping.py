"""Backup and restore of a configured service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded

if TYPE_CHECKING:
    from labelwright.service.store.archive import Manifest

MISSING = "the serve extra is not installed: pip install 'labelwright[serve]'"


def back_up(loaded: Loaded, database_url: str, archive: Path, force: bool = False) -> Manifest:
    """Write a backup; ``force`` replaces one that is there. Raises ``UsageError``, ``DataError``."""
    try:
        import sqlalchemy as sa
    except ModuleNotFoundError:
        raise UsageError(MISSING) from None
    from labelwright.service.store.backup import backup
    from labelwright.service.store.database import FILE, open_database
    from labelwright.service.store.migrate import away

    url = database_url or loaded.config.service.database_url
    if not loaded.data.is_dir() or not (url or (loaded.data / FILE).is_file()):
        raise UsageError(f"there is nothing in {loaded.data} to back up")
    database = open_database(url, loaded.data)
    try:
        return backup(database, loaded.data, archive, force=force)
    except sa.exc.OperationalError as error:
        raise away(database, error) from None
    finally:
        database.close()


def put_back(loaded: Loaded, database_url: str, archive: Path, force: bool) -> Manifest:
    """Restore a backup. Raises ``UsageError``, ``DataError``."""
    try:
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError:
        raise UsageError(MISSING) from None
    from labelwright.service.store.restore import restore

    return restore(archive, loaded.data, database_url or loaded.config.service.database_url, force)
