"""A state made of recorded answers: images and a video, a ground truth job, and a task with replicas."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from cvat_double.state import State

RECORDINGS = Path(__file__).parents[2] / "cvat_client" / "recordings"
PEOPLE = {2: "annie", 3: "bobby", 4: "carol"}
EMPTY = {"version": 0, "tags": [], "shapes": [], "tracks": []}


def recorded(name: str) -> Any:
    """A recorded answer."""
    return json.loads((RECORDINGS / f"{name}.json").read_bytes())


def person(number: int) -> dict[str, Any]:
    """Somebody, with more than may reach a disk."""
    name = PEOPLE[number]
    return {
        "url": f"http://cvat.test/api/users/{number}",
        "id": number,
        "username": name,
        "first_name": name.title(),
        "last_name": "Tester",
        "email": f"{name}@example.test",
    }


def seeded() -> State:
    """Project 1 with tasks 1 to 3, project 3 with task 6 (ground truth) and task 8 (three replicas a job)."""
    state = State()
    _street(state)
    _quality(state)
    for task in state.tasks.values():
        task["owner"]["email"] = "admin@example.test"
    return state


def _street(state: State) -> None:
    state.projects[1] = recorded("project_created")
    state.labels[1] = recorded("labels_project")["results"]
    for number in (1, 2, 3):
        state.tasks[number] = recorded(f"tasks_{number}")
        state.metas[number] = recorded(f"task_{number}_data_meta")
        state.jobs[number] = recorded(f"jobs_{number}")
        state.annotations[number] = recorded(f"jobs_{number}_annotations")
        state.jobs[number]["assignee"] = person(2 + number % 2)
    only = {"id": 4, "task_id": 3, "task_name": state.tasks[3]["name"]}
    state.jobs[4] = {**copy.deepcopy(state.jobs[1]), **only, "assignee": None}
    state.annotations[4] = recorded("tasks_3_annotations")
    state.archives[1] = (RECORDINGS / "task1__CVAT_for_images_1.1.zip").read_bytes()


def _quality(state: State) -> None:
    state.projects[3] = {**recorded("project_created"), "id": 3, "name": "Quality"}
    state.labels[3] = []
    size = {
        "name": "size",
        "mutable": False,
        "input_type": "select",
        "default_value": "s",
        "values": ["s", "m"],
    }
    tags: list[dict[str, Any]] = [
        {"name": "car", "attributes": [size]},
        {"name": "van"},
        {"name": "rain", "type": "tag"},
    ]
    state.add_labels(3, tags)
    for label, number in zip(state.labels[3], (17, 18, 19), strict=True):
        label["id"] = number
    state.labels[3][0]["attributes"][0]["id"] = 8
    six = {"id": 6, "name": "gt task", "project_id": 3, "validation_mode": "gt"}
    state.tasks[6] = {**recorded("tasks_1"), **six}
    state.metas[6] = recorded("task_1_data_meta")
    state.layouts[6] = recorded("validation_layout")
    state.jobs[6] = {**recorded("jobs_1"), "id": 6, "task_id": 6, "project_id": 3, "assignee": person(2)}
    state.jobs[7] = {**recorded("gt_job_created"), "assignee": person(4)}
    state.tasks[8], meta = recorded("consensus_task"), recorded("task_1_data_meta")
    state.metas[8] = {**meta, "size": 4, "stop_frame": 3, "frames": meta["frames"][:4]}
    for job in recorded("consensus_jobs"):
        state.jobs[job["id"]] = job
        state.annotations[job["id"]] = copy.deepcopy(EMPTY)
    state.annotations[6] = copy.deepcopy(EMPTY)
    state.annotations[7] = copy.deepcopy(EMPTY)
    state.annotations[8] = recorded("merged_job_annotations")
    for who, number in zip((2, 3, 4), (9, 10, 11), strict=True):
        state.annotations[number] = recorded(f"replica_{number}_annotations")
        state.jobs[number]["assignee"] = person(who)
