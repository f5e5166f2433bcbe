"""Review projects: items that annotators could not settle, with their votes, for a second person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

import msgspec

from labelwright.contracts import Template
from labelwright.pipeline.reviewed import ABOUT
from labelwright.problems import DataError, ProblemType, UsageError
from labelwright.quality.answerfile import as_json
from labelwright.quality.review import About, Case
from labelwright.report.votes import votes_table
from labelwright_plugins.label_studio import labels as xml
from labelwright_plugins.label_studio import projects
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.config import LabelConfig, parse_config
from labelwright_plugins.label_studio.installer import ITEMS_LOST
from labelwright_plugins.label_studio.prefill import Prefill, prefill

NOT_OURS = ProblemType(
    "label-studio.review-project-taken",
    "A project that is no review project has the review project's title",
    "project {title!r} exists and shows no votes, so it is no review project of this one",
    "Name another with --review-project, or rename that project.",
)
VOTES = "labelwright_votes"
SUFFIX = " (review)"
TITLE_LONGEST = 50
AGREED = "agreed answers"  # the model version of the prediction that holds what is settled
BATCH = 100
Progress = Callable[[int], None]


class PushResult(msgspec.Struct, frozen=True):
    """What a push did.

    ``present`` were there already, ``renewed`` of them had no review yet and show newer answers now;
    ``gone`` are cases whose task is no longer in the project.
    """

    project: int
    title: str
    url: str
    created: bool
    cases: int
    pushed: int
    present: int
    renewed: int
    gone: int
    reasons: dict[str, int]


def review_title(title: str, given: str = "") -> str:
    """The title of a project's review project, which no longer than the server allows."""
    if given:
        if not 3 <= len(given) <= TITLE_LONGEST:
            raise UsageError(f"a project's title has 3 to 50 characters; {given!r} has {len(given)}")
        return given
    return title[: TITLE_LONGEST - len(SUFFIX)].rstrip() + SUFFIX


def push(
    client: Client,
    source: dict[str, Any],
    cases: Sequence[Case],
    template: Template,
    title: str,
    progress: Progress | None = None,
) -> PushResult:
    """Put cases into the review project of ``source``, making it where it is missing.

    A case that is there already is not sent again. Settled answers come as a prediction, so that a
    reviewer decides only what is disputed. Raises ``DataError`` when the server cannot be used.
    """
    number, created = _review_project(client, source, title)
    there = _there(client, number)
    config = parse_config(str(source["label_config"]))
    waiting = sum(case.item not in there for case in cases)
    open_cases = [case for case in cases if case.item not in there or not there[case.item].done]
    pushed = renewed = 0
    for start in range(0, len(open_cases), BATCH):
        batch = open_cases[start : start + BATCH]
        bodies = _bodies(client, int(source["id"]), batch, template, config)
        new = [body for item, body in bodies.items() if item not in there]
        if new:
            answer = client.post(f"/api/projects/{number}/import", new)
            if int(answer.get("task_count", 0)) != len(new):
                raise DataError(ITEMS_LOST.at(sent=len(new), stored=answer.get("task_count", 0)))
        pushed += len(new)
        for item, body in bodies.items():
            if item in there and there[item].about != body["data"][ABOUT]:
                _renew(client, there[item].task, body)
                renewed += 1
        if progress is not None:
            progress(start + BATCH)
    reasons = dict(Counter(reason.value for case in cases for reason in case.reasons))
    url = f"{client.url}/projects/{number}"
    present, gone = len(cases) - waiting, waiting - pushed
    return PushResult(number, title, url, created, len(cases), pushed, present, renewed, gone, reasons)


def _renew(client: Client, task: int, body: dict[str, Any]) -> None:
    """Show a task's newer answers: its data, and what is filled in."""
    client.patch(f"/api/tasks/{task}/", {"data": body["data"]})
    for old in client.get("/api/predictions/", task=task):
        client.delete(f"/api/predictions/{int(old['id'])}/")
    for prediction in body.get("predictions", ()):
        client.post("/api/predictions/", {"task": task, **prediction})


class _Task(msgspec.Struct):
    """A task of the review project: what it says it reviews, and whether somebody has."""

    task: int
    about: Any
    done: bool


def _there(client: Client, project: int) -> dict[str, _Task]:
    """The review project's tasks by the item that they review."""
    found = {}
    for row in projects.listing(client, project, "id,data,annotations_ids"):
        about = row["data"].get(ABOUT)
        if isinstance(about, dict):
            done = bool(row.get("annotations_ids"))
            found[str(about.get("item"))] = _Task(int(row["id"]), about, done)
    return found


def _about(case: Case, made: Prefill) -> dict[str, Any]:
    consensus = {name: as_json(case.consensus[name]) for name in made.filled}
    reasons = [reason.value for reason in case.reasons]
    about = About(case.item, reasons, list(case.disputed), case.annotators, consensus, made.blank)
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(about))  # as the server gives it back
    return found


def _review_project(client: Client, source: dict[str, Any], title: str) -> tuple[int, bool]:
    """The id of the review project, and whether it was made just now."""
    found = projects.find(client, title)
    if found is not None:
        if f"${VOTES}" not in str(found["label_config"]):
            raise DataError(NOT_OURS.at(title=title))
        return int(found["id"]), False
    instruction = "<p>The table shows what the annotators answered. Decide; skip what is unusable.</p>"
    wanted = {
        "title": title,
        "label_config": with_votes(str(source["label_config"])),
        "description": f"Review of project {source['id']}",
        "expert_instruction": instruction + str(source.get("expert_instruction") or ""),
        "maximum_annotations": 1,
    }
    return int(client.post("/api/projects/", wanted)["id"]), True


def with_votes(config: str) -> str:
    """A project's configuration with the table of votes above its own. Raises ``DataError``."""
    root = xml.parse(config)
    votes = ElementTree.Element("View")
    votes.append(ElementTree.Element("Header", {"value": "What the annotators answered", "size": "4"}))
    votes.append(ElementTree.Element("HyperText", {"name": VOTES, "value": f"${VOTES}", "inline": "true"}))
    outer = ElementTree.Element("View")
    outer.extend([votes, root])
    return ElementTree.tostring(outer, encoding="unicode") + "\n"


def _bodies(
    client: Client, project: int, cases: Sequence[Case], template: Template, config: LabelConfig
) -> dict[str, dict[str, Any]]:
    """Task bodies for cases whose task is still there, by item."""
    rows = projects.chosen(client, project, [int(c.item) for c in cases], "id,data,meta,annotations,result")
    tasks = {str(row["id"]): row for row in rows}
    return {
        case.item: body_of(case, tasks[case.item], template, config) for case in cases if case.item in tasks
    }


def body_of(case: Case, task: dict[str, Any], template: Template, config: LabelConfig) -> dict[str, Any]:
    """The review task of a case: its data with the votes, and what is settled as a prediction."""
    made = prefill(case, task, template, config)
    votes = votes_table(case, template)
    body: dict[str, Any] = {
        "data": {**task["data"], ABOUT: _about(case, made), VOTES: votes},
        "meta": {"link": case.link} if case.link else {},
    }
    if made.results:
        body["predictions"] = [{"model_version": AGREED, "result": made.results}]
    return body
