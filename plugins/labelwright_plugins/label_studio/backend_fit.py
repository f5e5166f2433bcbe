"""Whether a predictor and a project's label config can go together, and whether a result fits the config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from labelwright.contracts import Served, Template, path_label
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType
from labelwright.records import Kind
from labelwright_plugins.label_studio.config import ConfigControl, LabelConfig, stored_labels
from labelwright_plugins.label_studio.served import tags_of
from labelwright_plugins.label_studio.values import TAGS

Raw = dict[str, Any]
LABELLED = frozenset((Kind.CHOICE, Kind.CHOICES, Kind.SPANS, Kind.SEGMENTS, Kind.SHAPES, Kind.TRACKS))
MOST = 8  # labels that a sentence names

NO_CONTROL = ProblemType(
    "label-studio.backend-asks-otherwise",
    "A project asks nothing that the predictor answers",
    "{predictor} answers {answers} of template {template!r}; this project asks {asks}",
    "Connect a predictor for this project's template, or name the controls in the label config alike.",
)
NO_INPUT = ProblemType(
    "label-studio.backend-shows-otherwise",
    "A project shows nothing that the predictor reads",
    "{predictor} reads {reads} of template {template!r}; this project shows {shows}",
    "Connect a predictor for this project's template, or name the data in the label config alike.",
)
NO_LABEL = ProblemType(
    "label-studio.backend-labels-otherwise",
    "A project has none of a predictor's labels",
    "{predictor} answers with {labels}; this project has {offered}",
    "Map them with labels = { ... } of the predictor's configuration, or add them to the label config.",
)
UNFIT = ProblemType(
    "label-studio.suggestion-misfits",
    "A suggestion does not fit the project's label config and is not sent",
    "a suggestion for control {control!r} is not sent: {reason}",
    "Compare the project's label config with the predictor's template.",
)


def require_fit(model: Served, config: LabelConfig) -> None:
    """Raise ``DataError`` if nothing that a predictor answers can be suggested in a project."""
    template = model.template
    what: dict[str, Any] = {"predictor": model.name, "template": template.name}
    served = {name: _serving(name, template, config) for name in model.controls}
    if not any(served.values()):
        asks = _list(f"{c.name} ({c.tag})" for c in config.controls.values())
        answers = _list(f"{n} ({template.controls[n].kind})" for n in model.controls)
        raise DataError(NO_CONTROL.at(answers=answers, asks=asks, **what))
    shown = {word for o in config.objects.values() for word in (o.name, o.variable)}
    if not shown & set(model.inputs):
        shows = _list(f"${o.variable}" for o in config.objects.values())
        raise DataError(NO_INPUT.at(reads=_list(model.inputs), shows=shows, **what))
    _require_labels(model, {name: tags for name, tags in served.items() if tags})


def _serving(name: str, template: Template, config: LabelConfig) -> list[ConfigControl]:
    """The tags that hold answers of a control; none if the config cannot."""
    tags = tags_of(name, template, config)
    wanted = TAGS.get(template.controls[name].kind, ())
    return tags if any(tag.tag in wanted for tag in tags) else []


def _require_labels(model: Served, served: Mapping[str, list[ConfigControl]]) -> None:
    """Raise ``DataError`` if labels are asked for, and none of the predictor's is one of them.

    One that answers while somebody draws may answer with the labels that are drawn.
    """
    if not model.labels or model.interacts:
        return
    controls = model.template.controls
    offered: dict[str, None] = {}
    for name, tags in served.items():
        own = [label for tag in tags for label in stored_labels(tag)]
        if not own or controls[name].kind not in LABELLED:
            return
        if any(model.label_of(label, own) is not None for label in model.labels):
            return
        offered |= dict.fromkeys(own)
    raise DataError(NO_LABEL.at(predictor=model.name, labels=_list(model.labels), offered=_list(offered)))


def fitting(results: Iterable[Raw], config: LabelConfig, place: Place, problems: Problems) -> list[Raw]:
    """The results that the config can hold, and the relations between them; the others are problems."""
    found: list[Raw] = []
    for result in results:
        reason = "" if result.get("type") == "relation" else _wrong(result, config)
        if reason:
            problems.add(_unfit(result, reason, place))
        else:
            found.append(_scored(result))
    ids = {one["id"] for one in found if "id" in one}
    whole = []
    for one in found:
        ends = [one["from_id"], one["to_id"]] if one.get("type") == "relation" else []
        if ids.issuperset(ends):
            whole.append(one)
        else:
            problems.add(_unfit(one, "it relates to one that is not sent", place))
    return whole


def _unfit(result: Raw, reason: str, place: Place) -> Problem:
    relation = result.get("type") == "relation"
    name = "relation" if relation else str(result.get("from_name", ""))
    region = "" if relation else str(result.get("id", ""))
    return UNFIT.at(Place(item=place.item, control=name, region=region), control=name, reason=reason)


def _wrong(result: Mapping[str, Any], config: LabelConfig) -> str:
    """Why the config cannot hold a result; empty if it can."""
    tag = config.controls.get(str(result.get("from_name", "")))
    if tag is None:
        return "the project asks no such control"
    aims = {tag.name} if tag.tag == "Pairwise" else {one.strip() for one in tag.to_name.split(",")}
    if result.get("to_name") not in aims:
        return f"it is about {result.get('to_name')!r}, and the control about {tag.to_name!r}"
    type_, value = result.get("type"), result.get("value")
    if type_ != tag.tag.lower():
        return f"it is of type {type_!r}, and the control of type {tag.tag.lower()!r}"
    if not isinstance(value, dict) or not value:
        return "it has no value"
    return _unknown(tag, value.get(str(type_)))


def _unknown(tag: ConfigControl, given: Any) -> str:
    known = set(stored_labels(tag))
    if not known or not isinstance(given, list) or tag.tag == "Ranker":
        return ""
    unknown = [name for name in map(path_label, given) if name not in known]
    return f"the control has no label {unknown[0]!r}" if unknown else ""


def _scored(result: Raw) -> Raw:
    """A result without a score that is none: the server would store it."""
    score = result.get("score")
    if score is None or (isinstance(score, int | float) and isfinite(score) and 0 <= score <= 1):
        return result
    return {k: v for k, v in result.items() if k != "score"}


def fresh(results: Iterable[Raw], drawn: Iterable[Any]) -> list[Raw]:
    """The results that nobody has drawn yet, and the relations of theirs."""
    there = [one for one in drawn if isinstance(one, dict)]
    ids = {one.get("id") for one in there}
    return [
        one
        for one in results
        if one.get("type") == "relation" or not (one.get("id") in ids or any(_alike(one, d) for d in there))
    ]


def _alike(one: Raw, drawn: Raw) -> bool:
    if one.get("from_name") != drawn.get("from_name"):
        return False
    mine, other = one.get("value"), drawn.get("value")
    if not isinstance(mine, dict) or not isinstance(other, dict):
        return False
    return all(mine[key] == other[key] for key in mine.keys() & other.keys() - {"text"})


def _list(words: Iterable[str]) -> str:
    found = [*words]
    more = f" and {len(found) - MOST} more" if len(found) > MOST + 1 else ""
    return (", ".join(found[:MOST] if more else found) or "nothing") + more
