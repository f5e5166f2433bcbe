"""Puts a template's labels and its items onto a server. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Control, Template
from labelwright.problems import DataError, Place, Problem, ProblemType, Severity, UsageError
from labelwright.records import Kind
from labelwright_plugins.doccano import items, projects
from labelwright_plugins.doccano.answers import CATEGORIES, WORDS
from labelwright_plugins.doccano.client import Client
from labelwright_plugins.doccano.infer import CATEGORY, RELATION, SPAN

CANNOT_ASK = ProblemType(
    "doccano.cannot-ask",
    "doccano cannot ask a question of the template",
    "control {control!r} (kind {kind}) has no place in a project of type {type}",
    "Ask it in Label Studio or CVAT; what doccano can ask is in the project.",
    Severity.WARNING,
)
OTHER_TYPE = ProblemType(
    "doccano.type-differs",
    "A project of that name is of another type",
    "the project {name!r} is of type {theirs}, the template needs {ours}",
    "Install under another name.",
)
RESOURCES = {"DocumentClassification": "TextClassificationProject"}  # else the type's name with "Project"
NAME_LENGTH = 100
COLOURS = ("#1f77b4", "#b45f06", "#2e7d32", "#b71c1c", "#6a1b9a", "#5d4037", "#ad1457", "#455a64")


class Plan(msgspec.Struct):
    """What a template becomes: a project's type, and the controls that its lists of labels serve."""

    type: str
    serves: dict[str, str]  # list of labels (empty: texts) -> control
    single: bool = False
    relations: bool = False


class InstallResult(msgspec.Struct, frozen=True):
    """What an install did. ``added`` names the labels that an existing project lacked and has now."""

    project: int
    name: str
    url: str
    project_type: str
    created: bool
    added: tuple[str, ...] = ()
    imported: int = 0
    present: int = 0
    duplicates: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything on the server is different now."""
        return self.created or bool(self.added) or self.imported > 0


def plan_of(template: Template) -> Plan:
    """The project that asks most of a template. Raises ``UsageError`` if doccano can ask nothing of it."""
    asked = {n: c for n, c in template.controls.items() if not c.on}

    def first(*kinds: Kind) -> str:
        return next((n for n, c in asked.items() if c.kind in kinds), "")

    category, span, words = first(*CATEGORIES), first(Kind.SPANS), first(*WORDS)
    relation, shapes = first(Kind.RELATIONS), first(Kind.SHAPES)
    shown = {given.type for given in template.inputs.values()}
    single = bool(category) and asked[category].kind is Kind.CHOICE
    if "image" in shown:
        if shapes:
            drawn = asked[shapes].shapes or ["box"]
            kind = "BoundingBox" if "box" in drawn else "Segmentation" if "polygon" in drawn else ""
            if kind:
                return Plan(kind, {CATEGORY: shapes})
        elif category:
            return Plan("ImageClassification", {CATEGORY: category}, single)
        elif words:
            return Plan("ImageCaptioning", {"": words})
    elif "audio" in shown:
        if words:
            return Plan("Speech2text", {"": words})
    elif "text" in shown:
        if span and category and not relation:
            return Plan("IntentDetectionAndSlotFilling", {CATEGORY: category, SPAN: span})
        if span:
            more = {RELATION: relation} if relation else {}
            return Plan("SequenceLabeling", {SPAN: span, **more}, relations=bool(relation))
        if category:
            return Plan("DocumentClassification", {CATEGORY: category}, single)
        if words:
            return Plan("Seq2seq", {"": words})
    raise UsageError(f"doccano can ask nothing of the template {template.name!r}; use Label Studio or CVAT")


def install(
    client: Client, template: Template, name: str, items_path: Path | None = None, shared: bool = False
) -> InstallResult:
    """Make a project of the template, or add the labels and items that the one of that name lacks.

    Annotators answer apart from each other unless ``shared``. What is there is never removed or changed.
    Raises ``UsageError`` for a name the server would refuse and for a template of which doccano can ask
    nothing, ``DataError`` for items that cannot be read and when the server cannot be used.
    """
    if name != name.strip() or not 0 < len(name) <= NAME_LENGTH:
        raise UsageError(f"a project's name has 1 to {NAME_LENGTH} characters and no blank at its ends")
    plan = plan_of(template)
    waiting = items.read_items(items_path, template, plan.type) if items_path is not None else []
    problems = _unasked(template, plan)
    found = projects.find(client, name)
    created = found is None
    if found is None:
        body = _body(template, plan, name, shared)
        found = client.having(client.post("/v1/projects", body), "id", *projects.KEYS)
    elif found["project_type"] != plan.type:
        theirs = found["project_type"]
        raise DataError(OTHER_TYPE.at(name=name, theirs=theirs, ours=plan.type))
    added = _labels(client, template, plan, found)
    number = int(found["id"])
    counts = items.bring(client, number, plan.type, waiting)
    url = f"{client.url}/projects/{number}"
    return InstallResult(number, name, url, plan.type, created, tuple(added), *counts, tuple(problems))


def _unasked(template: Template, plan: Plan) -> list[Problem]:
    return [
        CANNOT_ASK.at(Place(control=name), control=name, kind=control.kind, type=plan.type)
        for name, control in template.controls.items()
        if name not in plan.serves.values()
    ]


def _body(template: Template, plan: Plan, name: str, shared: bool) -> dict[str, Any]:
    path = Path(template.folder) / "guidelines.md"
    guideline = path.read_text(encoding="utf-8") if template.folder and path.is_file() else ""
    body: dict[str, Any] = {
        "name": name,
        "description": template.description or template.title or template.name,
        "guideline": guideline,
        "project_type": plan.type,
        "resourcetype": RESOURCES.get(plan.type, f"{plan.type}Project"),
        "collaborative_annotation": shared,
        "random_order": False,
        "single_class_classification": plan.single,
        "allow_member_to_create_label_type": False,
        "tags": [],
    }
    if plan.type == "SequenceLabeling":
        body |= {"allow_overlapping": True, "grapheme_mode": False, "use_relation": plan.relations}
    return body


def _labels(client: Client, template: Template, plan: Plan, project: dict[str, Any]) -> list[str]:
    """Add the labels that a project lacks; their names."""
    there = projects.types(client, project)
    added: list[str] = []
    for where, name in plan.serves.items():
        control: Control = template.controls[name]
        known = {str(x["text"]) for x in there.get(where, [])}
        for label in _lacking(control.labels if where else [], known):
            colour = COLOURS[(len(known) + len(added)) % len(COLOURS)]
            body = {"text": label, "prefix_key": None, "suffix_key": None}
            body |= {"background_color": colour, "text_color": "#ffffff"}
            client.post(f"/v1/projects/{project['id']}/{where}", body)
            added.append(label)
    return added


def _lacking(labels: Sequence[str], known: set[str]) -> list[str]:
    """Creating one that is there makes the server fail."""
    return [x for x in dict.fromkeys(labels) if x not in known]
