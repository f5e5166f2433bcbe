"""What a predictor promises, and what it is given.

A predictor is a class. One of ours is ``plugin`` of a module of ``labelwright.predictors``; a user's own
lies in one file, named as ``./my_model.py:Model``, and needs no more than ``inputs``, ``kinds`` and
``predict``::

    class Model:
        inputs = ("text",)
        kinds = ("choice",)

        def __init__(self, asked):
            (self.text,), (self.control,) = asked.inputs, asked.controls

        def predict(self, batch):
            return [Guess({self.control: "SUPPORT_REQUEST"}, score=0.5) for query in batch]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from msgspec import Struct

from labelwright.contracts.templates import Template
from labelwright.problems import Problem
from labelwright.records import Item, Resolved, Shape, Value


class Asked(Struct, frozen=True):
    """What one predictor is to do: a template, and by name what of it the predictor reads and answers.

    ``inputs`` are the template's inputs of the types that the predictor reads, ``controls`` the controls
    of the kinds that it answers, both in the template's order, or those that the user named. ``folder`` is
    where it may keep what it learns (empty: it may not), a folder of its own.
    """

    template: Template
    inputs: tuple[str, ...]
    controls: tuple[str, ...]
    options: Mapping[str, str] = {}
    folder: str = ""

    def option(self, name: str) -> str:
        """An option's value as given, or its default. Raises ``KeyError`` for one that is not declared."""
        return self.options[name]

    @property
    def place(self) -> Path | None:
        """``folder`` as a path."""
        return Path(self.folder) if self.folder else None


class Files(Protocol):
    """Where a query's images, films and sounds are read."""

    def read(self, item: Item, uri: str) -> bytes:
        """A file's bytes. Raises ``DataError`` that says why they cannot be had."""
        ...


class Query(Struct, frozen=True):
    """One item to be answered.

    ``template`` has the project's own labels, which may be others than those a predictor was made with.
    ``drawn``: what somebody has drawn so far, by control, where a tool asks while they draw; ``outside``
    are points (x, y) that they said lie outside of what they mean. ``seen`` fills as files are read.
    """

    item: Item
    template: Template
    drawn: dict[str, Value] = {}
    files: Files | None = None
    outside: tuple[tuple[float, float], ...] = ()
    seen: dict[str, tuple[int, int]] = {}

    def labels(self, control: str) -> list[str]:
        """The labels that the project offers for a control; empty: any."""
        return self.template.controls[control].labels

    def text(self, name: str) -> str:
        """The words of an input; empty where the item has none."""
        value = self.item.inputs.get(name)
        return value if isinstance(value, str) else ""

    def file(self, name: str) -> bytes:
        """The bytes of the file that an input names. Raises ``DataError`` that says why there are none."""
        from labelwright.contracts._unread import unread, upright

        value = self.item.inputs.get(name)
        if not isinstance(value, str) or not value or self.files is None:
            raise unread(self.item, name, value)
        data = self.files.read(self.item, value)
        if name not in self.seen and (size := upright(data)) is not None:
            self.seen[name] = size
        return data

    def size(self, name: str) -> tuple[int, int] | None:
        """Width and height in pixels of an image: as the tool tells, else as its file says once upright."""
        return self.item.size(name) or self.seen.get(name)


class Guess(Struct):
    """A predictor's answers for one item, by control, as values of waist 1 (see ``records``).

    ``score`` (0 to 1) is how sure it is of the whole; regions carry their own. ``scores`` is the same by
    control. A control that it has no answer for is left out. ``problems`` say what of the item it could not
    answer, beside what it could. ``shares`` are by control the probability of each label, where it knows
    them: what it hesitates between.
    """

    answers: dict[str, Value]
    score: float | None = None
    scores: dict[str, float] = {}
    problems: list[Problem] = []
    shares: dict[str, dict[str, float]] = {}


