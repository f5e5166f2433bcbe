"""What was answered is kept where a predictor is not to be had any more, and says which version gave it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import predicted
import pytest
from predicted import TOLD, patient, told
from programs import until

from labelwright.contracts import Outcome, Query
from labelwright.predicting import exchanging, keeping
from labelwright.predicting import problems as p
from labelwright.predicting.apart import Apart
from labelwright.predicting.keeping import Keeper
from labelwright.predicting.model import FAILED, READY
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
    waits: list[float] = []

    def ready(keeper: Keeper, seconds: float) -> Process:
        try:
            return real(keeper, seconds)
        except DataError:
            waits.append(seconds)
            raise

    real = Keeper.ready
    monkeypatch.setattr(Keeper, "ready", ready)
    monkeypatch.setattr(exchanging, "AGAIN", 0.0)
    apart = make(timeout=60.0, wait=1.0, again="600")
    apart.load()
    found = apart.predict([query("die" if n == 5 else "a", n) for n in range(16)])
    assert told(found) == ["A"] * 4 + [p.NOT_LOADED.code] * 12
    assert [o.problems[0].place.item for o in found[4:]] == [f"1/{n}" for n in range(4, 16)]
    assert waits == [1.0, 1.0], "nobody waits for each item, nor for each batch"


def test_a_short_batch_is_no_reason_to_wait_shortly(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch)
    monkeypatch.setattr(exchanging, "AGAIN", 3 * exchanging.AGAIN)
    apart = make(timeout=0.5, again="2")
    apart.load()
    found = apart.predict([query("die" if n % 2 else "a", n) for n in range(4)])
    assert told(found) == ["A", p.DIED.code, "A", p.DIED.code]


def test_items_that_hang_one_after_the_other_make_no_start_later(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch)
    monkeypatch.setattr(exchanging, "AGAIN", 2 * exchanging.AGAIN)
    apart = make(timeout=0.5)
    apart.load()
    found = apart.predict([query("a" if n in (0, 11) else "hang", n) for n in range(12)])
    assert told(found) == ["A"] + [p.LATE.code] * 10 + ["A"]


def test_whoever_has_time_waits_until_it_is_there_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch)
    monkeypatch.setattr(exchanging, "AGAIN", 0.0)
    apart = make(timeout=1.0, wait=60.0, again="2")
    apart.load()
    found = apart.predict([query("die" if n == 5 else "a", n) for n in range(8)])
    assert told(found) == ["A"] * 5 + [p.DIED.code] + ["A"] * 2


def test_where_nothing_was_answered_the_reason_is_raised(make: Make) -> None:
    apart = make(timeout=0.3, again="600")
    (Path(apart._keeper._job.folder)).mkdir(parents=True)
    (Path(apart._keeper._job.folder) / "before").touch()
    apart.start()
    with pytest.raises(DataError, match="still loading"):
        apart.predict([query("a", 1)])


def test_each_answer_has_the_version_of_what_gave_it(make: Make) -> None:
    apart = make()
    apart.load()
    made: list[Outcome] = []
    answers, learnt = threading.Event(), threading.Event()

    def ask() -> None:
        after = 0
        for one in apart.outcomes([query("wait", n) for n in range(4000)]):
            made.append(one)
            answers.set()
            after += learnt.is_set()
            if after == 8:  # the batch that was asked about meanwhile, and one behind it
                return

    asking = threading.Thread(target=ask)
    asking.start()
    assert answers.wait(60)
    apart.learn([Learnt(Item(ItemKey("", "1", "1"), {"text": "a"}, []), {"said": "A"})])
    learnt.set()
    asking.join()
    versions = [one.version for one in made]
    assert set(versions) == {apart.declared, f"{apart.declared}+1"} and versions == sorted(versions)


def test_a_process_that_cannot_be_started_is_tried_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    starts, told_of = [], threading.Event()

    def popen(*given: Any, **options: Any) -> Any:
        starts.append(given)
        if len(starts) == 1:
            raise OSError(12, "Cannot allocate memory")
        assert told_of.wait(60)
        return real(*given, **options)

    real = subprocess.Popen
    monkeypatch.setattr("subprocess.Popen", popen)
    monkeypatch.setattr(keeping, "HOPELESS", 0.1)
    apart = make()
    apart.start()
    apart._keeper.loaded()
    assert (apart.state, apart.reason) == (FAILED, "no process could be started: Cannot allocate memory")
    told_of.set()
    until(lambda: apart.state == READY)
    assert told(apart.predict([query("a", 1)])) == ["A"] and len(starts) == 2


def test_a_process_that_was_closed_is_asked_nothing(make: Make) -> None:
    apart = make()
    closed = Process(apart._keeper._job)
    closed.close()
    other = Process(apart._keeper._job)  # its pipes may have the numbers of those before
    try:
        with pytest.raises(Lost):
            closed.ask(Request(PREDICT), 5.0)
        assert other.load(60.0).reason == ""
    finally:
        other.close()
