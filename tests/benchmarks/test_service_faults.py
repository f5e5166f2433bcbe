"""Faults, each twenty times: nothing lost, nothing twice, the data set that of a full rebuild.

What was lost is a delivery that was answered 200 and is not on record as done. Deliveries are sent twice,
in any order, and late; those that nobody answered are not sent again, as Label Studio sends none.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import postgres
import pytest
from driven_service import POINTS
from ls_double import LabelStudio, running
from service_world import World

from labelwright_plugins.label_studio.hooks import hooks

ROUNDS = 20
SOON: dict[str, Any] = {
    "tending__ALIVE": 4.0,
    "tending__SETTLED": 2.0,
    "patience__FIRST": 0.2,
    "patience__LONGEST": 2.0,
}

pytestmark = pytest.mark.benchmark


class Sender:
    """Makes changes in the tool, and sends what it would tell: twice, shuffled, some of it later."""

    def __init__(self, world: World, seed: int) -> None:
        self._world, self._random = world, random.Random(seed)
        self._held: list[Any] = []
        self.sent: set[str] = set()
        self.accepted: set[str] = set()

    def some(self, count: int = 6) -> None:
        """Some changes and deliveries."""
        found = [*self._held, *(self._change() for _ in range(count))]
        self._held = []
        found += self._random.sample(found, len(found) // 2)
        self._random.shuffle(found)
        for payload in found:
            if self._random.random() < 0.2:
                self._held.append(payload)
            else:
                self.send(payload)

    def rest(self) -> None:
        """What was held back."""
        for payload in self._held:
            self.send(payload)
        self._held = []

    def send(self, payload: Any) -> None:
        """One delivery, to any process there is."""
        key = hooks.hear(payload).key
        self.sent.add(key)
        ports = sorted(self._world.processes)
        if ports and self._world.deliver(self._random.choice(ports), payload) == 200:
            self.accepted.add(key)

    def _change(self) -> Any:
        server, choice = self._world.server, self._random
        annotations = server.annotations()
        kind = choice.random()
        if kind < 0.55 or len(annotations) < 6:
            task = choice.choice(sorted(server.tasks))
            return server.annotate(task, choice.randrange(1, 9), task, skip=choice.random() < 0.1)
        if kind < 0.8:
            return server.edit(choice.choice(annotations), choice.randrange(3), skip=choice.random() < 0.3)
        if kind < 0.9 or len(server.tasks) < 5:
            return server.delete(choice.choice(annotations))
        server.add(f"mail number {choice.randrange(10**6)}: please help")
        return server.delete_task(choice.choice(sorted(server.tasks)))


@contextmanager
def _world(folder: Path, database_url: str = "") -> Iterator[World]:
    with running(LabelStudio()) as server:
        for n in range(8):
            task = server.add(f"mail number {n}: please help")
            server.annotate(task, 1, task)
            server.annotate(task, 2, task)
        made = World(folder, server, database_url)
        made.dataset |= {"min_agreement": 0.0}
        made.write()
        try:
            yield made
        finally:
            made.close()


def _verdict(world: World, sender: Sender, name: str, folder: Path) -> None:
    world.until(lambda: _quiet(world), "everything is done", 120)
    stored = [key for (key,) in world.rows("SELECT key FROM deliveries")]
    done = {key for (key,) in world.rows("SELECT key FROM deliveries WHERE state = 'done'")}
    rows = world.newest().get("train.jsonl", b"").splitlines()
    lost, twice = sender.accepted - done, _more(stored) + _more(rows)
    published = world.one("SELECT count(*) FROM events WHERE type = 'dataset.published'")
    versions = world.one("SELECT count(*) FROM versions WHERE published")
    equal = world.newest() == world.afresh(folder)
    print(
        f"\n{name}: {ROUNDS} times, {len(sender.accepted)} deliveries, lost {len(lost)}, "
        f"duplicate rows {twice}, {versions} versions told {published} times, "
        f"{'equal to' if equal else 'NOT'} a full rebuild"
    )
    assert not lost and not twice and set(stored) <= sender.sent
    assert published == versions and equal


def _more(found: list[Any]) -> int:
    """How many are there once too often."""
    return len(found) - len(set(found))


def _quiet(world: World) -> bool:
    waits = world.one("SELECT count(*) FROM deliveries WHERE state = 'new'")
    return not waits and not world.one("SELECT count(*) FROM builds WHERE state = 'running'")


def test_kill_9_of_receiver_and_worker(tmp_path: Path) -> None:
    with _world(tmp_path / _made(tmp_path, "w")) as world:
        sender, choice = Sender(world, 1), random.Random(2)
        workers = 0
        for n in range(ROUNDS):
            point = POINTS[n % len(POINTS)] if n % 2 else ""
            port = world.start(kill=point, **SOON)
            sender.some()
            if point:
                world.dies(port)
            else:
                workers += n % 4 == 0 and _kill_worker(world.processes[port].pid)
                time.sleep(choice.uniform(0.0, 3.0))
                world.kill(port)
        world.start(**SOON)
        sender.rest()
        sender.send(world.server.annotate(sorted(world.server.tasks)[0], 9, 1))
        _verdict(world, sender, f"kill -9 ({workers} times of a rebuild alone)", tmp_path / "fresh")
        assert workers >= ROUNDS // 8


def _kill_worker(service: int, patience: float = 6.0) -> bool:
    """kill -9 of a rebuild's own process, as soon as there is one; whether there was."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        for thread in Path(f"/proc/{service}/task").iterdir():
            with suppress(OSError):  # it ended meanwhile
                for child in (thread / "children").read_text().split():
                    if b"service.work.child" in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(int(child), signal.SIGKILL)
                        return True
        time.sleep(0.02)
    return False


def test_the_database_restarts(tmp_path: Path) -> None:
    with postgres.running() as server, _world(tmp_path / _made(tmp_path, "w"), server.database()) as world:
        sender = Sender(world, 3)
        for _ in range(2):
            world.start(**SOON)
        for n in range(ROUNDS):
            sender.some()
            server.stop(signal.SIGQUIT if n % 2 else signal.SIGINT)
            sender.some(2)
            server.start()
            port = min(world.processes)
            told = world.server.annotate(sorted(world.server.tasks)[0], 100 + n, 1)
            world.until(partial(_taken, world, port, told), "it takes deliveries again", 60)
            sender.sent.add(hooks.hear(told).key)
            if n % 4 == 3:  # often enough that it is at work when it goes, too
                world.until(lambda: _quiet(world), "everything is done", 120)
        sender.rest()
        _verdict(world, sender, "database restart", tmp_path / "fresh")


def test_the_disk_is_full(tmp_path: Path) -> None:
    with _world(tmp_path / _made(tmp_path, "w")) as world:
        sender = Sender(world, 4)
        world.start(**SOON)
        world.built()
        refused = 0
        for _ in range(ROUNDS):
            world.full.touch()
            before = len(sender.accepted)
            sender.some()
            refused += len(sender.accepted) == before
            time.sleep(0.5)
            world.full.unlink()
            sender.some(2)
        sender.rest()
        sender.send(world.server.annotate(sorted(world.server.tasks)[0], 9, 1))
        _verdict(world, sender, f"disk full (refused in {refused})", tmp_path / "fresh")


def test_the_tool_is_slow_or_dead(tmp_path: Path) -> None:
    with _world(tmp_path / _made(tmp_path, "w")) as world:
        sender = Sender(world, 5)
        world.start(**SOON)
        for n in range(ROUNDS):
            world.server.slow = 0.4 if n % 4 == 0 else 0.0
            world.server.refusing = (500, {"detail": "out of order"}) if n % 4 == 1 else None
            world.server.token = "another" if n % 4 == 2 else _token(world)
            world.server.dead = n % 4 == 3
            sender.some()
            time.sleep(2.5)
            if n % 4 == 3:  # and well again, before the next round
                world.server.dead = False
                world.until(lambda: _quiet(world), "everything is done", 120)
        sender.rest()
        _verdict(world, sender, "slow and dead tool", tmp_path / "fresh")
        codes = {code for (code,) in world.rows("SELECT code FROM builds WHERE state = 'failed'")}
        assert {"label-studio.server-error", "label-studio.token-refused"} <= codes
        print("  failed meanwhile: " + ", ".join(sorted(codes)))


def _taken(world: World, port: int, payload: Any) -> bool:
    return world.deliver(port, payload) == 200


def _token(world: World) -> str:
    return (world.folder / "token").read_text()


def _made(base: Path, name: str) -> str:
    (base / name).mkdir()
    return name
