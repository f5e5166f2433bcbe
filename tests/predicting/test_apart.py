"""A predictor in a process of its own: what it does to itself does nothing to whoever asks."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import predicted
import pytest
from predicted import TOLD, patient, told

from labelwright.contracts import Query
from labelwright.predicting import keeping
from labelwright.predicting.apart import Apart
from labelwright.problems import DataError
from labelwright.records import Item, ItemKey, Resolved

MODEL = """
import ctypes, os, sys, time
from labelwright.contracts import Guess
from labelwright.problems import UsageError

class Moody:
    inputs = ("text",)
    kinds = ("choice",)
    batch = 4
    options = {"load": ("0", "seconds to load"), "fails": ("", "why it cannot be loaded")}

    def __init__(self, asked):
        time.sleep(float(asked.option("load")))
        if asked.option("fails") == "die":
            os.kill(os.getpid(), 9)
        if asked.option("fails"):
            raise UsageError(asked.option("fails"))
        (self.text,), (self.control,) = asked.inputs, asked.controls
        self.kept = os.path.join(asked.folder, "count") if asked.folder else ""
        self.learnt = open(self.kept).read() if self.kept and os.path.exists(self.kept) else ""

    def predict(self, batch):
        print("chatter that is no answer")
        made = []
        for query in batch:
            text = query.text(self.text)
            if text == "segfault":
                ctypes.string_at(0)
            if text == "hang":
                while True:
                    pass
            if text == "exit":
                os._exit(3)
            if text == "raise":
                raise ValueError("no")
            made.append(Guess({self.control: text.upper()}, score=0.5))
        return made

    def fit(self, items):
        os.makedirs(os.path.dirname(self.kept), exist_ok=True)
        open(self.kept, "w").write(str(len(items)))
        return str(len(items))
"""
Make = Callable[..., Apart]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes predictors that end with the test."""
    (tmp_path / "moody.py").write_text(MODEL)
    made: list[Apart] = []

    def make_one(timeout: float = 20.0, **options: str) -> Apart:
        folder = str(tmp_path / "kept" / "moody")
        one = predicted.apart(
            "./moody.py:Moody", tmp_path, TOLD, timeout, wait=60.0, options=options, folder=folder
        )
        made.append(one)
        one.start()
        return one

    yield make_one
    for each in made:
        each.close()


def query(text: str, number: int = 0) -> Query:
    """One item."""
    return Query(Item(ItemKey("", "1", f"{number}-{text}"), {"text": text}, []), TOLD)


def test_answers_come_in_order_and_in_batches(make: Make) -> None:
    texts = ["a", "b", "A", "B", "a", "b", "a"]
    assert told(make().predict([query(t, n) for n, t in enumerate(texts)])) == [t.upper() for t in texts]


def test_a_state_and_version_are_known_at_once(make: Make) -> None:
    began = time.monotonic()
    apart = make(load="600")
    assert apart.state == "loading" and apart.version.startswith("moody-") and not apart.reason
    assert time.monotonic() - began < 5, "nobody waits for it to load"


@pytest.mark.parametrize("how", ["segfault", "exit"])
def test_an_item_that_ends_the_process_costs_itself_alone(make: Make, how: str) -> None:
    apart = make()
    queries = [query("a"), query(how), query("b"), query("a", 1), query("b", 1)]
    assert told(apart.predict(queries)) == ["A", "predictor.process-died", "B", "A", "B"]
    pid = apart.pid
    assert told(apart.predict(queries)) == ["A", "predictor.item-refused", "B", "A", "B"]
    assert apart.pid == pid


def test_an_item_that_hangs_costs_itself_alone(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch)
    apart = make(timeout=1.0)
    assert told(apart.predict([query("a"), query("hang")])) == ["A", "predictor.too-late"]


def test_an_item_that_raises_costs_itself_alone_and_no_process(make: Make) -> None:
    apart = make()
    assert told(apart.predict([query("a")])) == ["A"]
    pid = apart.pid
    assert told(apart.predict([query("raise"), query("b")])) == ["predictor.item-failed", "B"]
    assert apart.pid == pid


def test_a_process_that_was_killed_is_started_again_and_nobody_is_blamed(make: Make) -> None:
    apart = make()
    assert told(apart.predict([query("a")])) == ["A"]
    os.kill(apart.pid, signal.SIGKILL)
    assert told(apart.predict([query("a")])) == ["A"]


def test_one_that_cannot_be_loaded_says_why(make: Make) -> None:
    apart = make(fails="there are no weights")
    with pytest.raises(DataError, match="there are no weights"):
        apart.predict([query("a")])
    assert (apart.state, apart.reason) == ("failed", "there are no weights")


def test_why_it_cannot_be_loaded_is_in_the_log_once(
    make: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts, third = [], Event()

    def popen(*given: Any, **options: Any) -> Any:
        starts.append(given)
        if len(starts) == 3:  # what was to be said of the first two is said
            third.set()
        return real(*given, **options)

    real = subprocess.Popen
    monkeypatch.setattr("subprocess.Popen", popen)
    monkeypatch.setattr(keeping, "HOPELESS", 0.1)
    moody = make(fails="the weights are not there")
    with pytest.raises(DataError):
        moody.predict([query("a")])
    assert third.wait(90), "it is tried again"
    said = [one.getMessage() for one in caplog.records if one.levelname in ("WARNING", "ERROR")]
    assert said == ["predictor moody could not be loaded: the weights are not there"]


def test_one_that_dies_while_it_loads_says_so(make: Make) -> None:
    apart = make(fails="die")
    with pytest.raises(DataError, match="signal 9"):
        apart.predict([query("a")])
    assert apart.state == "failed"


def test_the_process_ends_with_whoever_started_it(make: Make) -> None:
    apart = make()
    apart.predict([query("a")])
    pid = apart.pid
    apart.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(DataError, match="the service ends"):
        apart.predict([query("a")])


def test_it_learns_beside_answering_and_says_so_when_started_anew(make: Make) -> None:
    apart = make()
    before, queries = apart.version, [query("a"), query("b")]
    assert told(apart.predict(queries)) == ["A", "B"]
    version = apart.fit([Resolved(q.item, {"said": "A"}) for q in queries])
    assert version == apart.version == f"{before}+2"
    assert told(apart.predict(queries)) == ["A", "B"]
    apart.close()
    assert make().version == version


def test_what_cannot_be_passed_on_costs_itself_alone(make: Make) -> None:
    odd = Query(Item(ItemKey("", "1", "2"), {"text": "\ud800"}, []), TOLD)
    huge = Query(Item(ItemKey("", "1", "3"), {"text": "a", "n": 2**80}, []), TOLD)
    assert told(make().predict([odd, query("b"), huge])) == [
        "predictor.item-unsendable", "B", "predictor.item-unsendable",
    ]  # fmt: skip


def rss(pid: int) -> int:
    """Resident kilobytes of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def test_memory_stays_flat(make: Make) -> None:
    apart = make()
    queries = [query("a " * 200, n) for n in range(500)]
    apart.predict(queries)
    before, own = rss(apart.pid), rss(os.getpid())
    for _ in range(20):
        apart.predict(queries)
    assert rss(apart.pid) - before < 8_000 and rss(os.getpid()) - own < 8_000
