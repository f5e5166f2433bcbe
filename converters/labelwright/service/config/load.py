"""Reads labelwright.toml and names everything in it that is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from labelwright.problems import UsageError
from labelwright.service.config.model import Config, ServiceConfig

FILE = "labelwright.toml"


class Loaded(msgspec.Struct):
    """A configuration and the folder that its relative paths are relative to."""

    config: Config
    folder: Path

    @property
    def data(self) -> Path:
        """The folder that the service keeps everything in."""
        return self.path(self.config.service.data)

    def path(self, written: str) -> Path:
        """A path of the file, absolute."""
        return (self.folder / Path(written).expanduser()).absolute()

    @property
    def public_url(self) -> str:
        """How tools and people reach the service, without a trailing slash."""
        service: ServiceConfig = self.config.service
        host = f"[{service.host}]" if ":" in service.host else service.host
        return service.public_url.rstrip("/") or f"http://{host}:{service.port}"


def load(path: Path) -> Loaded:
    """The configuration of a file. Raises ``UsageError`` that names every wrong key."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no {path}; make one with: labelwright init") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error.__class__.__name__}") from None
    try:
        config = msgspec.convert(tomllib.loads(text), Config)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}") from None
    return Loaded(config, path.absolute().parent)
