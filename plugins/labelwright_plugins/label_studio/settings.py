"""Where the server is and who asks: from the environment, never from the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping

from labelwright.contracts import Server
from labelwright.io.environment import access_token, server_address
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
    return server_address(url, URL, "Label Studio", "http://localhost:8080")


def _token(environ: Mapping[str, str]) -> str:
    token = access_token(environ, TOKEN, TOKEN_FILE)
    if not token:
        raise UsageError(f"no token: set {TOKEN}, or {TOKEN_FILE} to a file that holds it")
    return token


def environment(server: Server) -> dict[str, str]:
    """The variables by which the commands of this tool reach a configured server."""
    named = {
        URL: server.url,
        TOKEN_FILE: server.token_file,
    }
    return {name: value for name, value in named.items() if value}
