"""Reads labelwright.toml and names everything in it that is wrong."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from labelwright.problems import UsageError
from labelwright.service.config.model import Config, PredictorConfig, ServiceConfig

FILE = "labelwright.toml"


class Loaded(msgspec.Struct):
    """A configuration and the folder that its relative paths are relative to.

    ``warnings`` are lines on what somebody should look at.
    """

    config: Config
    folder: Path
    warnings: list[str] = []

    @property
    def data(self) -> Path:
        """The folder that the service keeps everything in."""
        return self.path(self.config.service.data)

    def path(self, written: str) -> Path:
        """A path of the file, absolute."""
        path = Path(written)
        with contextlib.suppress(RuntimeError):  # ~name of nobody: a folder of that name
            path = path.expanduser()
        return (self.folder / path).absolute()

    def template(self, written: str) -> str:
        """A template as the file names it: the absolute path of a folder of one's own, else a name."""
        own = self.path(written)
        return str(own) if "/" in written or own.is_dir() else written

    def predictor(self, name: str) -> PredictorConfig:
        """One of the predictors. Raises ``UsageError`` if there is none of that name."""
        from labelwright.service.config.findings import offered

        known: dict[str, PredictorConfig] = self.config.predictors
        if name not in known:
            raise UsageError(f"no predictor {name!r} is configured; {offered(name, known)}")
        return known[name]

    @property
    def public_url(self) -> str:
        """How tools and people reach the service, without a trailing slash."""
        service: ServiceConfig = self.config.service
        host = f"[{service.host}]" if ":" in service.host else service.host
        return service.public_url.rstrip("/") or f"http://{host}:{service.port}"


def load(path: Path) -> Loaded:
    """The configuration of a file. Raises ``ConfigError`` that names everything wrong in it."""
    return parsed(_read(path), path)


def parsed(text: str, path: Path) -> Loaded:
    """The configuration that a text says, as the file at ``path``. Raises ``ConfigError``, ``UsageError``."""
    from labelwright.service.config.check import check
    from labelwright.service.config.findings import ConfigError, Findings
    from labelwright.service.config.lines import lines_of
    from labelwright.service.config.shape import shaped

    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    findings = Findings(lines_of(text))
    loaded = Loaded(shaped(raw, findings), path.absolute().parent)
    check(loaded, findings)
    if findings.errors:
        raise ConfigError(str(path), findings.errors)
    loaded.warnings = findings.warnings
    return loaded


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"there is no {path}; make one with: labelwright init") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error.__class__.__name__}") from None
