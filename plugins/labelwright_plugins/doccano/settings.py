"""Where the server is and who asks: from the environment, never from the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping

from labelwright.contracts import Server
from labelwright.io.environment import secret, server_address
from labelwright.problems import UsageError

URL, USERNAME = "DOCCANO_URL", "DOCCANO_USERNAME"
PASSWORD, PASSWORD_FILE = "DOCCANO_PASSWORD", "DOCCANO_PASSWORD_FILE"


class Settings:
    """Address and log-in. The password shows in no representation."""

    __slots__ = ("password", "url", "username")

    def __init__(self, url: str, username: str, password: str) -> None:
        """Take over what was checked."""
        self.url, self.username, self.password = url, username, password

    def __repr__(self) -> str:
        """The address alone."""
        return f"Settings(url={self.url!r})"


def settings(url: str | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; ``url`` wins over the environment.

    Raises ``UsageError`` when the address or the log-in is missing or cannot be one.
    """
    environ = os.environ if environ is None else environ
    where = server_url(url or environ.get(URL, ""))
    username, password = environ.get(USERNAME, "").strip(), secret(environ, PASSWORD, PASSWORD_FILE)
    if not username or not password:
        raise UsageError(
            f"nobody to log in as: set {USERNAME}, and {PASSWORD} or {PASSWORD_FILE} to a file that holds it"
        )
    return Settings(where, username, password)


def server_url(url: str) -> str:
    """The server's root without a trailing slash. Raises ``UsageError``."""
    return server_address(url, URL, "doccano", "http://localhost:8000")


def environment(server: Server) -> dict[str, str]:
    """The variables by which the commands of this tool reach a configured server."""
    named = {
        URL: server.url,
        USERNAME: server.username,
        PASSWORD_FILE: server.password_file,
    }
    return {name: value for name, value in named.items() if value}
