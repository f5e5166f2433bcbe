"""Where the media of a run are made ready: found, looked at, fitted to the target, put into rows or files."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from labelwright.contracts import EMBED, FILE, LINK, MediaRules, Prepared
from labelwright.examples import Media
from labelwright.geometry.reframe import turned_size
from labelwright.io import pictures
from labelwright.media import fitting, kinds, linking, pixels, recordings, standins
from labelwright.media import problems as p
from labelwright.media.filing import FOLDER, Filing
from labelwright.media.names import shown as as_shown
from labelwright.media.places import Places
from labelwright.media.sources import Fault, Fetcher, Found, contents
from labelwright.problems import Place, Problem, Problems, ProblemType, UsageError

REFUSE, RESIZE = "refuse", "resize"
KEPT_BYTES, KEPT_FILES = 16 << 20, 4096  # of the files looked at last
IMAGE = "image"
_STRICT = ("image/png", "image/gif")  # Pillow reads past a lost end of these, other readers refuse it


class Ready(Struct):
    """A file as a target takes it, before it is known what its item's annotators saw.

    ``raw`` is its size as stored, ``upright`` once turned, ``size`` in the row. ``said`` is what was
    changed, to be told wherever the file is used.
    """

    media: Media
    raw: tuple[int, int] = (0, 0)
    upright: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    turn: int = 1
    data: bytes | None = None
    own: bool = False
    said: list[tuple[ProblemType, dict[str, Any]]] = []


def open_room(
    places: Sequence[str],
    rules: MediaRules,
    oversize: str = REFUSE,
    allow_private: bool = False,
    base: str = "",
    folder: Path | None = None,
    fetchers: Sequence[Fetcher] = (),
    name: str = FOLDER,
) -> Room:
    """A room for one run and one target.

    Args:
        places: folders, ``s3://``, ``gs://``, ``az://`` and ``file://`` addresses, ``http``, ``https`` (all
            web addresses) or the addresses that items' web addresses may begin with.
        rules: what the target takes.
        oversize: ``refuse`` or ``resize`` what is larger than the target takes.
        allow_private: web addresses may be in private networks.
        base: the address at which linked files will lie.
        folder: where files are put whose paths the rows say, below the folder ``name`` in it.
        fetchers: tools that give a file's bytes by its address and the place of its item.
        name: what those paths begin with.

    Raises:
        UsageError: a place, a way or an address that cannot be, or an extra that is not installed.
    """
    if oversize not in (REFUSE, RESIZE):
        raise UsageError(f"--oversize is refuse or resize, not {oversize!r}")
    if rules.way == FILE and folder is None:
        raise UsageError("the target takes files beside its rows; name a folder to write to")
    filing = Filing(folder, name) if folder is not None else None
    found = Places(places, fetchers, allow_private)
    return Room(found, rules, oversize == RESIZE, linking.checked_base(base, rules), filing)


class Room:
    """Makes files ready (see ``contracts.MediaRoom``)."""

    def __init__(
        self, places: Places, rules: MediaRules, resize: bool, base: str = "", filing: Filing | None = None
    ) -> None:
        """Use ``open_room``."""
        self._places, self._rules, self._resize, self._base = places, rules, resize, base
        self._filing = filing
        self._kept: OrderedDict[tuple[str, ...], Ready | Fault] = OrderedDict()
        self._held = 0  # bytes of what is kept
        self._changed = False

    def prepare(
        self, media: Media, shown: tuple[int, int] | None, place: Place, problems: Problems
    ) -> Prepared | Problem:
        """Find a file, look at it and make it fit; or the problem that keeps it out (not yet added)."""
        ready = self._ready(media, place)
        uri = as_shown(media.uri)
        if isinstance(ready, Fault):
            return ready.kind.at(place, uri=uri, **ready.what)
        original, turn = ready.upright, 1
        if ready.upright == (0, 0):
            original = shown or (0, 0)
        elif shown is not None and shown != ready.upright:
            if shown != ready.raw:
                sizes = {"shown": "{} x {}".format(*shown), "true": "{} x {}".format(*ready.upright)}
                return p.SIZE_DIFFERS.at(place, uri=uri, **sizes)
            original, turn = ready.raw, ready.turn
        for kind, what in ready.said:
            problems.add(kind.at(place, uri=uri, **what))
        size = ready.size if ready.size != (0, 0) else original
        return Prepared(ready.media, original, size, turn, ready.data)

    def finish(self, line: bytes, prepared: Sequence[Prepared]) -> bytes:
        """A row's JSON with the bytes of its images in the places of their stand-ins."""
        return standins.finished(line, prepared)

    def close(self) -> None:
        """Let go of connections; nothing can be made ready afterwards."""
        self._places.close()

    def described(self) -> dict[str, Any]:
        """How media were made ready, for the manifest."""
        told: dict[str, Any] = {"way": self._rules.way, "oversize": RESIZE if self._resize else REFUSE}
        if self._base:
            told["base"] = self._base
        if self._changed:
            told["re-encoded"] = {
                "pillow": pixels.version(),
                "quality": pixels.QUALITY,
                "resampling": "lanczos; masks nearest",
            }
        return told

    def _ready(self, media: Media, place: Place) -> Ready | Fault:
        mine = (media.kind, media.uri, place.item)
        for key in ((media.kind, media.uri), mine):
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        made: Ready | Fault
        own = False
        try:
            made = self._made(media, place)
            own = made.own
        except Fault as fault:
            made, own = fault, True  # a tool may have it for another item
        self._keep(mine if own else mine[:2], made)
        return made

    def _keep(self, key: tuple[str, ...], made: Ready | Fault) -> None:
        """Keep what was found, within bounds, for the next item that shows the same."""
        size = _bytes_of(made) + sum(map(len, key))
        if size > KEPT_BYTES // 2:
            return
        self._kept[key] = made
        self._held += size
        while self._held > KEPT_BYTES or len(self._kept) > KEPT_FILES:
            old, gone = self._kept.popitem(last=False)
            self._held -= _bytes_of(gone) + sum(map(len, old))

    def _made(self, media: Media, place: Place) -> Ready:
        linked = self._rules.way == LINK
        try:
            found = self._places.find(media.uri, place)
        except Fault as fault:
            if linked and fault.kind in (p.MISSING, p.NOT_ALLOWED):
                return self._unseen(media)
            raise
        said = _doubts(found)
        if media.kind != IMAGE:
            return self._recording(media, found, said)
        data = contents(found)
        picture = _seen(data, found, said, self._rules)
        if not picture.width:  # a type that is passed on without a look inside
            if self._rules.size and len(data) > self._rules.size:
                raise Fault(p.TOO_MANY_BYTES, size=len(data), limit=self._rules.size)
            kind, size = picture.type, (0, 0)
        else:
            before = data
            data, kind, size = fitting.fit(
                data, picture, self._rules, self._resize, lambda k, **what: said.append((k, what))
            )
            self._changed = self._changed or data is not before
        digest = hashlib.sha256(data).hexdigest()
        address, embedded = self._address(media, found, kind, digest, data)
        raw = (picture.width, picture.height)
        return Ready(
            Media(media.uri, kind, IMAGE, address, digest), raw, turned_size(raw, picture.turn), size,
            picture.turn, embedded, found.own, said,
        )  # fmt: skip

    def _unseen(self, media: Media) -> Ready:
        """A file that no place holds, by its address alone."""
        address = linking.address_of(media.uri, "", self._base, self._rules)
        return Ready(Media(media.uri, kinds.type_of_name(media.uri), media.kind, address))

    def _address(
        self, media: Media, found: Found, kind: str, digest: str, data: bytes
    ) -> tuple[str, bytes | None]:
        """What the row says, and the bytes that replace it in the end."""
        if self._rules.way == EMBED:
            if kind not in standins.TYPES:
                raise Fault(p.TYPE_REFUSED, type=kind, types=", ".join(standins.TYPES))
            return standins.stand_in(kind, digest), data
        if self._rules.way == LINK:
            return linking.address_of(media.uri, found.name, self._base, self._rules), None
        assert self._filing is not None
        return self._filing.put(found.name, kinds.ENDINGS.get(kind, ""), digest, data), None

    def _recording(self, media: Media, found: Found, said: list[tuple[ProblemType, dict[str, Any]]]) -> Ready:
        """A film or sound: its type by its first bytes, and no further look."""
        if self._rules.way == EMBED:
            raise Fault(p.CANNOT_EMBED, kind=recordings.WORDS.get(media.kind, media.kind))
        kind, digest = recordings.looked_at(found, media.kind, self._rules)
        named = kinds.type_of_name(found.name)
        if named and named != kind and named.partition("/")[0] != kind.partition("/")[0]:
            said.append((p.NAME_DIFFERS, {"type": kind}))
        if self._rules.way == LINK:
            address = linking.address_of(media.uri, found.name, self._base, self._rules)
        else:
            assert self._filing is not None
            ending = kinds.ENDINGS.get(kind, "")
            address = self._filing.put(found.name, ending, digest, found.path or found.data)
        return Ready(Media(media.uri, kind, media.kind, address, digest), own=found.own, said=said)


