"""A pull holds everything that the server says of the work and nothing of the people but who they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cvat_double import Double
from cvat_double.server import PASSWORD, TOKEN
from hypothesis import given
from hypothesis import strategies as st

from labelwright.contracts import Source
from labelwright.problems import DataError, Problems
from labelwright.records import Item
from labelwright_plugins.cvat import folder as f
from labelwright_plugins.cvat.client import Client
from labelwright_plugins.cvat.puller import pull
from labelwright_plugins.cvat.tool import Cvat

BOX = {"type": "rectangle", "label_id": 1, "frame": 0, "points": [1, 2, 30, 40]}


def _read(folder: Path, problems: Problems) -> Iterator[Item]:
    source = Source(str(folder))
    assert Cvat().recognise(source, b"") == "pulled folder"
    return Cvat().read(source, Cvat().infer(source, Problems()), problems)


def everything(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def load(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_bytes())


def test_a_project_by_name(double: Double, client: Client, tmp_path: Path) -> None:
    found = pull(client, "Street — demo", tmp_path)
    assert (found.kind, found.id, found.tasks, found.jobs, found.annotations) == ("project", 1, 3, 4, 24)
    assert (found.fetched, found.reused, found.changed) == (4, 0, True)
    tasks = {1: (1, 2), 2: (3,), 3: (4,)}
    names = {f.task_file(task, name) for task in tasks for name in ("task", "data_meta", "jobs")}
    names |= {f.annotations_file(task, job) for task, jobs in tasks.items() for job in jobs}
    assert everything(tmp_path).keys() == names | {f.ABOUT, f.PROJECT, f.LABELS, f.CURSOR}
    assert load(tmp_path, f.ABOUT) == {
        "format": "labelwright-cvat-1",
        "url": double.url,
        "organization": "",
        "server_version": "2.64.0",
        "kind": "project",
        "id": 1,
        "name": "Street — demo",
    }
    assert [label["name"] for label in load(tmp_path, f.LABELS)][-1] == "person"
    assert load(tmp_path, f.LABELS) == double.state.labels[1]
    assert load(tmp_path, f.task_file(2, "data_meta")) == double.state.metas[2]


def test_annotations_are_whole_and_in_a_fixed_order(double: Double, client: Client, tmp_path: Path) -> None:
    pull(client, "1", tmp_path)
    for task, job in ((1, 1), (2, 3)):
        written, said = load(tmp_path, f.annotations_file(task, job)), double.state.read(job)
        for kind in ("tags", "shapes", "tracks"):
            places = [(row["frame"], row["id"]) for row in written[kind]]
            assert places == sorted(places)
            assert {row["id"]: row for row in written[kind]} == {
                row["id"]: row for row in f.ordered({kind: said[kind]})[kind]
            }
            assert len(written[kind]) == len(said[kind])
    assert load(tmp_path, f.annotations_file(1, 1))["shapes"] != double.state.read(1)["shapes"]


@given(st.permutations(list(range(6))))
def test_the_servers_order_inside_a_frame_does_not_show(order: list[int]) -> None:
    rows = [{"id": n, "frame": n // 3, "elements": [{"id": 9 - n}, {"id": 1}]} for n in range(6)]
    assert f.ordered({"shapes": [rows[n] for n in order]}) == f.ordered({"shapes": rows})
    said = [{"spec_id": n, "value": "x"} for n in range(6)]
    inside = {"id": 1, "frame": 0, "attributes": [said[n] for n in order]}
    assert f.ordered({"tracks": [inside]}) == {"tracks": [{**inside, "attributes": said}]}


def test_replicas_and_ground_truth_come_with_who_drew_them(
    double: Double, client: Client, tmp_path: Path
) -> None:
    found = pull(client, "Quality", tmp_path)
    assert (found.replicas, found.ground_truth, found.jobs) == (6, 1, 10)
    jobs = {job["id"]: job for job in load(tmp_path, f.task_file(8, "jobs"))}
    replicas = {
        n: j["assignee"] for n, j in jobs.items() if j["type"] == "consensus_replica" and j["assignee"]
    }
    assert replicas == {
        9: {"id": 2, "username": "annie"},
        10: {"id": 3, "username": "bobby"},
        11: {"id": 4, "username": "carol"},
    }
    assert [jobs[n]["parent_job_id"] for n in (9, 10, 11)] == [8, 8, 8]
    assert load(tmp_path, f.annotations_file(8, 9)) == f.ordered(double.state.read(9))
    assert load(tmp_path, f.task_file(6, "validation_layout"))["validation_frames"] == [0, 1, 4, 5]
    assert load(tmp_path, f.task_file(6, "jobs"))[1]["assignee"] == {"id": 4, "username": "carol"}
    assert not (tmp_path / f.task_file(8, "validation_layout")).exists()


def test_what_is_pulled_is_what_the_tool_reads(client: Client, tmp_path: Path) -> None:
    problems = Problems()
    pull(client, "Quality", tmp_path)
    items = {item.key.item: item for item in _read(tmp_path, problems)}
    assert [a.annotator for a in items["8/0"].annotations] == ["2", "3", "4"]
    assert items["6/0"].annotations[0].annotator == "4"
    assert len(items) == 6 + 4
    assert problems.ledger("read").missing == 0 and problems.errors == 0


def test_a_layout_that_a_server_answers_with_404(double: Double, client: Client, tmp_path: Path) -> None:
    double.fail("GET .*/validation_layout", (404, {"detail": "Not found."}, {}))
    pull(client, "task:6", tmp_path)
    assert not (tmp_path / f.task_file(6, "validation_layout")).exists()


@pytest.mark.parametrize(("what", "jobs"), [("task:8", 8), ("job:8", 4), ("job:9", 1), ("job:7", 1)])
def test_a_task_and_a_job(client: Client, tmp_path: Path, what: str, jobs: int) -> None:
    found = pull(client, what, tmp_path)
    assert (f"{found.kind}:{found.id}", found.jobs, found.tasks) == (what, jobs, 1)
    task = 6 if what == "job:7" else 8
    assert found.name == load(tmp_path, f.task_file(task, "task"))["name"]
    assert len(load(tmp_path, f.task_file(task, "jobs"))) == jobs
    assert len(list((tmp_path / f"tasks/{task}/annotations").iterdir())) == jobs
    assert load(tmp_path, f.PROJECT)["name"] == "Quality"


def test_only_what_moved_is_asked_for_again(double: Double, client: Client, tmp_path: Path) -> None:
    pull(client, "1", tmp_path)
    before = everything(tmp_path)
    double.asked.clear()
    again = pull(client, "1", tmp_path)
    assert (again.fetched, again.reused, again.changed) == (0, 4, False)
    assert double.count("annotations") == 0
    # version, projects, tasks, labels; then frames, layout and jobs of three tasks
    assert len(double.asked) == 4 + 3 * 3
    assert everything(tmp_path) == before

    double.state.create(2, {"shapes": [BOX]})
    double.state.tick(minutes=1)
    double.asked.clear()
    third = pull(client, "1", tmp_path)
    assert (third.fetched, third.reused, third.annotations, third.changed) == (1, 3, 25, True)
    assert double.count("GET /api/jobs/2/annotations") == double.count("annotations") == 1


def test_a_pull_over_an_old_one_equals_a_fresh_one(double: Double, client: Client, tmp_path: Path) -> None:
    state = double.state
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: state.create(1, {"shapes": [BOX], "tags": [{"label_id": 10, "frame": 1}]}),
        lambda: state.replace(2, {"shapes": [{**BOX, "frame": 3}]}),
        lambda: state.update(1, {"shapes": [{**state.annotations[1]["shapes"][0], "points": [0, 0, 9, 9]}]}),
        lambda: state.delete(1, {"shapes": state.annotations[1]["shapes"][:2]}),
        lambda: state.jobs[3].update(assignee=None, state="completed"),
        lambda: state.labels[1][0]["attributes"].pop(),
        lambda: state.add_labels(1, [{"name": "new"}]),
        lambda: state.metas[1]["deleted_frames"].append(2),
        lambda: state.jobs.pop(2),
        lambda: state.tasks.pop(3),
    ]
    for number, step in enumerate(steps):
        step()
        state.tick(minutes=1)
        again = pull(client, "1", tmp_path / "again")
        fresh = pull(client, "1", tmp_path / f"fresh{number}")
        assert everything(tmp_path / "again") == everything(tmp_path / f"fresh{number}")
        assert again.changed and fresh.fetched == fresh.jobs
    assert not (tmp_path / "again/tasks/3").exists()
    assert not pull(client, "1", tmp_path / "again").changed


def test_a_job_that_may_still_move_is_asked_for_again(double: Double, client: Client, tmp_path: Path) -> None:
    double.state.create(1, {"shapes": [BOX]})
    double.state.tick(seconds=2)
    assert pull(client, "task:1", tmp_path).annotations == 17
    # A second save within the same moment: the date says no more than before.
    double.state.annotations[1]["shapes"].append({**double.state.annotations[1]["shapes"][-1], "id": 99_999})
    double.state.tick(minutes=1)
    assert pull(client, "task:1", tmp_path).annotations == 18
    assert pull(client, "task:1", tmp_path).fetched == 0


def test_a_file_that_somebody_changed_is_fetched_again(
    double: Double, client: Client, tmp_path: Path
) -> None:
    pull(client, "task:1", tmp_path)
    path = tmp_path / f.annotations_file(1, 1)
    good = path.read_bytes()
    path.write_bytes(good.replace(b"manual", b"auto"))
    assert pull(client, "task:1", tmp_path).fetched == 1
    assert path.read_bytes() == good


def test_another_object_replaces_the_folder_and_leaves_strangers(client: Client, tmp_path: Path) -> None:
    pull(client, "project:1", tmp_path)
    mine = tmp_path / "tasks" / "1" / "mine.txt"
    mine.write_text("kept")
    pull(client, "task:8", tmp_path)
    assert sorted(p.name for p in (tmp_path / "tasks").iterdir()) == ["1", "8"]
    assert [p.name for p in (tmp_path / "tasks/1").iterdir()] == ["mine.txt"]


def test_no_more_of_people_than_id_and_name(double: Double, client: Client, tmp_path: Path) -> None:
    double.state.jobs[1]["assignee"]["username"] = "annie@example.test"
    for what in ("1", "3"):
        pull(client, what, tmp_path / what)
    data = b"".join(everything(tmp_path).values())
    for secret in ("example.test", "@", "Tester", "Annie", TOKEN, PASSWORD, "first_name"):
        assert secret.encode() not in data
    assert load(tmp_path / "1", f.task_file(1, "jobs"))[0]["assignee"] == {"id": 3, "username": ""}


def test_a_server_that_dies_midway_leaves_the_old_pull(
    double: Double, client: Client, tmp_path: Path
) -> None:
    pull(client, "1", tmp_path)
    before = everything(tmp_path)
    for job in (1, 2, 3, 4):
        double.state.create(job, {"shapes": [BOX]})
    double.state.tasks[1]["name"] = "renamed"
    double.fail("GET /api/jobs/4/annotations", "cut")
    with pytest.raises(DataError) as caught:
        pull(client, "1", tmp_path)
    assert caught.value.problem.code == "cvat.cut-short"
    assert everything(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == [f.CURSOR]
    double.faults.clear()
    assert pull(client, "1", tmp_path).annotations == 28


def test_a_first_pull_that_fails_leaves_nothing(double: Double, client: Client, tmp_path: Path) -> None:
    double.fail("GET /api/jobs/1/annotations", (200, [1], {}))
    with pytest.raises(DataError) as caught:
        pull(client, "1", tmp_path)
    assert caught.value.problem.code == "cvat.not-an-answer"
    assert list(tmp_path.iterdir()) == []


def test_two_pulls_into_one_folder(client: Client, tmp_path: Path) -> None:
    with f.Staged(tmp_path), pytest.raises(DataError) as caught:
        pull(client, "1", tmp_path)
    assert caught.value.problem.code == "cvat.folder-in-use"
    assert pull(client, "1", tmp_path).changed


def test_what_a_killed_pull_left_goes(client: Client, tmp_path: Path) -> None:
    (tmp_path / ".pull-x" / "tasks").mkdir(parents=True)
    pull(client, "1", tmp_path)
    assert not (tmp_path / ".pull-x").exists()


def test_many_jobs(double: Double, client: Client, tmp_path: Path) -> None:
    state = double.state
    for number in range(2000, 2130):
        state.jobs[number] = {**state.jobs[2], "id": number}
        state.annotations[number] = state.annotations[2]
    found = pull(client, "task:1", tmp_path)
    assert (found.jobs, found.annotations) == (132, 146)
    assert double.count(r"GET /api/jobs\?task_id=1") == 2
    assert [j["id"] for j in load(tmp_path, f.task_file(1, "jobs"))] == [1, 2, *range(2000, 2130)]


def test_the_forms_of_a_newer_server(double: Double, client: Client, tmp_path: Path) -> None:
    """What SDK 2.80's models say of tasks, jobs and annotations is kept, and what is gone is not missed."""
    double.version = "2.80.0"
    for task in double.state.tasks.values():
        del task["consensus_enabled"]
        task |= {"initial_replicas": 0, "media_type": "image"}
    for job in double.state.jobs.values():
        del job["consensus_replicas"]
        job["media_type"] = "image"
    interval = {"id": 7, "label_id": 1, "start": 0, "stop": 4, "score": 1.0}
    double.fail("GET /api/jobs/1/annotations", (200, {**double.state.read(1), "intervals": [interval]}, {}))
    found = pull(client, "1", tmp_path)
    assert found.server_version == "2.80.0"
    assert load(tmp_path, f.annotations_file(1, 1))["intervals"] == [interval]
    assert load(tmp_path, f.task_file(1, "task"))["media_type"] == "image"
    assert not pull(client, "1", tmp_path).changed


