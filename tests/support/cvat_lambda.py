"""How a recorded CVAT server reads what functions say of themselves and answer, made small.

``listed`` and ``stored`` give of the recorded listing and reply what the server was recorded to make of them.
"""

from __future__ import annotations

import json
from typing import Any

Raw = dict[str, Any]


def listed(functions: Raw) -> list[Raw]:
    """``GET /api/lambda/functions`` of what ``GET /api/functions`` answered."""
    return [_function(one) for one in functions.values() if "type" in one["metadata"]["annotations"]]


def _function(told: Raw) -> Raw:
    notes = told["metadata"]["annotations"]
    found: Raw = {
        "id": told["metadata"]["name"],
        "kind": notes["type"],
        "labels_v2": _labels(json.loads(notes.get("spec") or "[]")),
        "description": told["spec"]["description"],
        "name": notes.get("name", told["metadata"]["name"]),
        "version": int(notes.get("version", "1")),
    }
    if notes["type"] == "interactor":
        found |= {
            "min_pos_points": int(notes.get("min_pos_points", 1)),
            "min_neg_points": int(notes.get("min_neg_points", -1)),
            "startswith_box": bool(notes.get("startswith_box", False)),
            "startswith_box_optional": bool(notes.get("startswith_box_optional", False)),
            "help_message": notes.get("help_message", ""),
            "animated_gif": notes.get("animated_gif", ""),
        }
    if notes["type"] == "tracker":
        found["supported_shape_types"] = notes["supported_shape_types"].split(",")
    return found


def _labels(spec: list[Raw]) -> list[Raw]:
    found = []
    for one in spec:
        keys = ("name", "input_type", "values")
        attributes = [{key: a[key] for key in keys} for a in one.get("attributes", [])]
        label: Raw = {"name": one["name"], "type": one.get("type", "unknown"), "attributes": attributes}
        if label["type"] == "skeleton":
            label |= {"sublabels": _labels(one["sublabels"]), "svg": one["svg"]}
        found.append(label)
    assert len({label["name"] for label in found}) == len(found)
    return found


def stored(reply: list[Raw], project: list[Raw], frame: int, polygons: bool = False) -> Raw:
    """What is stored of a detector's reply in a project of these labels (as the API says them)."""
    labels = {one["name"]: one for one in project}
    rows = [(one, labels[one["label"]]) for one in reply if one["label"] in labels]
    return {
        "version": 0,
        "tags": [
            _tag(label, frame) | {"attributes": _attributes(one, label)}
            for one, label in rows
            if one["type"] == "tag"
        ],
        "shapes": [_shape(one, label, frame, polygons) for one, label in rows if one["type"] != "tag"],
        "tracks": [],
    }


def _tag(label: Raw, frame: int, group: int | None = None) -> Raw:
    return {"id": None, "frame": frame, "label_id": label["id"], "group": group, "source": "auto"}


def _shape(one: Raw, label: Raw, frame: int, polygons: bool) -> Raw:
    kind, points = one["type"], one.get("points", [])
    if kind == "mask":
        if polygons and "points" in one:
            kind = "polygon"
        else:
            *pixels, left, top, right, bottom = one["mask"]
            assert len(pixels) == (right - left + 1) * (bottom - top + 1)
            points = [*_runs(pixels), left, top, right, bottom]
    turned = float(one.get("rotation", 0)) if kind in ("rectangle", "ellipse") else 0
    found = {"type": kind, "occluded": False, "outside": False, "z_order": 0, "rotation": turned}
    found |= {"points": points, **_tag(label, frame, one.get("group_id"))}
    found |= {"attributes": _attributes(one, label), "score": 1}
    if kind == "skeleton":
        found["elements"] = _elements(one["elements"], label, frame)
    return found


def _elements(given: list[Raw], label: Raw, frame: int) -> list[Raw]:
    """Each of the label's points; one that is not given stands outside, in the middle of the others."""
    told = {one["label"]: one for one in given}
    xs, ys = [o["points"][0] for o in given], [o["points"][1] for o in given]
    middle = [min(xs) + (max(xs) - min(xs)) / 2, min(ys) + (max(ys) - min(ys)) / 2]
    found = []
    for part in label["sublabels"]:
        one = told.get(part["name"], {"points": middle, "outside": True})
        shape = {"type": "points", "occluded": False, "outside": one["outside"], "z_order": 0, "rotation": 0}
        tag = _tag(part, frame)
        found.append({**shape, "points": one["points"], **tag, "attributes": [], "score": 1})
    return found


def _attributes(one: Raw, label: Raw) -> list[Raw]:
    specs = {spec["name"]: spec for spec in label["attributes"]}
    return [
        {"spec_id": specs[told["name"]]["id"], "value": told["value"]}
        for told in one.get("attributes", [])
        if told["name"] in specs and _taken(told["value"], specs[told["name"]])
    ]


def _taken(value: str, spec: Raw) -> bool:
    if spec["input_type"] == "number":
        return value.isnumeric()
    if spec["input_type"] == "checkbox":
        return value in ("true", "false")
    return spec["input_type"] == "text" or value in spec["values"]


def _runs(pixels: list[int]) -> list[int]:
    found, now, count = [], 0, 0
    for pixel in pixels:
        if pixel != now:
            found.append(count)
            now, count = pixel, 0
        count += 1
    return [*found, count]