def _doubts(found: Found) -> list[tuple[ProblemType, dict[str, Any]]]:
    """What is to be said of a file that was taken for its name alone."""
    said: list[tuple[ProblemType, dict[str, Any]]] = []
    if found.elsewhere:
        said.append((p.ELSEWHERE, {"name": found.name}))
    if found.twin:
        said.append((p.TWIN, {"name": found.name, "twin": as_shown(found.twin)}))
    return said


def _seen(
    data: bytes, found: Found, said: list[tuple[ProblemType, dict[str, Any]]], rules: MediaRules
) -> pictures.Picture:
    """What an image is, by its headers; decoded where they leave a doubt. Raises ``Fault``."""
    if not data:
        raise Fault(p.EMPTY)
    picture = pictures.look(data)
    if picture is None:
        raise Fault(p.NOT_AN_IMAGE, what=kinds.what_it_is(data))
    named = kinds.type_of_name(found.name)
    if named and named != picture.type:
        said.append((p.NAME_DIFFERS, {"type": picture.type}))
    if picture.frames > 1:
        raise Fault(p.ANIMATED)
    if picture.width * picture.height > pixels.MOST_PIXELS:
        raise pixels.too_many(picture.width, picture.height)
    if picture.type not in pixels.FORMATS:
        if picture.type not in rules.types:
            raise Fault(p.TYPE_REFUSED, type=picture.type, types=", ".join(rules.types))
        return picture
    if picture.type in _STRICT and picture.reason:
        raise Fault(p.TRUNCATED, reason=picture.reason)
    told = picture.whole and picture.mode and picture.width and picture.height
    # A TIFF may lack its end, which its directory does not tell; of JPEG most readers know 8 bits alone.
    if not told or picture.type == "image/tiff" or (picture.type == "image/jpeg" and picture.bits != 8):
        return pixels.checked(data, picture)
    return picture


def _bytes_of(made: Ready | Fault) -> int:
    return len(made.data) if isinstance(made, Ready) and made.data is not None else 200