class Predictor(Protocol):
    """A model that answers items. Made once, asked by one thread at a time.

    Its class says what it reads and answers: ``inputs`` (types of a template's inputs), ``kinds`` (of its
    controls). Optional are ``name`` and ``title``, ``extra`` (the extra to install), ``modules`` (those of
    it that are imported) and ``beside`` (those of them that no extra brings), ``options`` (what can be set,
    with the default and what it means), ``version`` (changes with its answers), ``batch`` (items at a
    time), ``labels`` (those that it answers with; empty: the project's own), ``any_labels``, ``alike``
    (other names that projects give its labels, by label, the likeliest first), ``predicts`` (False where it
    answers nothing but while somebody draws), ``unanswered`` (True where ``fit`` is to be given items
    without answers too), ``incidental`` (options that do not decide what it answers, such as time limits:
    its version stays), ``paths`` (options that name files, of which ``fingerprint`` tells what is in them),
    ``remote`` (it answers by a server or weights that the user names, not by itself), and a static method
    ``fingerprint(asked)``: in a few characters what of its files decides its answers, told in milliseconds.
    Its constructor takes an ``Asked``, loads what it needs, and raises ``UsageError`` for what cannot be.
    """

    inputs: ClassVar[Sequence[str]]
    kinds: ClassVar[Sequence[str]]

    def predict(self, batch: Sequence[Query]) -> Sequence[Guess | Problem]:
        """A guess for each query, in order; a ``Problem`` for one that it cannot answer.

        Whatever it raises costs the items it was asked about, one by one, and nobody else's.
        """
        ...


@runtime_checkable
class Interacts(Protocol):
    """What a predictor offers beside if it answers while somebody draws."""

    def interact(self, query: Query) -> Guess | Problem:
        """What goes with the regions in ``query.drawn``: the regions to be added, no others."""
        ...


@runtime_checkable
class Learns(Protocol):
    """What a predictor offers beside if it learns of a project's own answers."""

    def fit(self, items: Sequence[Resolved]) -> str:
        """Learn of settled answers, keep it in ``Asked.folder``; what the version is now.

        Called outside of every request. Raises ``DataError`` if the answers do not do. What was learnt
        before is there again when it is made anew, and ``fingerprint`` then gives the same version. ``told``
        says in a sentence what came of learning, such as a cross-validated accuracy; it is empty before.
        """
        ...


class Followed(Struct):
    """Where a thing is in the next frame; ``shape`` None where it is out of sight.

    ``state`` is what the predictor wants to be given with the frame after, whoever keeps it until then: a
    few kilobytes that say all it needs.
    """

    shape: Shape | None
    state: bytes


@runtime_checkable
class Tracks(Protocol):
    """What a predictor offers beside if it follows things from frame to frame."""

    def track(self, query: Query, things: Sequence[Shape | bytes]) -> Sequence[Followed]:
        """Where each thing is in a frame, in order.

        ``query`` shows the frame as an image. A thing is the shape drawn on this very frame, which begins
        to be followed, or the ``state`` that it had in an earlier frame.
        """
        ...


class Outcome(Struct):
    """What became of one query: answers that fit the project, and what was wrong with it or them.

    ``answers`` is None where there is none at all; then ``problems`` say why. ``sizes`` are those of the
    item's images, in pixels by input, that were learnt on the way and that the item did not have.
    ``scores`` and ``shares`` are those of the guess, by control, with the project's labels. ``version`` is
    that of what answered, which may have learnt since; empty: nobody did.
    """

    answers: dict[str, Value] | None
    score: float | None = None
    problems: list[Problem] = []
    sizes: dict[str, tuple[int, int]] = {}
    scores: dict[str, float] = {}
    shares: dict[str, dict[str, float]] = {}
    version: str = ""


class Served(Protocol):
    """A predictor under a name, as hosts see it."""

    name: str
    title: str
    template: Template

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs of the template that it reads: an item needs one of them."""
        ...

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls of the template that it answers."""
        ...

    @property
    def state(self) -> str:
        """``loading``, ``ready`` or ``failed``."""
        ...

    @property
    def reason(self) -> str:
        """Why it failed; else empty."""
        ...

    @property
    def version(self) -> str:
        """Of the model as it answers now; the same while it loads."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it answers with; empty: the project's own."""
        ...

    def label_of(self, label: str, offered: Sequence[str]) -> str | None:
        """One of its labels as one of those that a project offers; empty: not wanted, None: there is none."""
        ...

    @property
    def predicts(self) -> bool:
        """Whether it answers items by itself."""
        ...

    @property
    def interacts(self) -> bool:
        """Whether it answers while somebody draws."""
        ...

    @property
    def tracks(self) -> bool:
        """Whether it follows things from frame to frame."""
        ...

    def predict(self, queries: Sequence[Query]) -> list[Outcome]:
        """An outcome for each query, in order. Waits for the model; raises ``DataError`` if it failed."""
        ...

    def interact(self, query: Query) -> Outcome:
        """What goes with the regions drawn."""
        ...

    def track(self, query: Query, things: Sequence[Shape | bytes]) -> list[Followed]:
        """Where each thing is in a frame (see ``Tracks``). Raises ``DataError`` that says why not."""
        ...
