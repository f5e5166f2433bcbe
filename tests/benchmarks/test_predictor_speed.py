"""How soon a predictor's server is answered while the model loads, and what its protocol adds to a model."""

from __future__ import annotations

import json
import statistics
import threading
import time
from pathlib import Path

import measuring
import pytest
from predictor_world import (
    TEMPLATE,
    Connection,
    echoing,
    login,
    part,
    predict,
    reference,
    serving,
    set_up,
    tasks,
)

from labelwright.contracts import Query
from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.records import Item, ItemKey
from labelwright.registry import template_folders
from labelwright.render.load import find_template

SLOWEST = 5.0  # milliseconds for health and set-up, 95 of 100 times, beyond what any server takes meanwhile
LOADING, LEAST, PAUSE = 8.0, 200, 0.004  # seconds of loading; requests meanwhile; seconds between them
OVERHEAD = 1.0  # milliseconds a task
SINGLE, MANY = 200, 300  # requests of one task in a round; tasks of one request
REQUESTS = 8  # of so many tasks in a round
MODELS = f"""
import json, time
from labelwright.contracts import Guess

class Instant:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        return [Guess({{self.control: "SUPPORT_REQUEST"}}, score=0.5) for query in batch]

class Turning(Instant):
    step = 1_000

    def __init__(self, asked):
        super().__init__(asked)
        began = time.monotonic()
        while time.monotonic() < began + {LOADING}:
            sum(range(self.step))
        with open("LOADED", "w") as file:
            json.dump([began, time.monotonic()], file)

class Holding(Turning):
    step = 20_000_000  # some tenths of a second in which no other thread of its process runs
"""


@pytest.mark.benchmark
@pytest.mark.parametrize(("kind", "step"), [("Turning", 1_000), ("Holding", 20_000_000)])
def test_health_and_set_up_are_answered_at_once_while_a_model_loads(
    kind: str, step: int, tmp_path: Path
) -> None:
    """Beside a server that echoes, asked in turn: of a busy machine it feels as much.

    Printed too: the same when it has loaded, and Label Studio's own backend while it loads such a model.
    """
    place = tmp_path / "loaded.json"
    models = MODELS.replace("LOADED", str(place))
    with (
        echoing(tmp_path) as echo_url,
        Connection(echo_url) as echo,
        serving(tmp_path / "s", models, {"one": kind}) as service,
        Connection(service.url, login(service)) as ours,
    ):
        health, setup = ours.made("/ml/one/health"), ours.made("/ml/one/setup", set_up())
        asked = {"health": (ours, health), "set-up": (ours, setup), "echo": (echo, echo.made("/health"))}
        answers = _until_ready(asked)
        quiet = [ours.ask(health)[0] for _ in range(LEAST)]
    began, ended = json.loads(place.read_text())
    within = {n: [took for at, took in found if began < at < ended] for n, found in answers.items()}
    with reference(tmp_path, LOADING, step) as url:
        other = _while_set_up(url)
    print(f"\n{kind}: a model that keeps a processor busy for {ended - began:.1f} s")
    for name, took in within.items():
        _show(f"{name} while it loads", took)
    _show("health when it has loaded", quiet)
    _show("label-studio-ml's health", other)
    for name in ("health", "set-up"):
        assert len(within[name]) >= LEAST, name
        assert part(within[name], 0.95) - part(within["echo"], 0.95) <= SLOWEST, name


