"""Many tasks of one request: in how many calls the model is asked; and what many predictions leave behind."""

from __future__ import annotations

import json
import os
import statistics
import time
from pathlib import Path

import measuring
import pytest
from predictor_world import Connection, login, predict, serving, tasks

CALL = 0.02  # seconds that a call of the model costs, however many items it is about
TASKS, BATCH = 300, 16  # the batch is that of a predictor that names none
FASTER = 8.0  # times; 19 calls instead of 300 would be 15.8
MANY, FIFTHS = 10_000, 5
GROWTH_MB = 4.0  # of either process from the second fifth of the predictions to the last
MODELS = f"""
import os, time
from labelwright.contracts import Guess

class Costly:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        (self.text,), (self.control,) = asked.inputs, asked.controls
        os.makedirs(asked.folder, exist_ok=True)
        self.calls = os.path.join(asked.folder, "calls")

    def predict(self, batch):
        with open(self.calls, "a") as file:
            file.write(str(len(batch)) + chr(10))
        time.sleep({CALL})
        return [Guess({{self.control: "SUPPORT_REQUEST"}}, score=0.5) for query in batch]

class OneByOne(Costly):
    batch = 1

class Reading(Costly):
    def predict(self, batch):
        words = [query.text(self.text).split() for query in batch]
        return [Guess({{self.control: "SALES_INQUIRY"}}, score=1 / len(one)) for one in words]
"""


@pytest.mark.benchmark
def test_many_tasks_are_asked_in_batches(tmp_path: Path) -> None:
    """Beside the same model one by one: in one request too, and in a request for each task."""
    sent = tasks(TASKS)
    names = {"batches": "Costly", "singly": "OneByOne"}
    rounds: list[dict[str, float]] = []
    with serving(tmp_path, MODELS, names) as service, Connection(service.url, login(service)) as asking:
        whole = {name: asking.made(f"/ml/{name}/predict", predict(sent)) for name in names}
        alone = [asking.made("/ml/batches/predict", predict([one])) for one in sent]
        for number in range(min(measuring.ROUNDS, 3)):
            took = {"one request, in batches": _results(asking, whole["batches"], TASKS)}
            if not number:
                calls = _calls(service.folder, "batches")
            took["one request, one by one"] = _results(asking, whole["singly"], TASKS)
            took["a request for each task"] = sum(_results(asking, one, 1) for one in alone)
            rounds.append(took)
    print(f"\n{TASKS} tasks, a model that takes {1000 * CALL:.0f} ms a call: calls of {calls}")
    for name in rounds[0]:
        ratio = statistics.median(one[name] / one["one request, in batches"] for one in rounds)
        print(f"  {name:<24} {statistics.median(one[name] for one in rounds):6.2f} s, {ratio:5.1f} times")
    assert calls == [BATCH] * (TASKS // BATCH) + [TASKS % BATCH]
    ratio = statistics.median(
        one["one request, one by one"] / one["one request, in batches"] for one in rounds
    )
    assert ratio >= FASTER


def _results(asking: Connection, request: bytes, count: int) -> float:
    """Seconds of a request whose tasks all got an answer."""
    took, body = asking.ask(request)
    results = json.loads(body)["results"]
    assert len(results) == count and all(one["result"] for one in results)
    return took


def _calls(folder: Path, name: str) -> list[int]:
    return [int(n) for n in (folder / "labelwright-data/predictors" / name / "calls").read_text().split()]


@pytest.mark.benchmark
def test_many_predictions_take_no_more_memory(tmp_path: Path) -> None:
    """Of tasks that are all different, each in a request of its own."""
    names = {"one": "Reading"}
    held: dict[str, list[float]] = {"service": [], "predictor": []}
    with serving(tmp_path, MODELS, names) as service, Connection(service.url, login(service)) as asking:
        began = time.perf_counter()
        for number in range(1, MANY + 1):
            _, body = asking.ask(asking.made("/ml/one/predict", predict(tasks(1, number))))
            (found,) = json.loads(body)["results"]
            assert found["result"][0]["value"] == {"choices": ["SALES_INQUIRY"]}
            if number % (MANY // FIFTHS) == 0:
                held["service"].append(_resident_mb(service.process.pid))
                held["predictor"].append(_resident_mb(_child(service.process.pid)))
        took = time.perf_counter() - began
    print(f"\n{MANY:,} predictions in {took:.0f} s: MB after each fifth")
    for name, found in held.items():
        print(f"  {name:<10}" + ", ".join(f"{mb:6.1f}" for mb in found))
    for found in held.values():
        assert found[-1] - found[1] <= GROWTH_MB


def _child(pid: int) -> int:
    """The process of the only predictor."""
    (found,) = [
        int(one)
        for thread in Path(f"/proc/{pid}/task").iterdir()
        for one in (thread / "children").read_text().split()
        if b"labelwright.predicting.child" in Path(f"/proc/{one}/cmdline").read_bytes()
    ]
    return found


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
