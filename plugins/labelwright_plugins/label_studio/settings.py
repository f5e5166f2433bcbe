"""Where the server is and who asks: from the environment, never from the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from labelwright.problems import UsageError

URL, TOKEN, TOKEN_FILE = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "LABEL_STUDIO_API_KEY_FILE"


class Settings:
    """Address and token. The token shows in no representation."""

    __slots__ = ("token", "url")

    def __init__(self, url: str, token: str) -> None:
        """Take over a checked address and a token."""
        self.url = url
        self.token = token

    def __repr__(self) -> str:
        """The address alone."""
        return f"Settings(url={self.url!r})"


def settings(url: str | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; ``url`` wins over the environment.

    Raises ``UsageError`` when the address or the token is missing or cannot be one.
    """
    environ = os.environ if environ is None else environ
    return Settings(server_url(url or environ.get(URL, "")), _token(environ))


def server_url(url: str) -> str:
    """The server's root without a trailing slash. Raises ``UsageError``."""
    if not url.strip():
        raise UsageError(f"which Label Studio? pass --url or set {URL}, such as http://localhost:8080")
    try:
        parts = urlsplit(url.strip())
        host, user = parts.hostname, parts.username or parts.password
        _ = parts.port
    except ValueError:
        raise UsageError(f"{URL} is no web address; write it like http://localhost:8080") from None
    if user:
        # The address appears in messages and files; a password must not.
        raise UsageError("leave user and password out of the address; a token logs in")
    if parts.scheme not in {"http", "https"} or not host:
        raise UsageError(f"{url!r} is no web address; write it like http://localhost:8080")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _token(environ: Mapping[str, str]) -> str:
    token = environ.get(TOKEN, "").strip()
    if not token and environ.get(TOKEN_FILE, ""):
        path = Path(environ[TOKEN_FILE])
        try:
            token = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"{TOKEN_FILE} names {path}, which cannot be read") from None
    if not token:
        raise UsageError(f"no token: set {TOKEN}, or {TOKEN_FILE} to a file that holds it")
    if not token.isascii() or any(c.isspace() for c in token):
        raise UsageError(f"what {TOKEN} holds is no token: it has blanks or foreign characters in it")
    return token
