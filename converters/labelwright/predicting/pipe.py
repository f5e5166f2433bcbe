"""What goes between the service and the process of a predictor: messages, and how they are told apart.

A message is its length as four bytes, the highest first, then MessagePack. Values go as plain data, and
are rebuilt by the kind of their control.
"""

from __future__ import annotations

import os
import select
import struct
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from labelwright.contracts import Asked, Followed, Outcome, Query, Template
from labelwright.problems import Problem
from labelwright.quality.answerfile import as_kind
from labelwright.records import Item, Resolved, Shape

PREDICT, INTERACT, TRACK, FIT = "predict", "interact", "track", "fit"
CHUNK = 1 << 20
SHARE = 0.75  # of the time for a batch to wait for one file: the predictor is not to blame for it
MOST = 1 << 29  # bytes of a message from a predictor's process
MOST_OUTCOME = 1 << 26  # bytes of what it answers of one item
HEAD = struct.Struct(">I")


class Job(Struct):
    """What a process is told first: which predictor, for what, and where its items' files are.

    ``fetcher`` is ``module:function`` of a tool that opens ``url`` and gives its files' bytes, with the
    credentials that the environment names; empty: there is none. ``tools`` are those by name whose files
    may be had by what the environment says alone. ``patience``: seconds to wait for a file.
    """

    name: str
    predictor: str
    base: str
    template: Template
    inputs: tuple[str, ...]
    controls: tuple[str, ...]
    options: dict[str, str] = {}
    folder: str = ""
    labels: dict[str, str] = {}
    media: list[str] = []
    fetcher: str = ""
    url: str = ""
    tools: list[str] = []
    allow_private: bool = False
    patience: float | None = None


def job_of(name: str, predictor: str, base: str | Path, asked: Asked, **more: Any) -> Job:
    """The job of a predictor that is bound to what it is to do; ``more``: the fields that do not follow."""
    told = (asked.template, asked.inputs, asked.controls, dict(asked.options), asked.folder)
    return Job(name, predictor, str(base), *told, **more)


def patient(job: Job, seconds: float) -> Job:
    """A job whose files are waited for as long as batches of so many seconds allow."""
    return replace(job, patience=seconds * SHARE)


class Hello(Struct):
    """A process has loaded its predictor, or (``reason``) could not."""

    reason: str = ""
    labels: tuple[str, ...] = ()
    learnt: str = ""
    batch: int = 0
    told: str = ""


class Sent(Struct):
    """One query; ``template`` counts those of the request.

    ``files`` are those, by address, that whoever asks holds already.
    """

    item: Item
    template: int = 0
    drawn: dict[str, Any] = {}
    outside: tuple[tuple[float, float], ...] = ()
    files: dict[str, bytes] = {}


class Learnt(Struct):
    """One settled item to learn of."""

    item: Item
    answers: dict[str, Any]


class Thing(Struct):
    """A thing to be followed: as it was drawn, or what was made of it in an earlier frame."""

    shape: Shape | None = None
    state: bytes = b""


class Request(Struct):
    """Something asked of a process: queries, things to follow in one, or to learn of settled items.

    The answer has its ``number``, so that no answer is taken for that of another request.
    """

    what: str
    number: int = 0
    templates: list[Template] = []
    queries: list[msgspec.Raw] = []
    things: list[Thing] = []
    settled: list[Learnt] = []


class Returned(Struct):
    """An ``Outcome``."""

    answers: dict[str, Any] | None
    score: float | None = None
    problems: list[Problem] = []
    sizes: dict[str, tuple[int, int]] = {}
    scores: dict[str, float] = {}
    shares: dict[str, dict[str, float]] = {}


class Answer(Struct):
    """What a process answers: outcomes (each a ``Returned``), where things are, or what it has learnt.

    Or what was wrong.
    """

    number: int = 0
    outcomes: list[msgspec.Raw] = []
    followed: list[Followed] = []
    told: str = ""
    learnt: str = ""
    wrong: Problem | None = None


class Gone(Exception):
    """The other side ended."""


class Late(Exception):
    """The other side took too long."""