@pytest.mark.parametrize(("version", "told"), [("2.63.0", 1), ("2.64.0", 0), ("2.100.1", 0), ("3.0.0", 0)])
def test_any_version_is_pulled_and_an_old_one_told(
    double: Double, client: Client, tmp_path: Path, version: str, told: int
) -> None:
    double.version = version
    found = pull(client, "1", tmp_path)
    assert [p.code for p in found.problems] == ["cvat.server-old"] * told
    assert found.jobs == 4


def test_a_task_without_frames(double: Double, client: Client, tmp_path: Path) -> None:
    double.state.tasks[4] = {**double.state.tasks[1], "id": 4, "size": 0, "data": None}
    found = pull(client, "1", tmp_path)
    assert found.tasks == 4
    assert load(tmp_path, f.task_file(4, "jobs")) == []
    assert load(tmp_path, f.task_file(4, "data_meta"))["frames"] == []
    assert double.count("/api/tasks/4/") == 0
    assert len(list(_read(tmp_path, Problems()))) == 6 + 20 + 3


ROUTES = (
    "server/about",
    "projects",
    r"tasks\?",
    r"labels\?",
    "tasks/1/data/meta",
    "tasks/1/validation_layout",
    r"jobs\?",
    "jobs/1/annotations",
    "tasks/1 ?$",
    "jobs/1$",
)
OTHERS: tuple[object, ...] = (
    None,
    [],
    {},
    "x",
    7,
    [1],
    {"results": [], "count": 1, "next": None},
    {"count": 1, "results": [{}]},
)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", OTHERS, ids=str)
def test_answers_of_another_form_are_told(
    double: Double, client: Client, tmp_path: Path, route: str, body: object
) -> None:
    double.fail(f"GET /api/{route}", (200, body, {}))
    before = list(tmp_path.iterdir())
    for what in ("1", "task:1", "job:1"):
        try:
            pull(client, what, tmp_path)
        except DataError as error:
            assert error.problem.remedy
            assert list(tmp_path.iterdir()) == before
        before = list(tmp_path.iterdir())


def test_names_that_mean_several_or_none(double: Double, client: Client, tmp_path: Path) -> None:
    double.state.projects[9] = {**double.state.projects[1], "id": 9}
    for what, code, words in (
        ("Street — demo", "cvat.project-ambiguous", "1, 9"),
        ("Nowhere", "cvat.project-unknown", "'Quality' (3)"),
        ("77", "cvat.project-unknown", "77"),
        ("project:77", "cvat.project-unknown", "77"),
        ("task:77", "cvat.not-found", "/api/tasks/77"),
        ("job:77", "cvat.not-found", "/api/jobs/77"),
    ):
        with pytest.raises(DataError) as caught:
            pull(client, what, tmp_path)
        assert caught.value.problem.code == code
        assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []
