"""Two processes on one PostgreSQL beside a real Label Studio, whose webhooks reach them in turn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import postgres
import pytest
from tests.live.command import Labelwright
from tests.live.served import LABELS, TEMPLATE, LiveWorld, choice
from tests.live.server import ANNOTATORS, Server
from tests.live.turns import Front, taking_turns

from labelwright.service.store.tables import deliveries

pytestmark = pytest.mark.live
ITEMS = 16
FIRST = "SELECT min(id) FROM deliveries"
AT_WORK = "SELECT executor_id FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id IS NOT NULL"


class Two(LiveWorld):
    """A project, its two processes, and what stands before them."""

    def __init__(
        self, folder: Path, server: Server, labelwright: Labelwright, database: str, front: Front
    ) -> None:
        """Install the project."""
        listed = folder / "items.json"
        listed.write_text(json.dumps([{"text": f"Mail no. {n:02d}"} for n in range(ITEMS)]))
        made = ("install", "label-studio", TEMPLATE, "--project", "Two", "--items", listed, "--json")
        project = int(labelwright(*made).json["project"])
        given = (folder / "world", server, server.token, project, labelwright, 0, database)
        super().__init__(*given, public_url=front.url)
        self.tasks, self.front = server.tasks(project), front
        self.truth: dict[str, str] = {}

    def up(self) -> None:
        """Start another process, which gets its share from now."""
        # Longer than a node takes between two signs, or one that is alive would be taken for dead.
        self.front.ports.append(self.start(tending__ALIVE=12.0, tending__FORGOTTEN=3600.0))

    def submits(self, number: int) -> None:
        """Both people answer an item by the API, the second one in two steps."""
        server: Server = self.server
        ann, bob, _ = ANNOTATORS
        label = number % len(LABELS)
        server.annotate(self.tasks[number], choice(label), ann)
        late = server.annotate(self.tasks[number], choice((label + 1) % len(LABELS)), bob)
        server.api("PATCH", f"/api/annotations/{late}/", {"result": choice(label)})
        self.truth[f"Mail no. {number:02d}"] = LABELS[label]

    def loses_the_one_at_work(self) -> int:
        """kill -9 of the process that has a rebuild in hand; its port."""

        def at_work() -> list[str]:
            """Who is; if all is done already, there is something to do again."""
            found = [name for (name,) in self.rows(AT_WORK)]
            if not found:
                again = deliveries.update().where(deliveries.c.id == self.one(FIRST))
                with self.database.writing() as connection:
                    connection.execute(again.where(deliveries.c.state == "done").values(state="new"))
            return found

        executors = self.until(at_work, "one is at work")
        port = next(p for p, one in self.processes.items() if executors[0].endswith(f"-{one.pid}"))
        self.kill(port)
        return port


@pytest.fixture
def two(
    server: Server, labelwright: Labelwright, tmp_path: Path, postgresql: postgres.Postgres
) -> Iterator[Two]:
    """Both at work, with the webhook registered at what stands before them."""
    with _two(server, labelwright, tmp_path, postgresql) as world:
        world.up()
        world.built()
        world.up()
        assert "registered" in world.connect()
        assert "is as it should be" in world.connect("--check")
        world.mark()
        world.front.taken.clear()
        yield world


@contextmanager
def _two(
    server: Server, labelwright: Labelwright, folder: Path, database: postgres.Postgres
) -> Iterator[Two]:
    with taking_turns() as front:
        world = Two(folder, server, labelwright, database.database(), front)
        try:
            yield world
        finally:
            world.close()


def test_one_of_two_is_killed_among_submits_and_nothing_is_lost(two: Two) -> None:
    for number in range(ITEMS // 2):
        two.submits(number)
    # Label Studio waits for a second alone until each is answered.
    two.until(lambda: sum(two.front.taken.values()) == 3 * ITEMS // 2, "all are heard")
    before = dict(two.front.taken)
    assert len(before) == 2 and abs(before[two.front.ports[0]] - before[two.front.ports[1]]) <= 1

    dead = two.loses_the_one_at_work()
    for number in range(ITEMS // 2, ITEMS):  # it is not taken out of the round: each second one finds it dead
        two.submits(number)
    two.until(lambda: sum(two.front.taken.values()) >= 3 * ITEMS, "all are heard")
    assert two.front.taken[dead] == before[dead]
    two.settled()
    two.until(lambda: two.one("SELECT count(*) FROM nodes") == 1, "the dead one is forgotten")

    # Every submit is one delivery; one that was heard as the process died may have been sent on again.
    events = ["ANNOTATION_CREATED", "ANNOTATION_CREATED", "ANNOTATION_UPDATED"] * ITEMS
    assert sorted(two.heard()) == sorted(events)
    assert sum(two.front.taken.values()) == len(events)
    assert two.one("SELECT sum(copies) FROM deliveries") - len(events) in (0, 1)
    two.until(lambda: not two.rows(AT_WORK), "what it had in hand is taken over")
    assert two.answers() == two.truth
    two.equals_fresh()
    published = "SELECT count(*), count(DISTINCT key) FROM events WHERE type = 'dataset.published'"
    ((told, apart),) = two.rows(published)
    assert told == apart == two.one("SELECT count(*) FROM versions WHERE published")
    (left,) = two.processes
    assert two.stop(left) in (0, -15, 143)
