"""Writes a labelwright.toml with comments, from a few answers."""

from __future__ import annotations

import json
import re
import unicodedata

from msgspec import Struct

from labelwright.service.config.model import ProjectConfig, ServiceConfig

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


class Answers(Struct, kw_only=True):
    """What ``init`` asks; the names are those of the file. ``table`` and ``name`` are those of its tables."""

    table: str
    tool: str
    url: str
    project: str
    name: str
    template: str
    to: str
    token_file: str = ""
    username: str = ""
    password_file: str = ""
    organization: str = ""
    dataset: str = "train"
    host: str = ServiceConfig().host
    port: int = ServiceConfig().port
    public_url: str = ""


def text(given: Answers) -> str:
    """The file's text."""
    return "\n".join([*_service(given), *_tool(given), *_project(given), *_rest()]) + "\n"


def quoted(value: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def name_of(title: str) -> str:
    """A name for a title: small letters, digits and single hyphens.

    >>> name_of("Zoë's E-mails, 2026!")
    'zoe-s-e-mails-2026'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-") or "project"


def _service(given: Answers) -> list[str]:
    usual = ServiceConfig()
    public = quoted(given.public_url or "https://labels.example")
    return [
        "# The configuration of labelwright's service; `labelwright init --schema` shows what it may say.",
        "# Relative paths are relative to the folder of this file. Secrets lie in files that it names.",
        "",
        "[service]",
        f"host = {quoted(given.host)}",
        f"port = {given.port}",
        "# How tools and people reach the service; without it, by host and port.",
        f"{'' if given.public_url else '# '}public_url = {public}",
        f"# data = {quoted(usual.data)}  # everything is kept in this folder",
        f"# quiet = {usual.quiet}  # seconds after the last delivery that data sets are made anew",
        f"# ceiling = {usual.ceiling}  # seconds after the first one, at most",
        f"# reconcile_every = {usual.reconcile_every}  # seconds; finds what no delivery told",
        "",
    ]


def _tool(given: Answers) -> list[str]:
    lines = [f"[tools.{given.table}]", f"url = {quoted(given.url)}"]
    if given.tool != given.table:
        lines.append(f"tool = {quoted(given.tool)}")
    for key in ("token_file", "username", "password_file", "organization"):
        if value := getattr(given, key):
            lines.append(f"{key} = {quoted(value)}")
    if not (given.token_file or given.password_file):
        lines.append('# token_file = "secrets/token"  # a file with the access token: needed to log in')
    else:
        lines.append("# Keep the files of secrets out of version control.")
    return [*lines, ""]


def _project(given: Answers) -> list[str]:
    return [
        f"[projects.{given.name}]",
        f"tool = {quoted(given.table)}",
        f"project = {quoted(given.project)}  # its title or id in the tool",
        f"template = {quoted(given.template)}",
        f"# annotators = {ProjectConfig(tool='', project='', template='', datasets={}).annotators}"
        "  # so many people make an item complete",
        "# finished_only = true  # work that the tool does not call finished does not count",
        "",
        f"[projects.{given.name}.datasets.{given.dataset}]",
        f"to = {quoted(given.to)}",
        '# split = "90/10"',
        "# min_agreement = 0.8  # the gate; without it, the template's",
        '# consensus = "majority"',
        "",
    ]


def _rest() -> list[str]:
    return [
        "# [notify.team]  # what has happened, as Standard Webhooks or as a line for Slack",
        '# kind = "slack"',
        '# url_file = "secrets/slack-url"',
    ]
