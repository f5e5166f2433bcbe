"""What tests that start programs need: a free port, and the end of a program with all its children."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PORTS = range(15_000, 32_000)  # below those that systems give to connections


def free_port() -> int:
    """A port that nobody listens on; see ``free_ports``."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of several ports in a row that nobody listens on.

    Servers are never left to look for one themselves: one that takes the next without a word would leave
    the server of another run to answer in its place. Not one that the system gives to whoever connects to
    something: it would be gone before the server has started. At random, since others look at the same time.
    """
    for first in random.SystemRandom().sample(PORTS, 200):
        with contextlib.ExitStack() as taken:
            try:
                for port in range(first, first + count):
                    taken.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no free ports")


def until(true: Callable[[], object], what: str = "it", seconds: float = 90.0) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def left(pids: Sequence[int], seconds: float = 60.0) -> list[int]:
    """Those of the processes that still run after a while."""
    end = time.monotonic() + seconds
    while (there := [pid for pid in pids if runs(pid)]) and time.monotonic() < end:
        time.sleep(0.05)
    return there


def runs(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and its children: its own process group, nothing else."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(15)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
