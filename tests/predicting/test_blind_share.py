"""A blind share is kept by the hosts of every tool: the model is not asked, and nothing is suggested."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import predicted
import pytest

from labelwright.contracts import Control, HostRequest, Input, Query, Template
from labelwright.predicting.apart import Apart
from labelwright.quality.lots import Lot, shown_as
from labelwright.records import Item, ItemKey, Kind
from labelwright.service.config.load import parsed
from labelwright.service.predicting import models
from labelwright_plugins.doccano.backend import host as doccano
from labelwright_plugins.label_studio.backend import host as label_studio

MODEL = """
from labelwright.contracts import Guess

class Good:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        open("asked", "a").write("x" * len(batch))
        return [Guess({self.control: "Good"}, score=0.5) for _ in batch]

    def interact(self, query):
        return Guess({self.control: "Good"})
"""
TEMPLATE = Template(
    "moods", inputs={"text": Input("text")}, controls={"mood": Control(Kind.CHOICE, ["Good", "Bad"])}
)
LOT = Lot(60, 9)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Apart]:
    (tmp_path / "good.py").write_text(MODEL)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p))
    monkeypatch.chdir(tmp_path)
    apart = predicted.apart("good.py:Good", tmp_path, TEMPLATE, 30.0, lot=LOT)
    apart.start()
    yield apart
    apart.close()


def test_label_studio_gets_empty_predictions_for_the_blind_share(model: Apart, tmp_path: Path) -> None:
    tasks = [{"id": n, "data": {"text": "x"}} for n in range(50)]
    request = HostRequest("POST", "good/predict", {}, json.dumps({"tasks": tasks}).encode())
    answer = label_studio.answer(request, {"good": model}, {})
    found = json.loads(answer.body)["results"]
    shown = [n for n in range(50) if LOT.shows(str(n))]
    assert [n for n, one in enumerate(found) if one["result"]] == shown and 20 < len(shown) < 40
    assert {one["model_version"] for one in found} == {model.version} and answer.codes == {}
    assert len((tmp_path / "asked").read_text()) == len(shown)


def test_doccano_draws_by_what_an_example_shows(model: Apart) -> None:
    for n in range(20):
        request = HostRequest("POST", "good/category", {}, json.dumps({"text": f"t {n}"}).encode())
        found = json.loads(doccano.answer(request, {"good": model}, {}).body)
        item = Item(ItemKey("", "", ""), {"text": f"t {n}"}, [])
        assert found == ([{"label": "Good"}] if LOT.shows(shown_as(item.inputs["text"])) else [])


def test_who_asks_while_drawing_is_answered_whatever_the_lot(model: Apart) -> None:
    blind = next(n for n in range(50) if not LOT.shows(str(n)))
    item = Item(ItemKey("", "", str(blind)), {"text": "x"}, [])
    assert model.predict([Query(item, TEMPLATE)])[0].answers == {}
    assert model.interact(Query(item, TEMPLATE)).answers == {"mood": "Good"}


def test_share_and_seed_are_configured(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(MODEL)
    text = '[predictors.good]\npredictor = "./good.py:Good"\ntemplate = "sentiment"\nshare = 80\nseed = 3\n'
    loaded = parsed(text, tmp_path / "labelwright.toml")
    assert models(loaded)["good"]._lot == Lot(80, 3) and models(loaded, blind=False)["good"]._lot == Lot()
    with pytest.raises(Exception, match="share"):
        parsed(text.replace("80", "180"), tmp_path / "labelwright.toml")
