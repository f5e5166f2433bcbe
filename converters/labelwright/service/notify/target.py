"""Where events go: read from the configuration and its files each time; a rotated secret holds at once."""

from __future__ import annotations

from msgspec import Struct, field

from labelwright.service.config.load import Loaded

MOST = 65_536  # bytes of a file that holds an address or secrets


class Misconfigured(Exception):
    """A target that nothing can be sent to; the text names the key, never what a file holds."""


class Target(Struct, frozen=True):
    """One target. Its representation shows neither address nor secrets."""

    name: str
    kind: str
    allow_private: bool
    url: str = ""
    secrets: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        """The name and kind alone."""
        return f"Target({self.name!r}, {self.kind!r})"

    __str__ = __repr__


def target(loaded: Loaded, name: str) -> Target:
    """A target by its name, which must be configured. Raises ``Misconfigured``."""
    config = loaded.config.notify[name]
    url = config.url
    if config.url_file:
        url = next(iter(_lines(loaded, name, "url_file", config.url_file)), "")
    if not url:
        raise Misconfigured(f"notify.{name} has no address: set url or url_file")
    secrets: tuple[str, ...] = ()
    if config.kind == "standard":
        if not config.secret_file:
            raise Misconfigured(f"notify.{name} has no secret_file to sign with")
        secrets = _lines(loaded, name, "secret_file", config.secret_file)
        if not secrets:
            raise Misconfigured(f"notify.{name}.secret_file holds no secret")
    return Target(name, config.kind, config.allow_private, url, secrets)


def _lines(loaded: Loaded, name: str, key: str, written: str) -> tuple[str, ...]:
    """The lines of a file that say something: several secrets are valid while one replaces another."""
    try:
        with loaded.path(written).open("rb") as file:
            text = file.read(MOST).decode("ascii")
    except OSError as error:
        raise Misconfigured(f"notify.{name}.{key} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Misconfigured(f"notify.{name}.{key} holds more than plain characters") from None
    return tuple(line for raw in text.splitlines() if (line := raw.strip()))
