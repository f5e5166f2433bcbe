"""What the double remembers, and how requests change it."""

from __future__ import annotations

import copy
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
LISTS = ("tags", "shapes", "tracks")


class Refused(Exception):
    """An answer with an error's status."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class State:
    """Objects by id, as the API says them; ``labels`` are by project."""

    def __init__(self) -> None:
        self.projects: dict[int, Row] = {}
        self.tasks: dict[int, Row] = {}
        self.jobs: dict[int, Row] = {}
        self.metas: dict[int, Row] = {}
        self.layouts: dict[int, Row] = {}
        self.labels: dict[int, list[Row]] = {}
        self.annotations: dict[int, Row] = {}  # by job
        self.archives: dict[int, bytes] = {}  # what an export with images gives, by task
        self.requests: dict[str, Row] = {}
        self.exported: dict[str, str] = {}  # request -> updated_date of the task then
        self.organizations = {"acme": 1}
        self.hooks: dict[int, Row] = {}
        self.hook_secrets: dict[int, str] = {}  # never in an answer
        self.deliveries: list[Row] = []
        self.clock = datetime(2026, 11, 22, tzinfo=UTC)
        self.ids = itertools.count(1000)

    def tick(self, **step: float) -> str:
        """Let time go by; the time, as CVAT writes it."""
        self.clock += timedelta(**(step or {"minutes": 1}))
        return self.clock.isoformat().replace("+00:00", "Z")

    def touch(self, job: Row) -> None:
        """What saving annotations does to the dates."""
        now = self.tick()
        task = self.tasks[job["task_id"]]
        for row in (job, task, self.projects.get(task["project_id"] or 0, {})):
            row["updated_date"] = now

    # Annotations

    def read(self, job: int) -> Row:
        """A job's annotations as they are read: floats, attributes filled, shapes by frame only."""
        specs = {
            label["id"]: label["attributes"]
            for labels in self.labels.values()
            for outer in labels
            for label in (outer, *outer["sublabels"])
        }
        found = copy.deepcopy(self.annotations[job])
        for shape in [*found["tags"], *found["shapes"]]:
            told = {a["spec_id"]: a["value"] for a in shape.get("attributes", [])}
            known = [
                {"spec_id": s["id"], "value": s["default_value"]} for s in specs.get(shape["label_id"], [])
            ]
            shape["attributes"] = [{**a, "value": told.get(a["spec_id"], a["value"])} for a in known]
        for shape in found["shapes"]:
            shape["points"] = [float(p) for p in shape["points"]]
        # Inside a frame the order is not that of the ids.
        found["shapes"].sort(key=lambda s: (s["frame"], -(s["id"] % 7), s["id"]))
        return found

    def replace(self, job: int, body: Row) -> Row:
        """PUT."""
        absent = {
            kind: [{"id": ["must be absent"]} for row in body.get(kind, []) if "id" in row] for kind in LISTS
        }
        if any(absent.values()):
            raise Refused(400, {kind: rows for kind, rows in absent.items() if rows})
        self.annotations[job] = {"version": 0, **{kind: [] for kind in LISTS}}
        return self.create(job, body)

    def create(self, job: int, body: Row) -> Row:
        """PATCH with action=create."""
        known = {label["id"] for labels in self.labels.values() for label in labels}
        for row in (row for kind in LISTS for row in body.get(kind, [])):
            if row["label_id"] not in known:
                raise Refused(400, [f"label_id `{row['label_id']}` is invalid"])
        made = {
            kind: [
                {"group": 0, "source": "manual", "attributes": [], **row, "id": next(self.ids)}
                for row in body.get(kind, [])
            ]
            for kind in LISTS
        }
        for shape in made["shapes"]:
            shape.update({k: v for k, v in _SHAPE.items() if k not in shape})
        for kind in LISTS:
            self.annotations[job][kind].extend(copy.deepcopy(made[kind]))
        self.touch(self.jobs[job])
        return {"version": 0, **made}

    def update(self, job: int, body: Row) -> Row:
        """PATCH with action=update: what is named by id is replaced."""
        self._without(job, body)
        for kind in LISTS:
            self.annotations[job][kind].extend(copy.deepcopy(body.get(kind, [])))
        self.touch(self.jobs[job])
        return body

    def delete(self, job: int, body: Row) -> Row:
        """PATCH with action=delete."""
        self._without(job, body)
        self.touch(self.jobs[job])
        return body

    def _without(self, job: int, body: Row) -> None:
        for kind in LISTS:
            ids = {row["id"] for row in body.get(kind, [])}
            rows = self.annotations[job][kind]
            if ids - {row["id"] for row in rows}:
                raise Refused(404, {"detail": "Not found."})
            rows[:] = [row for row in rows if row["id"] not in ids]

    # Projects and labels

    def create_project(self, body: Row, like: Row, organization: int | None) -> Row:
        """POST /api/projects."""
        if not str(body.get("name") or "").strip():
            raise Refused(400, {"name": ["This field is required."]})
        number, now = next(self.ids), self.tick()
        self.labels[number] = []
        self.add_labels(number, body.get("labels", []))
        row = {**copy.deepcopy(like), "id": number, "name": body["name"], "created_date": now}
        row |= {"updated_date": now, "organization": organization, "organization_id": organization}
        self.projects[number] = row
        return row

    def change_project(self, number: int, body: Row) -> Row:
        """PATCH /api/projects/ID: labels with an id are changed, those without are added."""
        for label in body.get("labels", []):
            if "id" not in label:
                self.add_labels(number, [label])
                continue
            there = next((x for x in self.labels[number] if x["id"] == label["id"]), None)
            if there is None:
                raise Refused(404, {"detail": f"Not found label with id #{label['id']} to change"})
            there["name"] = label.get("name") or there["name"]
            there["color"] = label.get("color") or "#123456"  # a label without a colour is given one
            for attribute in label.get("attributes", []):
                known = [a for a in there["attributes"] if a["id"] == attribute.get("id")]
                known = known or [a for a in there["attributes"] if a["name"] == attribute["name"]]
                if known:
                    known[0].update(attribute)
                else:
                    there["attributes"].append({"id": next(self.ids), **attribute})
        self.projects[number]["updated_date"] = self.tick()
        return self.projects[number]

    def add_labels(self, project: int, labels: list[Row]) -> None:
        """Store labels that have no id yet."""
        for label in labels:
            if label["name"] in {x["name"] for x in self.labels[project]}:
                raise Refused(400, ["All label names must be unique"])
            self.labels[project].append(self._label(label, project))

    def _label(self, label: Row, project: int | None) -> Row:
        attributes = [{"id": next(self.ids), **a} for a in label.get("attributes", [])]
        row = {"id": next(self.ids), "name": label["name"], "color": label.get("color", "#aabbcc")}
        row |= {"attributes": attributes, "type": label.get("type", "any")}
        if project is None:
            return {**row, "has_parent": True}
        row["sublabels"] = [self._label(s, None) for s in label.get("sublabels", [])]
        row |= {"project_id": project, "parent_id": None, "has_parent": False}
        if row["type"] == "skeleton":
            svg = label.get("svg", "")
            for sub in row["sublabels"]:
                svg = svg.replace(f'data-label-name="{sub["name"]}"', f'data-label-id="{sub["id"]}"')
            row["svg"] = svg
        return row

    # Exports

    def export(self, number: int, name: str) -> str:
        """Start a task's export, or find the one that is still true; the id of the request."""
        request = f"action=export&target=task&target_id={number}&user_id=1&format={name}&subresource=dataset"
        where = self.tasks[number]
        if self.exported.get(request) == where["updated_date"]:
            return request
        self.exported[request] = where["updated_date"]
        self.requests[request] = {"number": number, "looks": 0}
        return request


_SHAPE: Row = {
    "points": [],
    "occluded": False,
    "outside": False,
    "z_order": 0,
    "rotation": 0.0,
    "score": 1.0,
    "elements": [],
}