class Junk(Exception):
    """The other side sent what is no message."""


class Wire:
    """Sends and receives messages over two descriptors, which it makes non-blocking."""

    def __init__(self, reading: int, writing: int) -> None:
        """Neither is closed by it."""
        self._reading, self._writing = reading, writing
        for one in (reading, writing):
            os.set_blocking(one, False)

    def send(self, data: bytes, seconds: float | None = None) -> None:
        """Send a message. Raises ``Gone``, ``Late``."""
        deadline = _deadline(seconds)
        left = memoryview(HEAD.pack(len(data)) + data)
        while left:
            try:
                left = left[os.write(self._writing, left[:CHUNK]) :]
            except BlockingIOError:
                _wait(self._writing, select.POLLOUT, deadline)
            except BrokenPipeError:
                raise Gone from None

    def receive(self, seconds: float | None = None, most: int | None = None) -> bytes:
        """The next message. Raises ``Gone``, ``Late``, and ``Junk`` for one of more than ``most`` bytes."""
        deadline = _deadline(seconds)
        (length,) = HEAD.unpack(self._bytes(HEAD.size, deadline))
        if most is not None and length > most:
            raise Junk
        return self._bytes(length, deadline)

    def _bytes(self, length: int, deadline: float | None) -> bytes:
        found = bytearray()
        while len(found) < length:
            try:
                read = os.read(self._reading, min(length - len(found), CHUNK))
            except BlockingIOError:
                _wait(self._reading, select.POLLIN, deadline)
                continue
            if not read:
                raise Gone
            found += read
        return bytes(found)


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _wait(descriptor: int, event: int, deadline: float | None) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
    if not poll.poll(left):
        raise Late


def rebuilt(template: Template, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers that came as plain data, by the kind of each control. Raises ``ValueError``."""
    return {name: _value(template, name, raw) for name, raw in answers.items() if name in template.controls}


def _value(template: Template, name: str, raw: Any) -> Any:
    value = as_kind(template.controls[name].kind, raw)
    if isinstance(value, tuple) and any(getattr(mark, "answers", ()) for mark in value):
        return tuple(_answered(template, mark) for mark in value)
    return value


def _answered(template: Template, mark: Any) -> Any:
    answers = [(n, _value(template, n, v) if n in template.controls else v) for n, v in mark.answers]
    return replace(mark, answers=tuple(answers))


FILES = ("image", "audio", "video")  # types of inputs


def sent(query: Query, template: int, inputs: Iterable[str] = ()) -> bytes:
    """A query as it goes over: without what people and models answered before.

    ``inputs``: those whose files go along where the query has them. Raises ``DataError`` for one that
    cannot be had, ``ValueError`` and the like for what cannot be passed on.
    """
    item = replace(query.item, annotations=[], predictions=[])
    files = {}
    if query.files is not None:
        for name in inputs:
            address = item.inputs.get(name)
            if isinstance(address, str) and address and query.template.inputs[name].type in FILES:
                files[address] = query.files.read(query.item, address)
    return msgspec.msgpack.encode(Sent(item, template, query.drawn, query.outside, files))


def settled(one: Resolved) -> Learnt:
    """A settled item as it goes over."""
    return Learnt(replace(one.item, annotations=[], predictions=[]), one.answers)


def returned(made: Outcome) -> bytes:
    """An outcome as it goes over. Raises ``ValueError`` and the like for what cannot be passed on."""
    told = (made.sizes, made.scores, made.shares)
    data = msgspec.msgpack.encode(Returned(made.answers, made.score, made.problems, *told))
    if len(data) > MOST_OUTCOME:
        raise OverflowError(f"it has {len(data)} bytes of at most {MOST_OUTCOME}")
    return data


def outcome(raw: msgspec.Raw, template: Template) -> Outcome:
    """An outcome as it was made. Raises ``ValueError`` if it is none."""
    returned = msgspec.msgpack.decode(raw, type=Returned)
    answers = None if returned.answers is None else rebuilt(template, returned.answers)
    told = (returned.sizes, returned.scores, returned.shares)
    return Outcome(answers, returned.score, returned.problems, *told)
