"""A template answered in the real page, by click and by key, and pulled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.live.browser import opened
from tests.live.server import ANNOTATORS, Server

from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.installer import install
from labelwright_plugins.label_studio.puller import pull

pytestmark = pytest.mark.live


def test_click_and_key_reach_the_export(
    client: Client, server: Server, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    items = tmp_path / "items.json"
    items.write_text('[{"text": "My printer is broken."}, {"text": "What does it cost?"}]')
    template = load_template(template_folders()["email-classification"])
    config = template.file("label_studio.xml").read_text("utf-8")
    made = install(client, template, config, "Smoke", None, items)
    tasks = server.tasks(made.project)
    with opened(chromium, server, ANNOTATORS[0], screenshots) as page:
        page.open(made.project, tasks[0])
        page.choose("SUPPORT_REQUEST")
        page.submit()
        page.open(made.project, tasks[1])
        page.press("2")
        serialised = page.serialised()
        page.submit()
    pull(client, "Smoke", tmp_path / "pulled")
    export = json.loads((tmp_path / "pulled" / "export.json").read_text("utf-8"))
    answers = [t["annotations"][0] for t in export]
    assert [a["result"][0]["value"] for a in answers] == [
        {"choices": ["SUPPORT_REQUEST"]},
        {"choices": ["SALES_INQUIRY"]},
    ]
    assert answers[1]["result"] == serialised
    assert {a["completed_by"] for a in answers} == {server.annotators[ANNOTATORS[0]]}


MANY = """<View>
  <Labels name="ner" toName="text"><Label value="PER"/><Label value="LOC"/></Labels>
  <Text name="text" value="$text"/>
  <TextArea name="note" toName="text" rows="3"/>
  <Number name="count" toName="text"/>
  <Rating name="stars" toName="text"/>
  <Taxonomy name="kind" toName="text">
    <Choice value="Animal"><Choice value="Cat"/></Choice><Choice value="Plant"/>
  </Taxonomy>
</View>"""


def test_every_control_can_be_answered(
    server: Server, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    made = server.api("POST", "/api/projects/", {"title": "Controls", "label_config": MANY})
    project = int(made["id"])
    body = [{"data": {"text": "Zoë lives in Paris today."}}]
    server.api("POST", f"/api/projects/{project}/import", body)
    with opened(chromium, server, ANNOTATORS[1], screenshots) as page:
        page.open(project, server.tasks(project)[0])
        page.mark("LOC", 13, 18)
        page.press("u")
        page.write("note", "first")
        page.number(7)
        page.rate(4)
        page.taxonomy(["Animal", "Cat"])
        stored = page.submit()
    values = {r["from_name"]: r["value"] for r in stored["result"]}
    assert values["ner"] == {"start": 13, "end": 18, "text": "Paris", "labels": ["LOC"]}
    assert values["note"] == {"text": ["first"]}
    assert (values["count"], values["stars"]) == ({"number": 7}, {"rating": 4})
    assert values["kind"] == {"taxonomy": [["Animal", "Cat"]]}
