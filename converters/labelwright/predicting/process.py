"""The process of one predictor, as the service holds it."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from labelwright.predicting.pipe import MOST, Answer, Gone, Hello, Job, Junk, Late, Request, Wire

Told = TypeVar("Told", Hello, Answer)
JUNK = "something that is no answer"


class Lost(Exception):
    """The process ended, or was ended because it took too long. ``late``: the latter."""

    def __init__(self, how: str, late: bool = False) -> None:
        """``how``: in words, such as ``signal 11``."""
        super().__init__(how)
        self.how, self.late = how, late


class Process:
    """Started at once; ``load`` waits until it has loaded. Asked by one thread at a time.

    What it starts itself ends with it.
    """

    def __init__(self, job: Job, environment: Mapping[str, str] | None = None) -> None:
        """``environment`` None: that of this process."""
        self.hello = Hello()
        self.overdue = False  # whether it was ended because it took too long
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "labelwright.predicting.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=None if environment is None else dict(environment),
            process_group=0,
        )
        assert self._popen.stdin is not None and self._popen.stdout is not None
        self._wire = Wire(self._popen.stdout.fileno(), self._popen.stdin.fileno())
        self._job = job
        self._lock = threading.Lock()  # of whoever reads and writes
        self._closed = False
        self._numbers = itertools.count(1)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._popen.poll() is None

    def load(self, seconds: float) -> Hello:
        """Tell it its job and wait until it has loaded. Raises ``Lost``."""
        self.hello = self._exchanged(self._job, seconds, Hello)
        return self.hello

    def ask(self, request: Request, seconds: float) -> Answer:
        """Its answer. Raises ``Lost``; the process is then no more."""
        numbered = msgspec.structs.replace(request, number=next(self._numbers))
        answer = self._exchanged(numbered, seconds, Answer)
        if answer.number != numbered.number:
            raise self._junk()
        return answer

    def wait(self) -> None:
        """Wait for its end; what it started ends too."""
        self._popen.wait()
        self._end_others()

    def end(self) -> None:
        """End it now, with what it started."""
        self._popen.kill()
        self._popen.wait()
        self._end_others()

    def close(self) -> None:
        """End it, and let go of its pipes."""
        self.end()
        with self._lock:
            self._closed = True  # the pipes' numbers may be those of other files from now on
            for pipe in (self._popen.stdin, self._popen.stdout):
                assert pipe is not None
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _end_others(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # there are none; they became others'
            os.killpg(self._popen.pid, signal.SIGKILL)

    def _exchanged(self, message: Job | Request, seconds: float, type_: type[Told]) -> Told:
        with self._lock:
            if self._closed:
                raise Lost("the process had ended before")
            data = self._exchange(message, seconds)
        try:
            return msgspec.msgpack.decode(data, type=type_)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise self._junk() from None

    def _junk(self) -> Lost:
        """What was sent is not ours, and nobody knows where an answer would begin."""
        self.end()
        return Lost(JUNK)

    def _exchange(self, message: Job | Request, seconds: float) -> bytes:
        try:
            self._wire.send(msgspec.msgpack.encode(message), seconds)
            return self._wire.receive(seconds, MOST)
        except Late:
            self.overdue = True
            self.end()
            raise Lost(f"no answer within {seconds:g} s", late=True) from None
        except Junk:
            raise self._junk() from None
        except Gone:
            code = self._ended()
            raise Lost(f"signal {-code}" if code < 0 else f"exit code {code}") from None

    def _ended(self) -> int:
        try:
            return self._popen.wait(1.0)
        except subprocess.TimeoutExpired:  # it closed its pipes and goes on
            self.end()
            return self._popen.returncode
