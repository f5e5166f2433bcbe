"""What a real CVAT sent, into a running service: in order, out of order and twice."""

from __future__ import annotations

import copy
import json
import random
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from cvat_double import Double, running, seeded
from cvat_double.server import TOKEN
from recorded_webhooks import CVAT_SECRET, cvat
from service_world import PATIENCE, PROJECT, World

DATE = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z")
READS = "GET /api/jobs/[0-9]+/annotations"
BOX = {"type": "rectangle", "label_id": 1, "frame": 0, "points": [1, 2, 30, 40]}
MOVING = re.compile("(create|update|delete):(job|task|project)$")


class Street(World):
    """A project of CVAT, whose webhook has the secret of the recordings."""

    def tables(self) -> dict[str, dict[str, Any]]:
        project = {"tool": "cvat", "project": "1", "template": "object-detection", **self.project}
        return {
            "service": {**self.service, "port": self.port},
            "tools.cvat": {"url": self.server.url, "token_file": "token"},
            f"projects.{PROJECT}": project,
            f"projects.{PROJECT}.datasets.train": self.dataset,
        }

    def hear(self, port: int, name: str) -> None:
        """Send a recorded delivery as it came, with the signature that it came with."""
        body, signature = cvat()[name]
        headers = {"Content-Type": "application/json", "X-Signature-256": signature}
        url = f"http://127.0.0.1:{port}/webhooks/cvat/{PROJECT}"
        with urlopen(Request(url, body, headers), timeout=PATIENCE) as answer:
            assert answer.status == 200

    def newest(self) -> dict[str, bytes]:
        numbers = sorted(p for p in self.versions.iterdir() if p.name.isdigit())
        found = (p for p in sorted(numbers[-1].rglob("*")) if p.is_file())
        return {p.relative_to(numbers[-1]).as_posix(): p.read_bytes() for p in found}

    def names(self) -> set[str]:
        """The images of the data set."""
        listed = json.loads(self.newest()["train.json"])["images"]
        return {one["file_name"] for one in listed}


@contextmanager
def street(
    folder: Path, double: Double, like: Street | None = None, finished_only: bool = False
) -> Iterator[tuple[Street, int]]:
    """The service at work on what the double has, and its port; with another's key for pseudonyms."""
    folder.mkdir()
    world = Street(folder, double)
    if not finished_only:  # the recorded jobs are not; where they may count, that is said
        world.project = {"finished_only": False}
    world.dataset = {
        "to": "coco",
        "allow_loss": True,
        "allow_unmeasured": True,
        "min_agreement": 0,
        "resamples": 0,
    }
    world.write()
    (folder / "token").write_text(TOKEN)
    secrets = world.loaded.data / "secrets" / "webhooks"
    secrets.mkdir(parents=True, mode=0o700)
    (secrets / f"{PROJECT}.json").write_text(json.dumps([{"secret": CVAT_SECRET}]))
    if like is not None:
        shutil.copytree(like.loaded.data / "state", world.loaded.data / "state")
    double.state.tick(minutes=10)  # what changed last has settled
    try:
        port = world.start()
        world.built()
        world.rests(0.5)
        yield world, port
    finally:
        world.close()


def _order(kind: str) -> list[str]:
    """The names of all deliveries; ``in order`` by the last time that each tells of."""
    names = sorted(cvat(), key=lambda name: (max(DATE.findall(cvat()[name][0].decode()), default=""), name))
    if kind == "out of order":
        names.reverse()
    if kind == "twice":
        names = names + names
        random.Random(6).shuffle(names)
    return names


def _told(name: str) -> str:
    """What a delivery says, in one order of keys."""
    return json.dumps(json.loads(cvat()[name][0]), sort_keys=True)


def test_in_any_order_the_data_set_is_the_same(tmp_path: Path) -> None:
    every = len({_told(name) for name in cvat()})
    assert every < len(cvat())  # one of them was sent again, its keys in another order
    made: list[dict[str, bytes]] = []
    with running(seeded()) as double, ExitStack() as stack:
        worlds: dict[str, tuple[Street, int]] = {}
        for kind in ("in order", "out of order", "twice"):
            like = next(iter(worlds.values()))[0] if worlds else None
            folder = tmp_path / kind.replace(" ", "-")
            worlds[kind] = stack.enter_context(street(folder, double, like))
        reads = double.count(READS)
        double.state.create(1, {"shapes": [BOX]})
        double.state.tick(minutes=10)
        for kind, (world, port) in worlds.items():
            names = _order(kind)
            for name in names:
                world.hear(port, name)
            world.rests()
            rows = world.rows("SELECT event, state, copies, known FROM deliveries")
            assert len(rows) == every and sum(row.copies for row in rows) == len(names)
            for row in rows:
                assert row.known and row.state == ("done" if MOVING.match(row.event) else "ignored")
            assert not world.rows("SELECT id FROM builds WHERE state != 'done' OR missed != '[]'")
            made.append(world.newest())
        assert (reads, double.count(READS)) == (3 * 4, 3 * (4 + 1))
    assert made[0] == made[1] == made[2]


