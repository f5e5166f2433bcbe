"""A predictor in a process of its own, asked about the items of an export, one batch after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from labelwright.contracts import Outcome, Query, Template
from labelwright.pipeline.mediaplan import sorted_places
from labelwright.predicting.apart import TIMEOUT, Apart
from labelwright.predicting.binding import bind
from labelwright.predicting.environment import passed
from labelwright.predicting.files import PlaceFiles
from labelwright.predicting.finding import find, name_of
from labelwright.predicting.keeping import LOAD
from labelwright.predicting.model import Model
from labelwright.predicting.pipe import job_of
from labelwright.problems import UsageError
from labelwright.records import Item, Resolved

_CRASHED = re.compile(r"(\w+(Error|Exception|Warning)|SystemExit): |its process ended")
AT_ONCE = 256  # items that are held while they are asked about
MOST_LOST = 3  # items one after the other that may end its process, before it is given up


class Wanted(Struct, frozen=True):
    """A predictor as a user names it, with what may be set of it (see ``binding.bind``).

    ``labels`` maps its labels to the project's. ``folder`` is where it keeps what it learnt. ``timeout``:
    seconds for a batch. ``media`` and ``allow_private``: where its items' files are (see ``Settings``).
    """

    predictor: str
    options: dict[str, str] = {}
    labels: dict[str, str] = {}
    controls: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    folder: str = ""
    timeout: float = TIMEOUT
    media: tuple[str, ...] = ()
    allow_private: bool = False


def learns(wanted: Wanted) -> bool:
    """Whether the predictor learns of answers. Raises ``UsageError`` if there is none of its name."""
    return callable(getattr(find(wanted.predictor), "fit", None))


def files_of(wanted: Wanted) -> PlaceFiles:
    """The files that its items show, for whoever enters and leaves it."""
    places, tools = sorted_places(wanted.media)
    return PlaceFiles(places, tools=tools, allow_private=wanted.allow_private)


def loaded(
    wanted: Wanted, template: Template, stack: ExitStack, folder: str = "",
    lesson: Sequence[Resolved] | None = None,
) -> Apart:  # fmt: skip
    """The predictor in a process of its own, ready to be asked, until ``stack`` ends.

    ``folder`` instead of its own; of a ``lesson`` it learns first. Raises ``UsageError``, and ``DataError``
    where it cannot learn.
    """
    kind = find(wanted.predictor)
    asked = bind(kind, template, wanted.controls, wanted.inputs, wanted.options, folder or wanted.folder)
    name = name_of(kind)
    places, tools = sorted_places(wanted.media)
    job = job_of(
        name, wanted.predictor, Path.cwd(), asked, labels=wanted.labels, media=places, tools=tools,
        allow_private=wanted.allow_private,
    )  # fmt: skip
    made = Model(name, kind, asked, wanted.labels)
    model = Apart(made, job, passed(tools), wanted.timeout, remembers=False, most_lost=MOST_LOST, wait=LOAD)
    stack.callback(model.close)
    if lesson is not None:
        model.fit(lesson)
    try:
        model.load()
    except UsageError as error:
        crashed = _CRASHED.match(str(error)) is not None  # else it is a sentence of its own
        raise UsageError(f"{wanted.predictor} cannot be loaded: {error}" if crashed else str(error)) from None
    return model


def blind(item: Item) -> Item:
    """The item as it was before anybody answered it."""
    return replace(item, annotations=[], predictions=[], drafts=0)


def answered(
    model: Apart, items: Iterable[Item], progress: Callable[[int], None] | None = None
) -> Iterator[tuple[Item, Outcome]]:
    """Each item with what the predictor makes of it, in order. It sees no item's answers."""
    left, done = iter(items), 0
    while some := list(islice(left, AT_ONCE)):
        queries = [Query(blind(item), model.template) for item in some]
        for item, outcome in zip(some, model.outcomes(queries), strict=True):
            done += 1
            if progress is not None:
                progress(done)
            yield item, outcome


def pairs(given: Iterable[str], what: str) -> dict[str, str]:
    """``NAME=VALUE`` as a mapping; ``what`` says what they are. Raises ``UsageError``."""
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--{what} {one!r} is no NAME=VALUE, such as A=B")
        found[name.strip()] = value.strip()
    return found


def own_folder(path: Path | None) -> str:
    """A folder as ``Wanted`` names it; it has to be there. Raises ``UsageError``."""
    if path is not None and not path.is_dir():
        raise UsageError(f"there is no folder {path}")
    return str(path) if path is not None else ""
