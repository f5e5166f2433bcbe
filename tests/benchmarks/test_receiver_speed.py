"""How many deliveries are taken in, how soon they are answered, and what many of them leave behind."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import measuring
import pytest
import webhook_load
from cvat_double import running, seeded
from cvat_double.server import TOKEN
from programs import free_port
from receiving import CVAT, Server, configured, started

from labelwright.service.config.load import Loaded
from labelwright.service.secrets import WebhookSecrets

LEAST = 0.5  # of what the same server takes in that stores nothing
BURST, BURSTS, CONNECTIONS = 2_000, 4, 256
RATE, SECONDS, SLOWEST = 200, 60, 250.0  # deliveries a second, for so long; milliseconds
MANY = 100_000
GROWTH_MB, WAL_MB, ROW_BYTES = 24.0, 64.0, 1_600

TEMPLATE = """
name = "boxes"
modality = "image"
[inputs.image]
type = "image"
[controls.objects]
kind = "shapes"
labels = ["car", "van"]
shapes = ["box"]
[example]
kind = "none"
"""


class Sender:
    """Sends to one server, never the same twice."""

    def __init__(self, loaded: Loaded, server: Server) -> None:
        self._secret = WebhookSecrets(loaded.data).newest("street")
        self._port, self._next = server.port, 1

    def send(self, count: int, rate: float = 0, connections: int = CONNECTIONS) -> dict[str, Any]:
        """Send so many; what the load generator tells."""
        job = {
            "host": "127.0.0.1", "port": self._port, "path": CVAT, "secret": self._secret, "count": count,
            "connections": connections, "first": self._next, "rate": rate,
        }  # fmt: skip
        self._next += count
        command = [sys.executable, webhook_load.__file__, json.dumps(job)]
        found: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        assert found["statuses"] == {"200": count}
        return found


def _loaded(folder: Path, **more: Any) -> Loaded:
    """A service that is not to rebuild while it is measured."""
    folder.mkdir(exist_ok=True)
    quiet = {"quiet": 36_000, "ceiling": 72_000, "rate": 100_000_000}
    return configured(folder, {**quiet, "port": free_port(), **more})


def _stored(loaded: Loaded) -> int:
    with sqlite3.connect(loaded.data / "labelwright.sqlite") as connection:
        (found,) = connection.execute("SELECT count(*) FROM deliveries").fetchone()
    connection.close()
    return int(found)


@pytest.mark.benchmark
def test_storing_durably_costs_no_more_than_receiving(tmp_path: Path) -> None:
    """Signed, into SQLite with synchronous FULL, by one process; in turn, so that both wait alike."""
    kept, lost = _loaded(tmp_path / "kept"), _loaded(tmp_path / "lost")
    with started(kept, "whole") as whole, started(lost, "nothing") as nothing:
        senders = {"durable": Sender(kept, whole), "nothing stored": Sender(lost, nothing)}
        for sender in senders.values():
            sender.send(BURST)
        rounds: list[dict[str, float]] = []
        for _ in range(measuring.ROUNDS):
            seconds = dict.fromkeys(senders, 0.0)
            for _ in range(BURSTS):
                for name, sender in senders.items():
                    seconds[name] += sender.send(BURST)["seconds"]
            rounds.append(seconds)
        sent = BURST * (BURSTS * measuring.ROUNDS + 1)
        assert (_stored(kept), _stored(lost)) == (sent, 0)
    print(f"\n{BURST * BURSTS:,} signed deliveries a round over {CONNECTIONS} connections")
    for name in senders:
        print(f"  {name:<16} {BURST * BURSTS / statistics.median(r[name] for r in rounds):8,.0f} a second")
    ratio = statistics.median(r["nothing stored"] / r["durable"] for r in rounds)
    print(f"  ratio {ratio:.2f}")
    assert ratio >= LEAST


@pytest.mark.benchmark
def test_answers_come_at_once_while_data_sets_are_rebuilt(tmp_path: Path) -> None:
    template = tmp_path / "boxes"
    template.mkdir()
    (template / "template.toml").write_text(TEMPLATE)
    (tmp_path / "cvat.token").write_text(TOKEN)
    with running(seeded()) as double:
        service = {"port": free_port(), "quiet": 1.0, "ceiling": 2.0, "rate": 10_000}
        loaded = configured(tmp_path, service, cvat_url=double.url, cvat_template="./boxes")
        with started(loaded, "whole") as server:
            found = Sender(loaded, server).send(RATE * SECONDS, RATE, 32)
            with sqlite3.connect(loaded.data / "labelwright.sqlite") as connection:
                builds = connection.execute("SELECT state, count(*) FROM builds GROUP BY state").fetchall()
            connection.close()
    print(f"\n{RATE} deliveries a second for {found['seconds']:.0f} s, rebuilds meanwhile: {dict(builds)}")
    print("  ms " + ", ".join(f"{name} {found[name]:.1f}" for name in webhook_load.PARTS))
    assert dict(builds).get("done", 0) >= SECONDS / 15
    assert _stored(loaded) == RATE * SECONDS
    assert found["p99"] <= SLOWEST


@pytest.mark.benchmark
def test_many_deliveries_take_no_more_memory(tmp_path: Path) -> None:
    loaded = _loaded(tmp_path)
    with started(loaded, "whole") as server:
        sender = Sender(loaded, server)
        held = []
        for _ in range(5):
            sender.send(MANY // 5)
            held.append(_resident_mb(server.process.pid))
        wal = (loaded.data / "labelwright.sqlite-wal").stat().st_size / 1e6
    assert _stored(loaded) == MANY
    size = sum(file.stat().st_size for file in loaded.data.glob("labelwright.sqlite*"))
    fifths = ", ".join(f"{mb:.0f}" for mb in held)
    print(f"\n{MANY:,} deliveries: MB after each fifth {fifths}; write-ahead log {wal:.0f} MB;")
    print(f"  {size / MANY:.0f} bytes each")
    assert held[-1] - held[0] <= GROWTH_MB
    assert wal <= WAL_MB and size / MANY <= ROW_BYTES


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