def _until_ready(asked: dict[str, tuple[Connection, bytes]]) -> dict[str, list[tuple[float, float]]]:
    """When each answer was there, and after how many seconds, until health says that the model has loaded."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    state, end = "loading", time.monotonic() + 60.0
    while state == "loading":
        assert time.monotonic() < end
        for name, (who, request) in asked.items():
            took, body = who.ask(request)
            found[name].append((time.monotonic(), took))
            state = json.loads(body)["state"] if name == "health" else state
            time.sleep(PAUSE)
    assert state == "ready"
    return found


def _while_set_up(url: str) -> list[float]:
    """Seconds that health took while set-up loaded the model."""
    took: list[float] = []
    with Connection(url) as setting, Connection(url) as asking:
        health, setup = asking.made("/health"), setting.made("/setup", set_up())
        asking.ask(health)
        thread = threading.Thread(target=setting.ask, args=(setup,))
        thread.start()
        time.sleep(0.2)
        while thread.is_alive():
            took.append(asking.ask(health)[0])
            time.sleep(PAUSE)
        thread.join()
    return took


def _show(what: str, took: list[float]) -> None:
    parts = {"median": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    print(f"  {what:<28} " + ", ".join(f"{n} {part(took, q):6.2f} ms" for n, q in parts.items()), end="")
    print(f"  ({len(took)} requests)")


@pytest.mark.benchmark
def test_the_protocol_adds_less_than_a_millisecond_to_a_task(tmp_path: Path) -> None:
    """Beside Label Studio's own backend with a model as trivial, and a server that echoes; in turn."""
    own = {count: _own(count, tmp_path) for count in (1, MANY)}
    with (
        serving(tmp_path / "s", MODELS, {"one": "Instant"}) as service,
        reference(tmp_path) as url,
        echoing(tmp_path) as echo_url,
        Connection(service.url, login(service)) as ours,
        Connection(url) as theirs,
        Connection(echo_url) as echo,
    ):
        theirs.ask(theirs.made("/setup", set_up()))
        asked: dict[str, tuple[Connection, str]] = {
            "labelwright": (ours, "/ml/one/predict"),
            "label-studio-ml": (theirs, "/predict"),
            "echo": (echo, "/predict"),
        }
        sent = {c: {n: who.made(path, predict(tasks(c))) for n, (who, path) in asked.items()} for c in own}
        for count in own:
            for name in ("labelwright", "label-studio-ml"):
                _answered(asked[name][0], sent[count][name], count)
        rounds = [
            {
                (name, count): _median(asked[name][0], sent[count][name], count)
                for name in asked
                for count in own
            }
            for _ in range(measuring.ROUNDS)
        ]
    for count in own:
        _compared(rounds, own[count], count)
        # The best round: three processes take turns, and whatever else runs comes between them.
        over = min(one["labelwright", count] for one in rounds) - own[count]
        assert over / count <= OVERHEAD


def _answered(who: Connection, request: bytes, count: int) -> None:
    """Both answer alike."""
    results = json.loads(who.ask(request)[1])["results"]
    assert [one["result"][0]["value"] for one in results] == [{"choices": ["SUPPORT_REQUEST"]}] * count


def _median(who: Connection, request: bytes, count: int) -> float:
    """Milliseconds of a request."""
    times = SINGLE if count == 1 else REQUESTS
    return 1000 * statistics.median(who.ask(request)[0] for _ in range(times))


def _own(count: int, folder: Path) -> float:
    """Milliseconds that the model itself takes for so many, in batches or not."""
    (folder / "own.py").write_text(MODELS)
    kind = find("./own.py:Instant", folder)
    template = find_template(TEMPLATE, template_folders())
    model = kind(bind(kind, template))
    batch = [Query(Item(ItemKey("", "", str(n)), {"text": "?"}, []), template) for n in range(count)]
    took = []
    for _ in range(20):
        began = time.perf_counter()
        model.predict(batch)
        took.append(time.perf_counter() - began)
    return 1000 * statistics.median(took)


def _compared(rounds: list[dict[tuple[str, int], float]], own: float, count: int) -> None:
    print(f"\n{count} task(s) in one request; of it the model itself {own:.3f} ms")
    for name in ("labelwright", "label-studio-ml", "echo"):
        found = statistics.median(one[name, count] for one in rounds)
        ratio = statistics.median(one["labelwright", count] / one[name, count] for one in rounds)
        over = (found - own) / count
        best = min(one[name, count] for one in rounds)
        told = f"{found:8.2f} ms (best round {best:.2f}), {over:7.3f} ms a task"
        print(f"  {name:<16} {told}; labelwright takes {ratio:5.2f} of it")
