"""All places of a run: folders, object storage, tools and web addresses, asked in that order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from labelwright.io.pictures import parse_data_uri
from labelwright.media import problems as p
from labelwright.media import stores, web
from labelwright.media.folders import Folders
from labelwright.media.names import scheme_of, shown
from labelwright.media.sources import Fault, Fetcher, Found
from labelwright.problems import Place, UsageError


class Places:
    """Finds the file of an address."""

    def __init__(
        self, places: Sequence[str], fetchers: Sequence[Fetcher] = (), allow_private: bool = False
    ) -> None:
        """Sort the places by kind. Raises ``UsageError`` for one that is none."""
        folders: list[Path] = []
        addresses: list[str] = []
        self._stores: list[stores.Store] = []
        self._names = [*places]
        for place in places:
            scheme = scheme_of(place)
            if place in web.WEB or scheme in web.WEB:
                addresses.append(_address(place))
            elif scheme in stores.SCHEMES:
                self._stores.append(stores.open_store(place))
            elif scheme and scheme != "file":
                raise UsageError(f"media cannot be taken from {place!r}: unknown kind of address {scheme}://")
            else:
                folders.append(_folder(place))
        self._folders = Folders(folders)
        self._fetchers = fetchers
        self._web = web.Web(addresses, allow_private) if addresses else None

    def close(self) -> None:
        """Let go of tools' connections."""
        for fetch in self._fetchers:
            if (close := getattr(fetch, "close", None)) is not None:
                close()

    def find(self, uri: str, place: Place) -> Found:
        """The file of an address that the item at ``place`` shows. Raises ``Fault``."""
        if uri.startswith("data:"):
            parsed = parse_data_uri(uri)
            if parsed is None or parsed.data is None:
                raise Fault(p.UNREADABLE, reason="the data URI is not base64")
            return Found("image", None, parsed.data)
        found = self._folders.find(uri)
        for store in self._stores:
            found = found or store.find(uri)
        for fetch in self._fetchers if found is None else ():
            data = fetch(uri, place)
            if data is not None:
                return Found(urlsplit(uri).path, None, data, own=True)
        if found is None and scheme_of(uri) in web.WEB:
            if self._web is None:
                raise Fault(p.NOT_ALLOWED, reason="no place given allows web addresses")
            found = self._web.find(uri)
        if found is None:
            raise Fault(p.MISSING, places=", ".join(self._names) or "no place was given")
        return found


def _folder(place: str) -> Path:
    path = Path(unquote(urlsplit(place).path) if scheme_of(place) == "file" else place)
    if not place or not path.is_dir():  # an empty name would be the folder that one happens to be in
        raise UsageError(f"there is no folder {place!r} to take media from")
    return path


def _address(place: str) -> str:
    if place in web.WEB:
        return place
    try:
        parts = urlsplit(place)
        good = bool(parts.hostname) and not (parts.username or parts.password) and (parts.port or 1)
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{shown(place)!r} is no web address to take media from")
    return place
