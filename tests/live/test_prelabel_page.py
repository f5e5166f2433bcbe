"""What ``prelabel`` wrote, in the page of a real Label Studio: seen, accepted or changed, and pulled back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.live.browser import WAIT, Page, opened
from tests.live.command import Labelwright
from tests.live.server import ANNOTATORS, Server

from labelwright.pipeline.opening import open_source
from labelwright.problems import Problems
from labelwright.records import Item, Span
from labelwright_plugins.label_studio.infer import infer

pytestmark = pytest.mark.live

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text" choice="single"><Choice value="Good"/><Choice value="Bad"/></Choices>
<Labels name="names" toName="text"><Label value="PER"/></Labels></View>"""
MODEL = '''
from labelwright.contracts import Guess
from labelwright.records import Span


class Moods:
    """A mood, and the first word."""

    inputs = ("text",)
    kinds = ("choice", "spans")

    def __init__(self, asked):
        pass

    def predict(self, batch):
        return [self.one(query.text("text").split(" ")[0]) for query in batch]

    def one(self, word):
        return Guess({"mood": "good", "names": (Span(0, len(word), "per", word, score=0.7),)}, score=0.8)
'''
CHECKED = "input[name='{}']"


def shown(page: Page, words: str, version: str) -> None:
    """Wait until a suggestion stands in the page: by whom, its label on these words, its choice ticked."""
    page.page.get_by_text(version, exact=True).first.wait_for(timeout=WAIT)
    page.page.locator(".htx-highlight", has_text=words).first.wait_for(timeout=WAIT)
    assert page.page.locator(CHECKED.format("Good")).is_checked()
    assert not page.page.locator(CHECKED.format("Bad")).is_checked()


def values(stored: dict[str, Any]) -> dict[str, Any]:
    """What was stored, by control."""
    return {one["from_name"]: one["value"] for one in stored["result"]}


def read(folder: Path) -> dict[str, Item]:
    """The items of a pulled project, by their texts."""
    with open_source(str(folder)) as found:
        problems = Problems()
        items = list(found.tool.read(found.source, infer(found.source), problems))
        assert not problems.errors, list(problems)
        return {str(item.inputs["text"]): item for item in items}


def test_what_was_written_is_seen_accepted_changed_and_pulled_back_with_its_suggestion(
    server: Server, labelwright: Labelwright, tmp_path: Path, chromium: Any, screenshots: Path
) -> None:
    (tmp_path / "moods.py").write_text(MODEL)
    body = {"title": "Seen", "label_config": CONFIG, "show_collab_predictions": True}
    project = int(server.api("POST", "/api/projects/", body)["id"])
    texts = ("Ada is here", "Bob left")
    server.api("POST", f"/api/projects/{project}/import", [{"text": text} for text in texts])
    one, other = server.tasks(project)
    line = ("prelabel", "label-studio", "Seen", "--predictor", f"{tmp_path}/moods.py:Moods", "--json")
    version = labelwright(*line).json["version"]

    with opened(chromium, server, ANNOTATORS[0], screenshots) as page:
        page.open(project, one)
        shown(page, "Ada", version)
        accepted = page.submit()
        page.open(project, other)
        shown(page, "Bob", version)
        page.choose("Bad")
        changed = page.submit()
    assert values(accepted) == {
        "mood": {"choices": ["Good"]},
        "names": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]},
    }
    assert values(changed)["mood"] == {"choices": ["Bad"]}
    assert values(changed)["names"]["text"] == "Bob"
    (suggested,) = server.api("GET", f"/api/predictions/?task={one}")
    assert accepted["parent_prediction"] == suggested["id"]

    labelwright("pull", "label-studio", "Seen", "-o", tmp_path / "pulled")
    ada, bob = (read(tmp_path / "pulled")[text] for text in texts)
    for item, mood in ((ada, "Good"), (bob, "Bad")):
        ((answer,), (prediction,)) = item.annotations, item.predictions
        assert answer.prediction == prediction.id and prediction.model == version
        assert (answer.answers["mood"], prediction.answers["mood"]) == (mood, "Good")
        (mark,), (guess,) = answer.answers["names"], prediction.answers["names"]
        assert isinstance(mark, Span) and (mark.start, mark.end) == (guess.start, guess.end)
        assert prediction.score == 0.8 and guess.score == 0.7
    found = labelwright("report", tmp_path / "pulled", "--json", code=None).json["suggestions"]
    assert (found["items_with"], found["made_from"]) == (2, 2)
    assert found["controls"]["mood"]["unchanged"]["value"] == 0.5
    assert found["controls"]["names"]["regions"]["kept"] == 2
