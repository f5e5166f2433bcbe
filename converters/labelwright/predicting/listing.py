"""What there is of predictors: what each reads and answers, and whether it can be used here."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from typing import Any

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.predicting.binding import fits
from labelwright.predicting.blocks import Block
from labelwright.predicting.declared import labels_of
from labelwright.predicting.finding import find, name_of
from labelwright.registry import predictors

_OF_EXTRA = re.compile(r"(?P<name>[A-Za-z0-9._-]+).*;.*\bextra == ['\"](?P<extra>[^'\"]+)['\"]")


class Option(Struct):
    """What can be set of a predictor."""

    default: str
    meaning: str


class Told(Struct):
    """A predictor as its class tells.

    ``installed``: what it needs is there; ``missing`` names what is not, ``needs`` how to install it.
    ``fits`` is None unless a template was asked about. ``labels`` are those it answers with; empty: the
    project's own.
    """

    name: str
    title: str
    about: str
    inputs: list[str]
    kinds: list[str]
    extra: str
    installed: bool
    missing: list[str]
    options: dict[str, Option]
    labels: list[str]
    learns: bool
    interacts: bool
    tracks: bool
    fits: bool | None = None
    needs: str = ""


def told(kind: type[Any], template: Template | None = None) -> Told:
    """What a predictor's class tells; nothing of it is loaded."""
    extra = str(getattr(kind, "extra", "") or "")
    missing = sorted(lacking(kind, extra))
    module = sys.modules.get(kind.__module__)
    about = (getattr(module, "__doc__", "") or kind.__doc__ or "").strip().split("\n\n")[0]
    return Told(
        name=name_of(kind),
        title=getattr(kind, "title", "") or name_of(kind),
        about=" ".join(about.split()),
        inputs=sorted(str(x) for x in kind.inputs),
        kinds=sorted(str(x) for x in kind.kinds),
        extra=extra,
        installed=not missing,
        missing=missing,
        options={n: Option(str(d), str(m)) for n, (d, m) in sorted(getattr(kind, "options", {}).items())},
        labels=list(labels_of(kind)),
        learns=callable(getattr(kind, "fit", None)),
        interacts=callable(getattr(kind, "interact", None)),
        tracks=callable(getattr(kind, "track", None)),
        fits=fits(kind, template) if template is not None else None,
        needs=_needs(extra, missing, tuple(getattr(kind, "beside", ()))),
    )


def _needs(extra: str, missing: Sequence[str], beside: Sequence[str]) -> str:
    """How to install what is missing: the extra, and what it leaves to the user."""
    others = [module for module in missing if module not in beside]
    ours = [f"labelwright[{extra}]"] if extra and others else others
    theirs = [module for module in missing if module in beside]
    return " and ".join(f"pip install {one!r}" for one in [*ours, *theirs])


def listed(specs: Sequence[str] = (), template: Template | None = None) -> list[Told]:
    """All predictors that are installed, or those of ``specs``. Raises ``UsageError``."""
    kinds = [find(spec) for spec in specs] if specs else [kind for _, kind in sorted(predictors().items())]
    found = [told(kind, template) for kind in kinds]
    return found if specs or template is None else [one for one in found if one.fits]


def lacking(kind: type[Any], extra: str) -> Iterator[str]:
    """The modules that a predictor says it needs and that are not there, or packages of its extra."""
    modules = getattr(kind, "modules", None)
    if modules is not None:
        yield from (module for module in modules if find_spec(module) is None)
        return
    for text in requires("labelwright") or () if extra else ():
        found = _OF_EXTRA.match(text)
        if found is None or found["extra"] != extra:
            continue
        try:
            version(found["name"])
        except PackageNotFoundError:
            yield found["name"]


def line(one: Told, width: int) -> str:
    """A predictor on one line."""
    state = "" if one.installed else f"  (needs {one.needs})"
    return f"{one.name:<{width}}  {'/'.join(one.inputs)} -> {'/'.join(one.kinds)}: {one.title}{state}"


def block(one: Told) -> Block:
    """A predictor in full."""
    extra = f"extra {one.extra}: " if one.extra else "no extra: "
    state = "installed" if one.installed else f"{', '.join(one.missing)} not installed ({one.needs})"
    can = [
        w for w, on in (("learns", one.learns), ("interacts", one.interacts), ("follows", one.tracks)) if on
    ]
    lines = [
        one.about,
        f"reads {', '.join(one.inputs)}; answers {', '.join(one.kinds)}",
        f"{extra}{state}",
        f"labels: {', '.join(one.labels[:40]) or 'those of the project'}",
        *([f"also {', '.join(can)}"] if can else []),
        *(["fits the template" if one.fits else "does not fit the template"] if one.fits is not None else []),
        *(f"option {n} (default {o.default or 'none'}): {o.meaning}" for n, o in one.options.items()),
    ]
    return Block(f"{one.name}: {one.title}", [text for text in lines if text])
