"""A service with targets, and events to send."""

from __future__ import annotations

import base64
import stat
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from labelwright.service.config.load import Loaded
from labelwright.service.config.model import Config, NotifyConfig
from labelwright.service.context import Service
from labelwright.service.store.database import open_database
from labelwright.service.store.migrate import migrate
from labelwright.service.store.tables import events, sends

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


class Post:
    """A service, what it is to send, and the rows."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.folder = folder
        self.config = Config()
        self.config.service.data = "data"
        self.database = open_database(database_url, folder / "data")
        migrate(self.database)
        self.service = Service(Loaded(self.config, folder), self.database)

    def target(self, name: str, url: str, *secrets: str, **more: Any) -> None:
        path = self.folder / f"{name}.secret"
        path.write_text("\n".join(secrets or (SECRET,)) + "\n")
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        given = {"url": url, "secret_file": path.name, "allow_private": True, **more}
        self.config.notify[name] = NotifyConfig(**given)

    def event(self, id_: str, *targets: str, type_: str = "dataset.published", **data: Any) -> None:
        told = data or {"dataset": "sft", "version": 3}
        row = {
            "id": id_, "key": f"k:{id_}", "project": "emails", "type": type_, "at": 1_700_000_000.25,
            "data": msgspec.json.encode(told).decode(),
        }  # fmt: skip
        with self.database.writing() as connection:
            connection.execute(events.insert().values(row))
            for name in targets:
                connection.execute(
                    sends.insert().values(
                        event=id_, target=name, state="waiting", attempts=0, next_at=0.0, held_until=0.0,
                        status=0, error="", sent_at=None,
                    )
                )  # fmt: skip

    def row(self, id_: str, target: str) -> Any:
        with self.database.reading() as connection:
            chosen = sa.select(sends).where(sends.c.event == id_, sends.c.target == target)
            return connection.execute(chosen).one()

    def due_now(self) -> None:
        with self.database.writing() as connection:
            connection.execute(sends.update().values(next_at=0.0))
