"""Predictors as CVAT sees Nuclio's functions: which there are, of which kind, with which labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Served
from labelwright.problems import Problems
from labelwright_plugins.cvat import asking
from labelwright_plugins.cvat.labels import ANY
from labelwright_plugins.cvat.suggested import Suggested

DETECTOR, INTERACTOR, TRACKER = "detector", "interactor", "tracker"
ABLE: dict[str, Callable[[Served], bool]] = {
    DETECTOR: asking.detects,
    INTERACTOR: asking.interacts,
    TRACKER: asking.tracks,
}
NAMESPACE = "x-nuclio-function-namespace"
HELP = "Draw a box around a thing or click on it; click beside it to leave something out."


class Function(Struct):
    """One predictor in one of its kinds."""

    id: str
    kind: str
    name: str
    model: Served


def functions(served: Mapping[str, Served]) -> dict[str, Function]:
    """All that CVAT may ask, by id: a predictor's name; of a second kind, ``NAME.KIND``."""
    found: dict[str, Function] = {}
    for name, model in sorted(served.items()):
        for kind, able in ABLE.items():
            if able(model):
                id_ = name if name not in found else f"{name}.{kind}"
                found[id_] = Function(id_, kind, name, model)
    return found


def described(function: Function, namespace: str, ports: Mapping[str, int]) -> dict[str, Any]:
    """A function as Nuclio describes it.

    CVAT makes whole numbers of what it needs as such, and truth of every text that is not empty, so that
    what is not so is left out. Its own labels know no type ``any``: a label without a type fits all but
    skeletons.
    """
    model = function.model
    annotations = {"name": f"{model.title} ({function.name})", "type": function.kind, "framework": "none"}
    if function.kind == DETECTOR:
        annotations["spec"] = msgspec.json.encode(_labels(model)).decode()
    elif function.kind == INTERACTOR:
        annotations |= {"min_pos_points": "0", "min_neg_points": "0", "startswith_box_optional": "true"}
        annotations |= {"help_message": HELP, "version": "2"}
    else:
        annotations["supported_shape_types"] = ",".join(asking.followed_types(model))
    state = "error" if model.state == "failed" else "ready"
    port = ports.get(function.name) or ports.get("")
    return {
        "metadata": {
            "name": function.id,
            "namespace": namespace,
            "labels": {"nuclio.io/project-name": "cvat"},
            "annotations": annotations,
        },
        "spec": {"description": model.reason or model.title, "handler": "predict", "runtime": "labelwright"},
        "status": {"state": state, **({"httpPort": port} if port else {})},
    }


def _labels(model: Served) -> list[dict[str, Any]]:
    found = []
    specs = Suggested(model.template, asking.controls(model), Problems()).specs
    for number, (name, spec) in enumerate(specs.items()):
        label: dict[str, Any] = {"id": number, "name": name}
        if spec["type"] != ANY:
            label["type"] = spec["type"]
        label["attributes"] = [
            {key: one[key] for key in ("name", "input_type", "values")} for one in spec["attributes"]
        ]
        if spec["type"] == "skeleton":
            points = [one["name"] for one in spec["sublabels"]]
            label["sublabels"] = [{"id": n, "name": one, "type": "points"} for n, one in enumerate(points)]
            label["svg"] = spec["svg"]
        found.append(label)
    return found
