"""The predictors of a configuration, at work in the service."""

from __future__ import annotations

import secrets as random
from base64 import b64decode
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path
from typing import Any

from labelwright.predicting.apart import Apart
from labelwright.predicting.binding import bind
from labelwright.predicting.environment import passed
from labelwright.predicting.finding import find
from labelwright.predicting.model import Model
from labelwright.predicting.pipe import job_of
from labelwright.problems import UsageError
from labelwright.quality.lots import Lot
from labelwright.registry import MEDIA, template_folders
from labelwright.render.load import find_template
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import PredictorConfig
from labelwright.service.context import environment_of, tool_of
from labelwright.service.secrets import private_file

KEY = Path("secrets") / "predictors.key"
SHORTEST = 16  # characters of a key; what is shorter was not made here
LENGTH = 48  # random bytes of the key that tools show when they ask a predictor
USER = "labelwright"  # the user name that goes with the key where a tool wants one


def models(loaded: Loaded, only: str = "", blind: bool = True) -> dict[str, Apart]:
    """Every configured predictor by name, not yet started. Raises ``UsageError`` that names what is wrong.

    ``blind``: nothing is suggested for the items outside of its ``share``.
    """
    chosen = {only: loaded.predictor(only)} if only else loaded.config.predictors
    return {name: _model(loaded, name, one, blind) for name, one in sorted(chosen.items())}


def _model(loaded: Loaded, name: str, config: PredictorConfig, blind: bool) -> Apart:
    try:
        kind = find(config.predictor, loaded.folder)
        template = find_template(loaded.template(config.template or name), template_folders())
        folder = str(loaded.data / "predictors" / name)
        options = _rooted(kind, config.options, loaded)
        asked = bind(kind, template, config.controls, config.inputs, options, folder)
        media = [str(path) if (path := loaded.path(m)).exists() else m for m in config.media]
        job = job_of(name, config.predictor, loaded.folder, asked, labels=config.labels, media=media)
        environment = passed()
        if config.tool:
            tool, server = tool_of(loaded, config.tool)
            job.fetcher, job.url = tool.capabilities.get(MEDIA, ""), server.url
            environment |= environment_of(tool, server)
        lot = Lot(config.share, config.seed) if blind else Lot()
        return Apart(Model(name, kind, asked, config.labels), job, environment, config.timeout, lot)
    except UsageError as error:
        raise UsageError(f"predictors.{name}: {error}") from None


def _rooted(kind: type[Any], options: Mapping[str, str], loaded: Loaded) -> dict[str, str]:
    """Options of which those that name files do so from the folder of the configuration."""
    named = getattr(kind, "paths", ())
    usual = {k: default for k, (default, _) in getattr(kind, "options", {}).items() if k in named and default}
    given = {**usual, **options}
    return {
        k: str(path) if k in named and v and (path := loaded.path(v)).exists() else v
        for k, v in given.items()
    }


def key_of(data: Path) -> str:
    """What tools show when they ask a predictor: a key in the service's folder, made the first time.

    Raises ``UsageError`` for a file that holds none, which would let everybody in.
    """
    path = data / KEY
    try:
        found = path.read_text("ascii").strip()
    except FileNotFoundError:
        made = random.token_urlsafe(LENGTH)
        private_file(path, made.encode())
        return made
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}"
        ) from None
    if len(found) < SHORTEST:
        raise UsageError(f"{path} holds no key: restore it, or delete it and connect the tools anew")
    return found


def knows(key: str, authorization: str) -> bool:
    """Whether a request shows the key: as the password of a user, or as a bearer token."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            _, _, given = b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            given = ""
    elif scheme.lower() not in ("bearer", "token"):
        given = ""
    return compare_digest(given.strip().encode(), key.encode())
