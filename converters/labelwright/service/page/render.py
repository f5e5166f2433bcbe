"""Draws the templates of this package. What is put in is escaped; nothing is inline, as the policy asks."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


def render(name: str, **values: Any) -> str:
    """A page as text."""
    drawn: str = _environment().get_template(name).render(fragment=values.pop("fragment", False), **values)
    return drawn


@cache
def static(name: str) -> bytes:
    """A static file. The style sheet is that of the reports, so that both are of one kind, and our own."""
    own = files("labelwright.service.page").joinpath("static", name).read_bytes()
    return _report_asset("page.css").encode() + own if name == "page.css" else own


@cache
def stamp() -> str:
    """Changes whenever a static file does."""
    digest = hashlib.sha256()
    for name in sorted(STATIC):
        digest.update(static(name))
    return digest.hexdigest()[:12]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["comma"] = "{:,}".format
    environment.globals["stamp"] = stamp()
    return environment


def _template(name: str) -> str:
    """Ours, or those of the reports, whose charts we draw, too."""
    if name.startswith("report/"):
        return _report_asset(name.removeprefix("report/"))
    return files("labelwright.service.page").joinpath("templates", name).read_text(encoding="utf-8")


def _report_asset(name: str) -> str:
    return files("labelwright.report").joinpath("assets", name).read_text(encoding="utf-8")
