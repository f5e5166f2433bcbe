"""What a predictor does to its own process: nobody else's answers change, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import predicted
import pytest
from predicted import queries, texts
from programs import left
from service_process import environment

from labelwright.predicting.apart import Apart
from labelwright.records import Kind

MODEL = """
import ctypes, os, signal, subprocess, sys, time
from labelwright.contracts import Guess
from labelwright.records import Span

class Wild:
    inputs = ("text",)
    kinds = ("json", "spans")
    options = {"pids": ("", "file of what was started")}

    def __init__(self, asked):
        self.control, self.pids = asked.controls[0], asked.option("pids")

    def predict(self, batch):
        return [self.one(query.text("text")) for query in batch]

    def one(self, text):
        if "fork" in text:
            copy = os.fork()  # both go on, and would answer
            if copy:
                self.note(copy)
        if "leave" in text:
            self.note(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid)
        if "copy" in text:
            copy = os.fork()
            if not copy:
                time.sleep(600)
            self.note(copy)
        if "crash" in text:
            ctypes.string_at(0)
        if "junk" in text:
            for number in range(3, 30):
                try:
                    os.write(number, b"\\0\\0\\0\\5hello")
                except OSError:
                    pass
        if "long" in text:
            for number in range(3, 30):
                try:
                    os.write(number, b"\\xff\\xff\\xff\\xff")
                except OSError:
                    pass
        if text == "half":
            return Guess({self.control: "\\ud800"})
        if text == "large":
            return Guess({self.control: 2**80})
        if text == "megabytes":
            return Guess({self.control: "x" * 70_000_000})
        return Guess({self.control: text})

    def note(self, pid):
        with open(self.pids, "a") as file:
            file.write(f"{pid}\\n")
"""


def made(folder: Path) -> Apart:
    return predicted.apart(
        "./wild.py:Wild", folder, texts(Kind.JSON), 300.0, options={"pids": str(folder / "pids")}
    )


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Apart]:
    (tmp_path / "wild.py").write_text(MODEL)
    one = made(tmp_path)
    one.start()
    yield one
    one.close()


def answers(apart: Apart, *given: str) -> list[object]:
    outcomes = apart.predict(queries(apart.template, given))
    return [o.answers["asked"] if o.answers else o.problems[0].code for o in outcomes]


def started(folder: Path) -> list[int]:
    """The processes that the predictor started."""
    return [int(line) for line in (folder / "pids").read_text().split()]


def test_a_copy_of_the_process_answers_nothing_and_ends(apart: Apart, tmp_path: Path) -> None:
    assert answers(apart, "a", "fork", "b") == ["a", "fork", "b"]
    assert left(started(tmp_path)) == []
    for text in "cdefg":  # or each would get the answer to the one before
        assert answers(apart, text) == [text]


@pytest.mark.parametrize("what", ["junk", "long"])
def test_what_is_written_into_the_pipe_is_nobodys_answer(apart: Apart, what: str) -> None:
    assert answers(apart, "a", what, "b") == ["a", "predictor.process-died", "b"]
    assert answers(apart, "c", "d") == ["c", "d"]


@pytest.mark.parametrize("what", ["half", "large", "megabytes"])
def test_an_answer_that_cannot_be_passed_on_costs_its_item_and_no_process(apart: Apart, what: str) -> None:
    assert answers(apart, "a") == ["a"]
    pid = apart.pid
    assert answers(apart, "a", what, "b") == ["a", "predictor.answer-unsendable", "b"]
    assert apart.pid == pid


@pytest.mark.parametrize("what", ["leave", "copy"])
def test_what_a_predictor_started_ends_with_it(apart: Apart, tmp_path: Path, what: str) -> None:
    answers(apart, what)
    apart.close()
    assert left(started(tmp_path)) == []


@pytest.mark.parametrize("what", ["leave", "copy"])
def test_what_a_predictor_started_ends_where_it_crashes(apart: Apart, tmp_path: Path, what: str) -> None:
    began = time.monotonic()
    assert answers(apart, f"{what} and crash", "a") == ["predictor.process-died", "a"]
    assert time.monotonic() - began < 15  # it is not waited for, though what it left holds its pipe
    assert left(started(tmp_path)) == []


@pytest.mark.parametrize("what", ["leave", "copy"])
def test_nothing_is_left_where_whoever_asked_is_killed(tmp_path: Path, what: str) -> None:
    (tmp_path / "wild.py").write_text(MODEL)
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"from pathlib import Path; from test_apart_hostile import answers, made\n"
        f"apart = made(Path({str(tmp_path)!r})); apart.start()\n"
        f"answers(apart, {what!r})\n"
        f"Path({str(tmp_path / 'pids')!r}).open('a').write(f'{{apart.pid}}\\n')\n"
        "print('asked', flush=True); sys.stdin.read()"
    )
    asks = subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert asks.stdin is not None and asks.stdout is not None
    assert asks.stdout.readline() == b"asked\n"
    os.kill(asks.pid, signal.SIGKILL)
    asks.wait()
    asks.stdin.close()
    asks.stdout.close()
    assert len(started(tmp_path)) == 2
    assert left(started(tmp_path)) == []
