"""What was answered is kept where a predictor is not to be had any more, and says which version gave it."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import predicted
import pytest
from predicted import TOLD, told

from labelwright.contracts import Outcome, Query
from labelwright.predicting import exchanging, keeping
from labelwright.predicting import problems as p
from labelwright.predicting.apart import Apart
from labelwright.predicting.model import FAILED
from labelwright.predicting.pipe import PREDICT, Learnt, Request
from labelwright.predicting.process import Lost, Process
from labelwright.problems import DataError
from labelwright.records import Item, ItemKey

MODEL = """
import os, time
from labelwright.contracts import Guess

class Slow:
    inputs = ("text",)
    kinds = ("choice",)
    batch = 4
    options = {"again": ("0", "seconds to load, but for the first time")}

    def __init__(self, asked):
        self.kept = os.path.join(asked.folder, "count")
        self.learnt = open(self.kept).read() if os.path.exists(self.kept) else ""
        os.makedirs(asked.folder, exist_ok=True)
        before = os.path.join(asked.folder, "before")
        if os.path.exists(before):
            time.sleep(float(asked.option("again")))
        open(before, "w")

    def predict(self, batch):
        for query in batch:
            if query.text("text") == "die":
                os._exit(3)
            if query.text("text") == "hang":
                time.sleep(1000)
            if query.text("text") == "wait":
                time.sleep(0.2)
        return [Guess({"said": query.text("text").upper()}) for query in batch]

    def fit(self, items):
        open(self.kept, "w").write(str(len(items)))
        return str(len(items))
"""
Make = Callable[..., Apart]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    (tmp_path / "slow.py").write_text(MODEL)
    made: list[Apart] = []

    def one(timeout: float = 20.0, wait: float | None = None, again: str = "0") -> Apart:
        folder = str(tmp_path / "kept")
        options = {"again": again}
        made.append(
            predicted.apart(
                "./slow.py:Slow", tmp_path, TOLD, timeout, wait=wait, options=options, folder=folder
            )
        )
        return made[-1]

    yield one
    for each in made:
        each.close()


def query(text: str, number: int) -> Query:
    return Query(Item(ItemKey("", "1", str(number)), {"text": text}, []), TOLD)


def test_one_item_that_ends_a_model_that_loads_slowly_costs_no_batch_that_was_answered(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanging, "AGAIN", 0.0)
    apart = make(timeout=2.0, again="60")
    apart.load()
    began = time.monotonic()
    found = apart.predict([query("die" if n == 5 else "a", n) for n in range(16)])
    assert told(found) == ["A"] * 4 + [p.NOT_LOADED.code] * 12
    assert [o.problems[0].place.item for o in found[4:]] == [f"1/{n}" for n in range(4, 16)]
    assert time.monotonic() - began < 10, "nobody waits for it more than once"


def test_a_short_batch_is_no_reason_to_wait_shortly(make: Make) -> None:
    apart = make(timeout=0.5, again="3")
    apart.load()
    found = apart.predict([query("die" if n % 2 else "a", n) for n in range(4)])
    assert told(found) == ["A", p.DIED.code, "A", p.DIED.code]


def test_items_that_hang_one_after_the_other_make_no_start_later(make: Make) -> None:
    apart = make(timeout=0.5)
    apart.load()
    found = apart.predict([query("a" if n in (0, 11) else "hang", n) for n in range(12)])
    assert told(found) == ["A"] + [p.LATE.code] * 10 + ["A"]


def test_whoever_has_time_waits_until_it_is_there_again(make: Make) -> None:
    apart = make(timeout=2.0, wait=60.0, again="4")
    apart.load()
    found = apart.predict([query("die" if n == 5 else "a", n) for n in range(8)])
    assert told(found) == ["A"] * 5 + [p.DIED.code] + ["A"] * 2


def test_where_nothing_was_answered_the_reason_is_raised(make: Make) -> None:
    apart = make(timeout=0.3, again="60")
    (Path(apart._keeper._job.folder)).mkdir(parents=True)
    (Path(apart._keeper._job.folder) / "before").touch()
    apart.start()
    with pytest.raises(DataError, match="still loading"):
        apart.predict([query("a", 1)])


def test_each_answer_has_the_version_of_what_gave_it(make: Make) -> None:
    apart = make()
    apart.load()
    made: list[Outcome] = []
    asking = threading.Thread(
        target=lambda: made.extend(apart.predict([query("wait", n) for n in range(40)]))
    )
    asking.start()
    apart.learn([Learnt(Item(ItemKey("", "1", "1"), {"text": "a"}, []), {"said": "A"})])
    asking.join()
    versions = [one.version for one in made]
    assert set(versions) == {apart.declared, f"{apart.declared}+1"} and versions == sorted(versions)


def test_a_process_that_cannot_be_started_is_tried_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []

    def popen(*given: Any, **options: Any) -> Any:
        starts.append(time.monotonic())
        if len(starts) == 1:
            raise OSError(12, "Cannot allocate memory")
        return real(*given, **options)

    real = subprocess.Popen
    monkeypatch.setattr("subprocess.Popen", popen)
    monkeypatch.setattr(keeping, "HOPELESS", 0.1)
    apart = make()
    apart.start()
    apart._keeper.loaded()
    assert (apart.state, apart.reason) == (FAILED, "no process could be started: Cannot allocate memory")
    end = time.monotonic() + 30
    while apart.state == FAILED and time.monotonic() < end:
        time.sleep(0.05)
    assert told(apart.predict([query("a", 1)])) == ["A"] and len(starts) == 2


def test_a_process_that_was_closed_is_asked_nothing(make: Make) -> None:
    apart = make()
    closed = Process(apart._keeper._job)
    closed.close()
    other = Process(apart._keeper._job)  # its pipes may have the numbers of those before
    try:
        with pytest.raises(Lost):
            closed.ask(Request(PREDICT), 5.0)
        assert other.load(20.0).reason == ""
    finally:
        other.close()
