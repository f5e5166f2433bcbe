"""Where the server is and who asks: from the environment, never from the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping

from labelwright.contracts import Server
from labelwright.io.environment import access_token, secret, server_address
from labelwright.problems import UsageError

URL, ORGANIZATION = "CVAT_URL", "CVAT_ORGANIZATION"
TOKEN, TOKEN_FILE = "CVAT_ACCESS_TOKEN", "CVAT_ACCESS_TOKEN_FILE"
USERNAME, PASSWORD, PASSWORD_FILE = "CVAT_USERNAME", "CVAT_PASSWORD", "CVAT_PASSWORD_FILE"
FINISHED_ONLY = "CVAT_FINISHED_ONLY"  # 1: work of jobs that are not finished does not count
_EXAMPLE = "https://app.cvat.ai or http://localhost:8080"


class Settings:
    """Address, organization and who logs in: with a ``token``, or with ``username`` and ``password``.

    Neither token nor password shows in any representation. An empty ``organization`` asks for what the
    user sees everywhere.
    """

    __slots__ = ("organization", "password", "token", "url", "username")

    def __init__(
        self, url: str, token: str = "", username: str = "", password: str = "", organization: str = ""
    ) -> None:
        """Take over what was checked."""
        self.url, self.organization = url, organization
        self.token, self.username, self.password = token, username, password

    def __repr__(self) -> str:
        """The address and organization alone."""
        return f"Settings(url={self.url!r}, organization={self.organization!r})"


def settings(
    url: str | None = None, organization: str | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings; ``url`` and ``organization`` win over the environment.

    An access token wins over a user's password. Raises ``UsageError`` when the address or the way to log
    in is missing or cannot be one.
    """
    environ = os.environ if environ is None else environ
    where = server_url(url or environ.get(URL, ""))
    slug = (organization or environ.get(ORGANIZATION, "")).strip()
    if not slug.isascii() or not slug.isprintable() or " " in slug:
        raise UsageError(f"{slug!r} is no organization's short name; look in the address of its page")
    token = access_token(environ, TOKEN, TOKEN_FILE)
    if token:
        return Settings(where, token, organization=slug)
    username, password = environ.get(USERNAME, "").strip(), secret(environ, PASSWORD, PASSWORD_FILE)
    if username and password:
        return Settings(where, "", username, password, slug)
    if username or password:
        raise UsageError(f"set both {USERNAME} and {PASSWORD} (or {PASSWORD_FILE}), or {TOKEN} alone")
    raise UsageError(
        f"nobody to log in as: set {TOKEN}, or {TOKEN_FILE} to a file that holds it "
        f"(or {USERNAME} and {PASSWORD})"
    )


def server_url(url: str) -> str:
    """The server's root without a trailing slash. Raises ``UsageError``."""
    return server_address(url, URL, "CVAT", _EXAMPLE)


def environment(server: Server) -> dict[str, str]:
    """The variables by which the commands of this tool reach a configured server."""
    named = {
        URL: server.url,
        TOKEN_FILE: server.token_file,
        USERNAME: server.username,
        PASSWORD_FILE: server.password_file,
        ORGANIZATION: server.organization,
        FINISHED_ONLY: "1" if server.finished_only else "",
    }
    return {name: value for name, value in named.items() if value}
