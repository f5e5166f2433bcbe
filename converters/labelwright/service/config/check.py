"""What the schema cannot say: names that must be there, values that must fit each other, files, addresses."""

from __future__ import annotations

import ipaddress
import os
import stat
from urllib.parse import urlsplit

from labelwright.service.config.check_listen import check_listen
from labelwright.service.config.check_projects import check_projects
from labelwright.service.config.findings import Findings, offered
from labelwright.service.config.lines import Path as Keys
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import EVENTS, NotifyConfig, ToolConfig

DATABASES = ("postgresql", "postgres", "postgresql+psycopg")
EVERYWHERE = ("0.0.0.0", "::")
SECRET = "holds a secret"


def check(loaded: Loaded, findings: Findings) -> None:
    """Add everything wrong or doubtful in a configuration to the findings."""
    _service(loaded, findings)
    _login(loaded, findings)
    for name, tool in loaded.config.tools.items():
        _tool(loaded, ("tools", name), name, tool, findings)
    check_projects(loaded, findings)
    check_listen(loaded, findings)
    for name, notify in loaded.config.notify.items():
        _notify(loaded, ("notify", name), notify, findings)


def _service(loaded: Loaded, findings: Findings) -> None:
    service = loaded.config.service
    if service.public_url:
        _address(("service", "public_url"), service.public_url, findings)
    elif service.host in EVERYWHERE:
        text = f"nobody reaches the service at {service.host}: say in public_url how tools and people do"
        findings.doubt(("service", "host"), text)
    _database(service.database_url, findings)
    if service.ceiling < service.quiet:
        text = f"{service.ceiling:g} is less than quiet ({service.quiet:g})"
        findings.unless(("service", "ceiling"), text)
    if loaded.data.exists() and not loaded.data.is_dir():
        findings.unless(("service", "data"), f"{service.data} is no folder")
    elif loaded.data.exists() and loaded.data.stat().st_mode & 0o007:
        text = f"others can enter {loaded.data}, which holds what people wrote: chmod 700 it"
        findings.doubt(("service", "data"), text)


def _database(url: str, findings: Findings) -> None:
    path: Keys = ("service", "database_url")
    if not url:
        return
    try:
        parts = urlsplit(url)
        password, _ = parts.password, parts.port
    except ValueError:
        findings.unless(path, "is no address; write it like postgresql://user@host/name")
        return
    if password is not None or "password=" in parts.query.lower():
        findings.unless(path, "holds a password; leave it out and set PGPASSWORD, or use a .pgpass file")
    if parts.scheme not in DATABASES:
        findings.unless(
            path, f"{parts.scheme or 'this'}: is no database that serves; use postgresql:// or none"
        )


def _login(loaded: Loaded, findings: Findings) -> None:
    login = loaded.config.login
    check_secret(loaded, ("login", "token_file"), login.token_file, findings)
    for number, network in enumerate(login.proxies):
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            findings.unless(("login", "proxies", number), f"{network!r} is no address and no network")
    if login.proxy_header and not login.proxies:
        findings.unless(
            ("login", "proxy_header"), "is believed from nobody: list the proxies' addresses in proxies"
        )


def _tool(loaded: Loaded, path: Keys, name: str, tool: ToolConfig, findings: Findings) -> None:
    from labelwright.registry import ENVIRONMENT, tools

    able = [known for known, one in tools().items() if ENVIRONMENT in one.capabilities]
    if not tool.tool and name not in tools():
        findings.unless((*path, "tool"), f"is missing: which tool is it? {offered(name, able)}")
    elif (tool.tool or name) not in able:
        what = "has no server that the service can ask" if (tool.tool or name) in tools() else "is no tool"
        where = (*path, "tool") if tool.tool else path
        findings.unless(where, f"{tool.tool or name!r} {what}; {offered(tool.tool or name, able)}")
    _address((*path, "url"), tool.url, findings)
    check_secret(loaded, (*path, "token_file"), tool.token_file, findings)
    check_secret(loaded, (*path, "password_file"), tool.password_file, findings)
    if not (tool.token_file or tool.password_file):
        findings.doubt((*path, "token_file"), "is missing: the service cannot log in")
    if bool(tool.username) != bool(tool.password_file):
        missing = "password_file" if tool.username else "username"
        findings.unless((*path, missing), f"is missing: a user logs in with both ({SECRET} of its own)")


def _notify(loaded: Loaded, path: Keys, notify: NotifyConfig, findings: Findings) -> None:
    if bool(notify.url) == bool(notify.url_file):
        how = "two addresses: give url or url_file" if notify.url else "is missing: give url, or url_file"
        findings.unless((*path, "url"), how)
    elif notify.url:
        _address((*path, "url"), notify.url, findings, query=True)
    check_secret(loaded, (*path, "url_file"), notify.url_file, findings)
    check_secret(loaded, (*path, "secret_file"), notify.secret_file, findings)
    for kind, given, known in (
        ("events", notify.events, list(EVENTS)),
        ("projects", notify.projects, list(loaded.config.projects)),
    ):
        for number, one in enumerate(given):
            if one not in known:
                findings.unless((*path, kind, number), f"unknown: {one!r}; {offered(one, known)}")


def _address(path: Keys, url: str, findings: Findings, query: bool = False) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        findings.unless(path, "is no web address; write it like https://host.example or http://host:8080")
    elif parts.username or parts.password:
        findings.unless(path, "holds a user or a password; leave them out")
    elif any(letter.isspace() for letter in url) or ((parts.query or parts.fragment) and not query):
        findings.unless(path, "must end with the host, or a path: no ?, # or blank")


def check_secret(loaded: Loaded, path: Keys, written: str, findings: Findings) -> None:
    """A file with a secret: it must be there, and its owner alone should be able to read it."""
    if not written:
        return
    file = loaded.path(written)
    try:
        mode = file.stat().st_mode
    except OSError as error:
        why = "there is no" if isinstance(error, FileNotFoundError) else "cannot be read:"
        findings.unless(path, f"{why} {file}")
        return
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        findings.unless(path, f"{file} is no file")
    elif not os.access(file, os.R_OK):
        findings.unless(path, f"{file} cannot be read by this user")
    elif mode & 0o066:
        findings.doubt(path, f"others can read {file}, which {SECRET}: chmod 600 it")
    elif not file.stat().st_size:
        findings.unless(path, f"{file} is empty")
