"""Somebody who knows a webhook's secret, as everybody does who may see the project's settings."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ls_double import LABELS, LabelStudio
from parts import parts_of
from service_world import World


def lies(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Deliveries that say of the same work what is not so."""
    other = copy.deepcopy(said)
    other["annotation"]["result"][0]["value"]["choices"] = [LABELS[2]]
    more = copy.deepcopy(said)
    more["task"]["data"]["text"] = "a text that nobody was shown"
    more["annotation"] |= {"id": 10**8, "task": 10**8}
    more["task"]["id"] = 10**8
    gone = {"action": "TASKS_DELETED", "tasks": [{"id": n} for n in range(50)], "project": said["project"]}
    label = {"action": "PROJECT_UPDATED", "project": {**said["project"], "label_config": "<View/>"}}
    return [other, more, gone, label]


def test_what_a_delivery_says_is_never_taken(
    world: World, server: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = server.annotate(next(iter(server.tasks)), 3, 0)
    with parts_of(world, monkeypatch) as parts:
        parts.rebuild("b1")
        truth, versions = world.newest(), sorted(world.versions.iterdir())
        assert truth["train.jsonl"].count(b"\n") == 4
        for lie in lies(said):
            parts.hear(lie)
        parts.rebuild("b2")
        assert (world.newest(), sorted(world.versions.iterdir())) == (truth, versions)
        assert not world.one("SELECT count(*) FROM deliveries WHERE state = 'new'")
