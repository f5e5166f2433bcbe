"""Indices by age, so that what is too old is found without reading everything."""

from __future__ import annotations

import sqlalchemy as sa


def change(connection: sa.Connection) -> None:
    """Make the two indices."""
    connection.execute(sa.text("CREATE INDEX deliveries_by_age ON deliveries (last_at)"))
    connection.execute(sa.text("CREATE INDEX events_by_age ON events (at)"))
