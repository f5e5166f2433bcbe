"""How fast ``labelwright --help`` is, beside the smallest typer application with two commands."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

import pytest

RUNS, MOST = 5, 1.5
OURS = "from labelwright.cli import main; main(['--help'])"
SMALLEST = """
import typer
app = typer.Typer(rich_markup_mode=None)  # like ours: rich would cost it twice as much
@app.command()
def one(name: str) -> None: "One."
@app.command()
def two(name: str) -> None: "Two."
app(["--help"])
"""


def cpu_seconds(program: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@pytest.mark.benchmark
def test_help_costs_little_more_than_the_smallest_application() -> None:
    for program in (OURS, SMALLEST):  # fill the caches of compiled files
        cpu_seconds(program)
    pairs = [(cpu_seconds(OURS), cpu_seconds(SMALLEST)) for _ in range(RUNS)]
    ours, smallest = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"\n--help: {ours:.3f} s, smallest: {smallest:.3f} s, ratio {ours / smallest:.2f} (at most {MOST})")
    assert ours <= MOST * smallest
