"""Reads forms, and believes those alone that come from our own pages."""

from __future__ import annotations

import hmac
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request

from labelwright.service.answers import Refused
from labelwright.service.login import BEARER, LOOPBACK

LARGEST = 16_384  # bytes of a form
FIELD, HEADER = "csrf", "x-csrf-token"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises ``Refused``."""
    if (
        request.headers.get("content-type", "").partition(";")[0].strip()
        != "application/x-www-form-urlencoded"
    ):
        raise Refused(415)
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise Refused(413)
    except ClientDisconnect:  # nobody hears the answer
        raise Refused(400) from None
    try:
        return dict(
            parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
        )
    except ValueError:
        raise Refused(400) from None


def same_site(request: Request) -> None:
    """Refuse what a page of somebody else sends. Raises ``Refused``."""
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "null")  # null: our policy keeps referrers, and so origins, back
    host = urlsplit(origin).netloc if origin != "null" else request.headers.get("host", "")
    if fetched not in ("same-origin", "none") or host not in _hosts(request):
        raise Refused(403)


def believe(request: Request, given: str) -> None:
    """Refuse a change that whoever is logged in did not ask for on our page. Raises ``Refused``.

    Programs that send the token themselves need no more: no browser sends it unasked.
    """
    who = request.state.who
    if who.kind == BEARER:
        return
    same_site(request)
    known = given.encode("utf-8", "replace")
    if who.kind == LOOPBACK or not hmac.compare_digest(who.csrf.encode(), known):
        raise Refused(403, "The page is out of date: load it again.")


def _hosts(request: Request) -> set[str]:
    """The names of our origin: as asked for, and as the proxy before us is asked for."""
    return {request.headers.get("host", ""), urlsplit(request.app.state.public_url).netloc}
