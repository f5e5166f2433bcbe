"""What an example shows, as doccano itself names it: the words, or the path of the file it stored.

A served predictor is told this and nothing else, neither project nor id: lots of suggestions are drawn
by it everywhere, whether doccano asks, items are pre-labelled, or a report compares.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from labelwright.quality.lots import shown_as

SERVED = "/media/"  # below it doccano gives the files, to everybody


def stored(address: str) -> str:
    """The path by which doccano stored a file, of the address that its API gives."""
    path = unquote(urlsplit(address).path) if "://" in address else address
    _, mark, found = path.partition(SERVED)
    return found if mark else path.lstrip("/")


def lot_of(shown: str) -> str:
    """What an example's lot is drawn by: a text, or the stored path of a file."""
    return shown_as(shown)
