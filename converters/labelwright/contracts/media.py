"""What a target takes of images, films and sounds, and what a notation for places in them promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from labelwright.examples import Grounding, Media, Pointed
from labelwright.geometry.shapes import Points
from labelwright.problems import Place, Problem, Problems

EMBED, FILE, LINK = "embed", "file", "link"


class MediaRules(Struct, frozen=True):
    """What a target says about media. 0 and empty mean that it says nothing.

    ``way``: ``EMBED`` puts the bytes into the row as a base64 data URI, ``FILE`` puts a file beside the
    training file and its path into the row, ``LINK`` leaves an address of one of ``schemes``. Where files are
    embedded, ``schemes`` are those of addresses that may stand in a row all the same.
    ``types`` are media types; ``size`` is bytes of one file, ``pixels`` width times height, ``side`` and
    ``least_side`` pixels of one side; ``count`` files of one example; ``modes`` are RGB, RGBA, L, CMYK, P.
    """

    way: str = EMBED
    types: tuple[str, ...] = ("image/jpeg", "image/png", "image/webp")
    schemes: tuple[str, ...] = ()
    count: int = 0
    size: int = 0
    pixels: int = 0
    side: int = 0
    least_side: int = 0
    modes: tuple[str, ...] = ()


class Prepared(Struct):
    """A file made ready for a row.

    ``media`` has type, digest and address. ``original`` is the size in pixels (width, height) that the
    annotators saw and ``size`` that of the image in the row, ``turn`` the EXIF orientation (1 to 8) by which
    shapes in pixels of ``original`` must be turned before they are scaled: 1 where annotators saw
    the image upright. Both are (0, 0) for what is no image. ``data`` are the bytes to be put into the
    row in place of ``media.address`` (None: the address stays).
    """

    media: Media
    original: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    turn: int = 1
    data: bytes | None = None


class MediaRoom(Protocol):
    """Where the media of a run are made ready."""

    def prepare(
        self, media: Media, shown: tuple[int, int] | None, place: Place, problems: Problems
    ) -> Prepared | Problem:
        """Find a file, look at it and make it fit the target; or say why the example cannot be.

        ``shown``: width and height in pixels as the tool tells them, if it does. What is changed on the
        way (turned, scaled, another colour mode) is said in ``problems``.
        """
        ...

    def finish(self, line: bytes, prepared: Sequence[Prepared]) -> bytes:
        """A row's JSON with the bytes of its media in it."""
        ...

    def described(self) -> dict[str, Any]:
        """How media were made ready, for the manifest."""
        ...

    def close(self) -> None:
        """Let go of connections to servers."""
        ...


def count_places(grounding: Grounding, points: bool) -> int:
    """The places of a grounding: what the ledger of what is written counts (see ``problems.Ledger``).

    A shape is one place; one of points is as many as it has points for a target that holds ``points``. A
    thing without a shape is one that cannot be written.
    """
    return sum(places_in(thing, points) for thing in grounding.objects)


def places_in(thing: Pointed, points: bool) -> int:
    """The places of one thing; see ``count_places``."""
    if not points:
        return len(thing.shapes) or 1
    found = (len(s.points) if isinstance(s, Points) else 1 for s in thing.shapes)
    return sum(count or 1 for count in found) or 1


class Notation(Protocol):
    """How places in an image are written into text for one family of models.

    ``options`` names what can be set and its default, such as ``{"order": "yx", "scale": "1000"}``;
    ``with_options`` gives a notation so set. ``holds`` names the shapes (see ``geometry.shapes.NAMES``) that
    it can hold; others are written as their box where it holds boxes, which is a loss in ``problems``.

    Places are counted on their way (see ``count_places``): what ``write`` leaves out it enters with
    ``Problems.lose`` in the ledger of ``WRITE``, and ``read`` finds all others again in the text, with their
    labels (blanks for what the notation keeps to itself) and within one ``quantum`` on every side, two where
    a box was thinner than one. Every run checks that. An image of which nothing can be written loses all
    of its places so.
    """

    name: str
    title: str
    reference: str  # address of the public specification
    holds: frozenset[str]
    options: Mapping[str, str]

    def with_options(self, given: Mapping[str, str]) -> Notation:
        """The notation with these options. Raises ``UsageError`` for one that is unknown or cannot be."""
        ...

    def write(self, grounding: Grounding, place: Place, problems: Problems) -> str:
        """The text of a grounding. Empty if there can be none; then the last problem added says why."""
        ...

    def read(self, text: str, size: tuple[int, int]) -> Grounding:
        """What a text says about an image of ``size``. Raises ``ValueError`` saying what is wrong with it."""
        ...

    def quantum(self, size: tuple[int, int]) -> tuple[float, float]:
        """How far apart, in pixels along x and y, two neighbouring values of the notation lie."""
        ...

    def described(self) -> dict[str, Any]:
        """What a reader of the file must know, for the manifest: name, order, scale, resizing."""
        ...
