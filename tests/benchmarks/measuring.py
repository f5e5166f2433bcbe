"""Measures programs in processes of their own: CPU seconds, wall seconds, peak memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROUNDS = int(os.environ.get("LABELWRIGHT_BENCHMARK_ROUNDS", "5"))


@dataclass
class Cost:
    """What one run cost, children included."""

    cpu: float
    wall: float
    peak_mb: float


# A process is born with the peak memory of the one that starts it, so a small one starts it.
LAUNCHER = """
import json, os, sys, time
started = time.perf_counter()
null = os.open(os.devnull, os.O_RDWR)
moves = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=moves)
_, status, usage = os.wait4(child, 0)
code, cpu = os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
print(json.dumps([code, cpu, time.perf_counter() - started, usage.ru_maxrss / 1024]))
"""


def run(arguments: list[str | Path], ok: tuple[int, ...] = (0, 1)) -> Cost:
    """Run a program and measure it."""
    launched = [sys.executable, "-I", "-S", "-c", LAUNCHER, *map(str, arguments)]
    done = subprocess.run(launched, stdout=subprocess.PIPE, check=True)
    code, cpu, wall, peak = json.loads(done.stdout)
    assert code in ok, (arguments, code)
    return Cost(cpu, wall, peak)


def python(code: str, *arguments: str | Path) -> list[str | Path]:
    """The command line of a piece of Python."""
    return [sys.executable, "-c", code, *arguments]


def labelwright(*arguments: str | Path) -> list[str | Path]:
    """The command line of labelwright."""
    return [sys.executable, "-m", "labelwright", *arguments]


def interleaved(commands: dict[str, list[str | Path]], rounds: int = ROUNDS) -> dict[str, list[Cost]]:
    """Run all commands in turn, several times, so that a busy machine is busy for all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(run(command))
    return costs


def ratio(costs: dict[str, list[Cost]], name: str, reference: str, what: str = "cpu") -> float:
    """The median over rounds of one command's cost beside the reference's of the same round."""
    pairs = zip(costs[name], costs[reference], strict=True)
    return float(statistics.median(getattr(a, what) / getattr(b, what) for a, b in pairs))


def show(title: str, costs: dict[str, list[Cost]]) -> None:
    """Print medians."""
    print(f"\n{title}")
    for name, found in costs.items():
        cpu, wall = (statistics.median(getattr(c, w) for c in found) for w in ("cpu", "wall"))
        print(f"  {name:<28} {cpu:8.2f} CPU s {wall:8.2f} s {max(c.peak_mb for c in found):8.0f} MB")


def printed(arguments: list[str | Path]) -> Any:
    """Run a program that prints one JSON value; return the value."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, check=True)
    return json.loads(done.stdout)
