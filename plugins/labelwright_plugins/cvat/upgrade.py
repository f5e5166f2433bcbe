"""What a project's labels lack of those a template asks for, and where the two contradict each other.

What is there is never deleted, renamed or given another meaning: answers hang on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from labelwright.problems import Place, Problem, ProblemType, Severity
from labelwright_plugins.cvat.project import edges_of, labels_from_api

DIFFERS = ProblemType(
    "cvat.label-differs",
    "A label of the project is not what the template asks for",
    "{what} is {there} in the project and {wanted} in the template; it is left as it is",
    "Change it in CVAT where no answers use it yet, change the template, or install into a new project.",
    Severity.WARNING,
)
EXTRA = ProblemType(
    "cvat.label-extra",
    "The project has labels that the template does not",
    "the template knows no {what}; the project keeps it",
    "Add it to the template, or delete it in CVAT where no answers use it.",
    Severity.WARNING,
)
LISTED = frozenset(("select", "radio"))  # two ways to show one question: a list of choices
_SKELETON = "skeleton"


class Upgrade(Struct):
    """``change`` is what to send as the project's ``labels``, ``added`` names it for people."""

    change: list[dict[str, Any]] = []
    added: list[str] = []
    problems: list[Problem] = []


def upgrade(present: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> Upgrade:
    """Compare the labels of ``GET /api/labels`` with those of ``label_specs``."""
    found = Upgrade()
    known = {_name(label): label for label in present}
    for spec in wanted:
        name = _name(spec)
        if name in known:
            _label(found, known[name], spec)
        else:
            found.change.append(dict(spec))
            found.added.append(f"label {name}")
    names = {_name(spec) for spec in wanted}
    for name in known:
        if name not in names:
            found.problems.append(EXTRA.at(Place(control=name), what=f"label {name!r}"))
    return found


def _label(found: Upgrade, label: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    name = _name(spec)
    if label.get("type", "any") != spec.get("type", "any"):
        _differs(found, f"label {name!r}", label.get("type"), spec.get("type"))
    before = len(found.added)
    changed = _attributes(found, name, label, spec)
    if len(found.added) > before:
        # The server gives a label without a colour a new one, and without a type none.
        kept = {key: label[key] for key in ("id", "name", "color", "type") if key in label}
        found.change.append({**kept, "attributes": changed})
    if _SKELETON == spec.get("type") == label.get("type"):
        _skeleton(found, label, spec)


def _attributes(
    found: Upgrade, name: str, label: Mapping[str, Any], spec: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The attributes to send: those that are missing, and those that lack choices."""
    known = {_name(a): a for a in label.get("attributes") or ()}
    sent = []
    for wanted in spec.get("attributes") or ():
        what = f"{name}/{_name(wanted)}"
        there = known.get(_name(wanted))
        if there is None:
            sent.append(dict(wanted))
            found.added.append(f"attribute {what}")
        elif more := _missing_values(found, what, there, wanted):
            sent.append({**there, "values": [*there["values"], *more]})
            found.added.append(f"values of {what}: {', '.join(more)}")
    names = {_name(a) for a in spec.get("attributes") or ()}
    for extra in sorted(known.keys() - names):
        found.problems.append(EXTRA.at(Place(control=name), what=f"attribute {name}/{extra}"))
    return sent


def _missing_values(
    found: Upgrade, what: str, there: Mapping[str, Any], wanted: Mapping[str, Any]
) -> list[str]:
    """The choices that are missing; says where the rest contradicts."""
    for key, words in (("input_type", "asked by"), ("mutable", "mutable"), ("default_value", "default")):
        if _said(there.get(key)) != _said(wanted.get(key)):
            _differs(found, f"attribute {what} ({words})", there.get(key), wanted.get(key))
    if _said(there.get("input_type")) != _said(wanted.get("input_type")):
        return []
    have, want = [[str(v).strip() for v in a.get("values") or ()] for a in (there, wanted)]
    if there.get("input_type") not in LISTED:
        if there.get("input_type") == "number" and [_number(v) for v in have] != [_number(v) for v in want]:
            _differs(found, f"attribute {what} (range)", " ".join(have), " ".join(want))
        return []
    for extra in (v for v in have if v not in want):
        found.problems.append(EXTRA.at(Place(control=what), what=f"value {extra!r} of {what}"))
    return [v for v in want if v not in have]


def _skeleton(found: Upgrade, label: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """Points and edges cannot be added to a skeleton that is there."""
    have, want = ([_name(s) for s in x.get("sublabels") or ()] for x in (label, spec))
    if sorted(have) != sorted(want):
        _differs(found, f"skeleton {label['name']!r} (points)", ", ".join(have), ", ".join(want))
        return
    there, asked = edges(label), edges(spec)
    if there != asked:
        words = (", ".join("-".join(pair) for pair in sorted(found)) or "none" for found in (there, asked))
        _differs(found, f"skeleton {label['name']!r} (edges)", *words)


def edges(label: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """The pairs of points that a skeleton's drawing joins, by name, each in alphabetical order.

    A drawing names its points ``data-label-name`` when it is sent and ``data-label-id`` when it comes back.
    """
    (known,) = labels_from_api([dict(label)])
    return {tuple(sorted(pair)) for pair in edges_of(known)}


def _name(thing: Mapping[str, Any]) -> str:
    """The name as the server stores it."""
    return str(thing["name"]).strip()


def _differs(found: Upgrade, what: str, there: Any, wanted: Any) -> None:
    there, wanted = (repr(v) if v in ("", None) else str(v) for v in (there, wanted))
    found.problems.append(DIFFERS.at(Place(control=what), what=what, there=there, wanted=wanted))


def _said(value: Any) -> str:
    """What a setting means: the two ways to show a list of choices are no difference."""
    if value is None or isinstance(value, bool):
        return str(value).lower() if value else ""
    return min(LISTED) if value in LISTED else str(value)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
