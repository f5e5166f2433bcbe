"""The tables. Times are seconds since 1970 in UTC, as the service's clock tells them.

A change here needs a migration in ``store/migrations`` and a new number.
"""

from __future__ import annotations

import sqlalchemy as sa

VERSION = 2

metadata = sa.MetaData()

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

meta = sa.Table("meta", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text))

# What tools sent. ``key`` is what a delivery means: the same one twice is one row with two copies.
# ``state``: new until a rebuild that began after it has ended, then done; ignored if it can move nothing.
# ``build`` is the rebuild that took it up. ``body`` is the kept payload, JSON compressed by zlib.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", _number, primary_key=True, autoincrement=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("known", sa.Boolean, nullable=False),
    sa.Column("items", sa.Text, nullable=False),  # JSON list of ids
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Column("last_at", sa.Double, nullable=False),
    sa.Column("copies", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("build", sa.Text, nullable=False),
    sa.Column("done_at", sa.Double, nullable=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("project", "key"),
    sa.Index("deliveries_waiting", "project", "state", "received_at"),
    sa.Index("deliveries_by_age", "last_at"),
    sqlite_autoincrement=True,
)

# Rebuilds. ``state``: running, done, failed. ``reason``: webhook, sweep, reconcile, replay, start, demand;
# all for which it was asked, in their order, with a comma between two.
builds = sa.Table(
    "builds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double, nullable=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),  # of the problem that ended it
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False),
    sa.Column("deliveries", sa.Integer, nullable=False),
    sa.Column("moved", sa.Text, nullable=False),  # JSON: {"changed": [ids], "gone": [ids]}
    sa.Column("missed", sa.Text, nullable=False),  # JSON list: ids that moved and no delivery named
    sa.Index("builds_by_project", "project", "started_at"),
)

# Versions of data sets. ``published``: the training file is there and ``latest`` points to it.
versions = sa.Table(
    "versions",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("dataset", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("build", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),
    sa.Column("gate", sa.Text, nullable=False),
    sa.Column("measure", sa.Text, nullable=False),
    sa.Column("agreement", sa.Double, nullable=True),  # the lowest of the gated controls
    sa.Column("threshold", sa.Double, nullable=True),
    sa.Column("counts", sa.Text, nullable=False),  # JSON
    sa.Column("problems", sa.Text, nullable=False),  # JSON: code to count
    sa.Column("files", sa.Text, nullable=False),  # JSON list of {name, size, sha256}
)

# Items that have their annotators, so that each is told once.
items = sa.Table(
    "items",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("complete", sa.Boolean, nullable=False),
)

# What we have to tell. ``key`` makes each once: the same happening has the same key.
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("data", sa.Text, nullable=False),  # JSON
    sa.Index("events_by_project", "project", "at"),
    sa.Index("events_by_age", "at"),
)

# To whom. ``state``: waiting, sent, dead. Whoever sends holds the row until ``held_until``.
sends = sa.Table(
    "sends",
    metadata,
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", sa.Double, nullable=False),
    sa.Column("held_until", sa.Double, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),  # of the last answer; 0 without one
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("sent_at", sa.Double, nullable=True),
    sa.Index("sends_due", "state", "next_at"),
)

# Processes that work on this database.
nodes = sa.Table(
    "nodes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False),
)
