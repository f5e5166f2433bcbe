"""The chat predictor on small templates, asked of a server of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seeing import Held

from labelwright.contracts import Control, Input, Outcome, Query, Template
from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.predicting.model import Model
from labelwright.records import Item, ItemKey
from labelwright.registry import template_folders
from labelwright.render.load import find_template


def shipped(name: str) -> Template:
    """A template of ours."""
    return find_template(name, template_folders())


def asking(url: str, template: Template, /, kind: str = "chat", **more: Any) -> Model:
    """The predictor, loaded. ``more``: options, ``folder``, and ``controls``."""
    named = {k: more.pop(k) for k in ("folder", "controls", "inputs") if k in more}
    usual = {"url": url, "allow_private": "yes", "retries": "0"} | ({"model": "m"} if kind == "chat" else {})
    given = usual | {k: str(v) for k, v in more.items()}
    found = find(kind)
    model = Model(kind, found, bind(found, template, options=given, **named))
    model.load()
    return model


def loaded(url: str, template: Template, /, **more: Any) -> Model:
    """``asking``, which has to work."""
    model = asking(url, template, **more)
    assert model.state == "ready", model.reason
    return model


def small(**controls: Control) -> Template:
    """A template that shows a text."""
    return Template("small", "Small things", inputs={"text": Input("text")}, controls=controls)


def question(template: Template, name: str = "1", files: bytes = b"", **inputs: Any) -> Query:
    """A query about an item with these inputs."""
    held = Held(files) if files else None
    return Query(Item(ItemKey("", "", name), inputs, []), template, files=held)


def ask(model: Model, files: bytes = b"", **inputs: Any) -> Outcome:
    """What becomes of one item."""
    (found,) = model.predict([question(model.template, files=files, **inputs)])
    return found


def codes(outcome: Outcome) -> list[str]:
    return [problem.code for problem in outcome.problems]


def headers(given: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in given.items()}
