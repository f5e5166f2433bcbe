"""Object storage: S3, Google Cloud and Azure through obstore; log-in is that of the environment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from labelwright.media import problems as p
from labelwright.media.names import leads_out, relative_names
from labelwright.media.sources import MOST_BYTES, Fault, Found
from labelwright.problems import UsageError

SCHEMES = ("s3", "gs", "az")
RETRIES = 2
PATIENCE = timedelta(seconds=60)


def open_store(place: str) -> Store:
    """The store of a place such as ``s3://bucket/folder``.

    Raises ``UsageError`` without obstore, or if the place names no bucket.
    """
    try:
        from obstore.store import from_url
    except ImportError:
        raise UsageError("the media extra is not installed: pip install 'labelwright[media]'") from None
    retries = {"max_retries": RETRIES, "retry_timeout": PATIENCE}
    bucket = place.rstrip("/")
    try:
        # No options of the connection: they would replace those of the environment. It waits 30 s by itself.
        made = from_url(bucket, retry_config=retries)
    except Exception as error:  # the library's own errors, of which there is no common type
        raise UsageError(f"{place!r} cannot be opened ({type(error).__name__})") from None
    return Store(bucket, made)


class Store:
    """One bucket, or a folder in it."""

    def __init__(self, place: str, store: Any, most: int = MOST_BYTES) -> None:
        """``store`` is obstore's, with the folder as its prefix."""
        self._place, self._store, self._most = f"{place}/", store, most

    def find(self, uri: str) -> Found | None:
        """The file of an address of this place, or of a relative path; None if it is not there."""
        if uri.startswith(self._place):
            names = [uri.removeprefix(self._place)]
        elif "://" in uri and not uri.startswith(("http://", "https://")):
            return None  # another bucket's
        else:
            names = relative_names(uri)
        for name in names:
            if leads_out(name):
                raise Fault(p.OUTSIDE)
            data = self._get(name)
            if data is not None:
                return Found(name, None, data)
        return None

    def _get(self, name: str) -> bytes | None:
        import obstore

        try:
            answer = obstore.get(self._store, name)
            size = int(answer.meta["size"])
            if size > self._most:
                raise Fault(p.TOO_MANY_BYTES, size=size, limit=self._most)
            return bytes(answer.bytes())
        except FileNotFoundError:
            return None
        except Fault:
            raise
        except Exception as error:  # what it says may hold a signed address
            raise Fault(p.UNREADABLE, reason=f"the storage refused ({type(error).__name__})") from None