def test_a_job_that_moved_is_read_anew_and_no_other(tmp_path: Path) -> None:
    with running(seeded()) as double, street(tmp_path / "world", double) as (world, port):
        state = double.state
        assert double.count(READS) == 4

        def heard(*names: str) -> list[str]:
            """The reads of annotations that deliveries have led to."""
            state.tick(minutes=10)
            before = len(double.asked)
            for name in names:
                world.hear(port, name)
            world.rests()  # one that comes behind may read while the next change is made
            return [line for line in double.asked[before:] if re.search(READS, line)]

        first = world.newest()
        state.create(1, {"shapes": [BOX]})
        assert [line.split("/")[3] for line in heard("update_job")] == ["1"]
        edited = world.newest()
        assert edited != first
        state.jobs[2]["state"] = "completed"
        state.touch(state.jobs[2])
        assert {line.split("/")[3] for line in heard("update_job_2", "update_task")} == {"2"}
        assert heard("update_job", "update_job_2", "update_project") == []
        assert world.rows("SELECT DISTINCT missed FROM builds") == [("[]",)]


def test_work_counts_once_it_is_finished_and_leaves_when_it_is_opened_again(tmp_path: Path) -> None:
    with running(seeded()) as double:
        state = double.state
        for job in (1, 3):
            state.create(job, {"shapes": [BOX]})
            state.jobs[job]["state"] = "completed"
            state.touch(state.jobs[job])
        with street(tmp_path / "world", double, finished_only=True) as (world, port):

            def boxes(**job: str) -> int:
                """How many there are after a change of the first job, told by its delivery alone."""
                state.jobs[1].update(job)
                state.touch(state.jobs[1])
                state.tick(minutes=10)
                world.hear(port, "update_job")
                world.settled()
                return len(json.loads(world.newest()["train.json"])["annotations"])

            finished = boxes()
            for opened in ("new", "in progress", "rejected"):
                assert 0 < boxes(state=opened, stage="annotation") < finished
                report = json.loads(world.newest()["train.report.json"])
                assert report["problem_counts"]["cvat.job-unfinished"] >= 2
                assert boxes(state="completed") == finished
            assert boxes(state="new", stage="validation") == finished
            assert boxes(state="rejected") < finished
            world.command("reconcile", "--config", "labelwright.toml")
            kept, builds = world.newest(), world.rows("SELECT missed FROM builds WHERE missed != '[]'")
            assert builds == []
            (tmp_path / "fresh").mkdir()
            other = Street(tmp_path / "fresh", double)
            other.dataset = world.dataset
            other.write()
            (other.folder / "token").write_text(TOKEN)
            shutil.copytree(world.loaded.data / "state", other.loaded.data / "state")
            try:
                assert other.command("reconcile").returncode == 0
                assert other.newest() == kept
            finally:
                other.close()


def test_a_task_that_is_deleted_leaves_and_a_ping_moves_nothing(tmp_path: Path) -> None:
    with running(seeded()) as double:
        state = double.state
        mine = json.loads(cvat()["delete_task"][0])["task"]["id"]
        _another(double, mine)
        with street(tmp_path / "world", double) as (world, port):
            there = world.names()
            for rows in (state.tasks, state.metas):
                del rows[mine]
            del state.jobs[40], state.annotations[40]
            state.projects[1]["updated_date"] = state.tick()
            state.tick(minutes=10)
            world.hear(port, "delete_task")
            world.settled()
            assert there - world.names() == {"another.png"}
            # Whichever rebuild was first saw it: on a busy machine one of the start may still be under way.
            found = world.rows("SELECT moved, missed, deliveries FROM builds")
            gone = [one for row in found for one in json.loads(row.moved or "{}").get("gone", [])]
            assert gone == [str(mine), f"{mine}/40"]
            assert [row.missed for row in found if row.deliveries] == ["[]"]

            world.rests()
            asked, builds = len(double.asked), world.one("SELECT count(*) FROM builds")
            world.hear(port, "ping")
            world.hear(port, "ping")
            time.sleep(2.0)
            assert world.rows("SELECT state, copies FROM deliveries WHERE event = 'ping'") == [("ignored", 2)]
            assert world.one("SELECT count(*) FROM builds") == builds
            assert len(double.asked) == asked


def _another(double: Double, number: int) -> None:
    """A task with one image and one job, numbered 40."""
    state = double.state
    state.tasks[number] = {**copy.deepcopy(state.tasks[1]), "id": number, "name": "another"}
    meta = copy.deepcopy(state.metas[1])
    state.metas[number] = {
        **meta,
        "size": 1,
        "stop_frame": 0,
        "frames": [{**meta["frames"][0], "name": "another.png"}],
    }
    only = {"id": 40, "task_id": number, "task_name": "another", "stop_frame": 0, "frame_count": 1}
    state.jobs[40] = {**copy.deepcopy(state.jobs[1]), **only}
    state.annotations[40] = {"version": 0, "tags": [], "shapes": [], "tracks": []}
    state.create(40, {"shapes": [BOX]})
