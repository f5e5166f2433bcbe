"""Addresses of files that stay where they are, or will lie where the user uploads them."""

from __future__ import annotations

from urllib.parse import quote

from labelwright.contracts import MediaRules
from labelwright.media import problems as p
from labelwright.media.names import leads_out, relative_names, scheme_of
from labelwright.media.sources import Fault
from labelwright.problems import UsageError

WEB = ("http", "https")


def checked_base(base: str, rules: MediaRules) -> str:
    """The address without a slash at its end. Raises ``UsageError`` if the target cannot open such a one."""
    if base and rules.schemes and scheme_of(base) not in rules.schemes:
        raise UsageError(f"{base!r} is no address of: {', '.join(rules.schemes)}")
    return base.rstrip("/")


def address_of(uri: str, name: str, base: str, rules: MediaRules) -> str:
    """The address that a row says: the item's own if the target can open it, else one below ``base``.

    ``name`` is the file's path from its place, empty where no place holds it. Raises ``Fault``.
    """
    scheme = scheme_of(uri)
    if scheme and (scheme in rules.schemes or not (rules.schemes or base)):
        return uri
    if not base:
        raise Fault(p.NO_LINK, schemes=", ".join(rules.schemes) or "http, https, s3, gs, az")
    relative = name or next(iter(relative_names(uri)), "")
    if not relative:
        raise Fault(p.NO_LINK, schemes=", ".join(rules.schemes))
    if leads_out(relative):
        raise Fault(p.OUTSIDE)
    return f"{base}/{quote(relative) if scheme_of(base) in WEB else relative}"
