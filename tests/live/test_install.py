"""Templates and items on the real server: once and twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.live.server import Server

from labelwright.contracts import Template
from labelwright.problems import DataError
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.installer import install
from labelwright_plugins.label_studio.labels import labels_of

pytestmark = pytest.mark.live
TEXTS = ["plain", "with, comma", "Zoë 😀"]
CHOICE = [{"from_name": "category", "to_name": "text", "type": "choices"}]


def _template() -> tuple[Template, str]:
    template = load_template(template_folders()["email-classification"])
    return template, template.file("label_studio.xml").read_text("utf-8")


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl"])
def test_a_second_install_changes_nothing(client: Client, tmp_path: Path, suffix: str) -> None:
    items = tmp_path / f"items.{suffix}"
    records = [{"text": text} for text in TEXTS]
    body = {
        "csv": "\ufefftext\n" + "".join(f'"{t}"\n' for t in TEXTS),
        "json": json.dumps(records),
        "jsonl": "".join(json.dumps(r) + "\n" for r in records),
    }
    items.write_text(body[suffix], "utf-8")
    template, config = _template()
    title = f"Twice {suffix}"
    first = install(client, template, config, title, None, items)
    second = install(client, template, config, title, None, items)
    assert (first.created, first.imported, first.present) == (True, 3, 0)
    assert (second.changed, second.project, second.present) == (False, first.project, 3)


def test_labels_in_use_are_not_lost(client: Client, server: Server, tmp_path: Path) -> None:
    items = tmp_path / "items.json"
    items.write_text('[{"text": "hello"}]')
    template, config = _template()
    made = install(client, template, config, "Own labels", ["REFUND", "OTHER"], items)
    stored = client.get(f"/api/projects/{made.project}/")
    assert labels_of(stored["label_config"]) == {"category": {"REFUND", "OTHER"}}
    task = server.tasks(made.project)[0]
    server.annotate(task, [{**CHOICE[0], "value": {"choices": ["REFUND"]}}])
    with pytest.raises(DataError) as caught:
        install(client, template, config, "Own labels", ["OTHER"])
    assert caught.value.problem.code == "label-studio.labels-in-use"
    assert client.get(f"/api/projects/{made.project}/")["label_config"] == stored["label_config"]
    more = install(client, template, config, "Own labels", ["REFUND", "OTHER", "NEW"])
    assert more.updated == ("label_config",)
