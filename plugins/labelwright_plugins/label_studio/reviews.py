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
from labelwright.quality.review import About, Case
from labelwright.records import Kind
from labelwright.report.votes import votes_table
from labelwright_plugins.label_studio import labels as xml
from labelwright_plugins.label_studio import projects
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.installer import ITEMS_LOST

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
    waiting = [case for case in cases if case.item not in there]
    stale = [c for c in cases if c.item in there and not there[c.item].done and there[c.item].differs(c)]
    pushed = renewed = 0
    for start in range(0, len(waiting), BATCH):
        bodies = _bodies(client, int(source["id"]), waiting[start : start + BATCH], template)
        if bodies:
            answer = client.post(f"/api/projects/{number}/import", bodies)
            if int(answer.get("task_count", 0)) != len(bodies):
                raise DataError(ITEMS_LOST.at(sent=len(bodies), stored=answer.get("task_count", 0)))
        pushed += len(bodies)
        if progress is not None:
            progress(start + BATCH)
    for start in range(0, len(stale), BATCH):
        for body in _bodies(client, int(source["id"]), stale[start : start + BATCH], template):
            task = there[body["data"][ABOUT]["item"]].task
            client.patch(f"/api/tasks/{task}/", {"data": body["data"]})
            renewed += 1
    reasons = dict(Counter(reason.value for case in cases for reason in case.reasons))
    url = f"{client.url}/projects/{number}"
    present = len(cases) - len(waiting)
    gone = len(waiting) - pushed
    return PushResult(number, title, url, created, len(cases), pushed, present, renewed, gone, reasons)


class _Task(msgspec.Struct):
    """A task of the review project: what it says it reviews, and whether somebody has."""

    task: int
    about: Any
    done: bool

    def differs(self, case: Case) -> bool:
        """Whether the case has come to be another since the task was made."""
        return bool(self.about != msgspec.to_builtins(_about(case)))


def _there(client: Client, project: int) -> dict[str, _Task]:
    """The review project's tasks by the item that they review."""
    found = {}
    for row in projects.listing(client, project, "id,data,annotations_ids"):
        about = row["data"].get(ABOUT)
        if isinstance(about, dict):
            done = bool(row.get("annotations_ids"))
            found[str(about.get("item"))] = _Task(int(row["id"]), about, done)
    return found


def _about(case: Case) -> About:
    reasons = [reason.value for reason in case.reasons]
    return About(case.item, reasons, list(case.disputed), case.annotators, case.consensus)


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


def _bodies(client: Client, project: int, cases: Sequence[Case], template: Template) -> list[dict[str, Any]]:
    """Task bodies for cases whose task is still there."""
    rows = projects.chosen(client, project, [int(c.item) for c in cases], "id,data,meta,annotations,result")
    tasks = {str(row["id"]): row for row in rows}
    bodies = []
    for case in cases:
        task = tasks.get(case.item)
        if task is None:
            continue
        body: dict[str, Any] = {
            "data": {
                **task["data"],
                ABOUT: msgspec.to_builtins(_about(case)),
                VOTES: votes_table(case, template),
            },
            "meta": {"link": case.link} if case.link else {},
        }
        agreed = _agreed(case, task, template)
        if agreed:
            body["predictions"] = [{"model_version": AGREED, "result": agreed}]
        bodies.append(body)
    return bodies


def _agreed(case: Case, task: dict[str, Any], template: Template) -> list[dict[str, Any]]:
    """The stored results of the settled controls, of annotations that hold the settled answer."""
    stored = {str(a["id"]): a.get("result") or [] for a in task.get("annotations") or ()}
    found: list[dict[str, Any]] = []
    for control, annotation in case.agreed.items():
        names = {control, *(n for n, c in template.controls.items() if c.on == control)}
        found += [r for r in stored.get(annotation, ()) if r.get("from_name") in names]
    marked = {r["id"] for r in found if "id" in r}
    for control, annotation in case.agreed.items():
        if template.controls[control].kind is Kind.RELATIONS:  # has no name of its own, but ends that do
            links = [r for r in stored.get(annotation, ()) if r.get("type") == "relation"]
            found += [r for r in links if {r.get("from_id"), r.get("to_id")} <= marked]
    return found
