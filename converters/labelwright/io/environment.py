"""Addresses and secrets of servers, from the environment: a command line others could list."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from labelwright.problems import UsageError


def server_address(url: str, variable: str, title: str, example: str) -> str:
    """A server's root without a trailing slash. Raises ``UsageError``.

    ``variable`` may hold the address, ``title`` names the tool and ``example`` shows how to write it.
    """
    if not url.strip():
        raise UsageError(
            f"which {title}? set {variable}, such as {example}, or pass --url if the command has it"
        )
    try:
        parts = urlsplit(url.strip())
        host, user = parts.hostname, parts.username or parts.password
        _ = parts.port
    except ValueError:
        raise UsageError(f"{variable} is no web address; write it like {example}") from None
    if user:
        # The address appears in messages and files; a password must not.
        raise UsageError("leave user and password out of the address; the environment logs in")
    if parts.scheme not in {"http", "https"} or not host:
        raise UsageError(f"{url!r} is no web address; write it like {example}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def secret(environ: Mapping[str, str], name: str, file: str) -> str:
    """The secret ``name`` of the environment, or of the file that ``file`` names; empty if there is none.

    Raises ``UsageError`` if the file cannot be read.
    """
    found = environ.get(name, "").strip()
    if not found and environ.get(file, ""):
        path = Path(environ[file])
        try:
            found = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"{file} names {path}, which cannot be read") from None
    return found


def access_token(environ: Mapping[str, str], name: str, file: str) -> str:
    """A token, as ``secret``. Raises ``UsageError`` if it cannot be one."""
    found = secret(environ, name, file)
    if not found.isascii() or any(c.isspace() for c in found):
        raise UsageError(f"what {name} holds is no token: it has blanks or foreign characters in it")
    return found
