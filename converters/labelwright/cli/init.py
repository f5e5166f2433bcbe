"""``labelwright init``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import emit, say

if TYPE_CHECKING:
    from labelwright.cli._asking import Asker
    from labelwright.service.config.written import Answers

URL = "http://localhost:8080"
STANDARD_INPUT = "-"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(command)


def command(
    config: o.ConfigFile = Path("labelwright.toml"),
    tool: Annotated[str, typer.Option("--tool", help="The tool, such as label-studio.")] = "",
    url: Annotated[str, typer.Option("--url", help="The server's address.")] = "",
    token_file: Annotated[
        str, typer.Option("--token-file", help="File with the access token; - takes it from standard input.")
    ] = "",
    username: Annotated[str, typer.Option("--username", help="Who logs in where there is no token.")] = "",
    password_file: Annotated[
        str, typer.Option("--password-file", help="File with that user's password.")
    ] = "",
    organization: Annotated[str, typer.Option("--organization", help="Short name of the organization.")] = "",
    project: Annotated[str, typer.Option("--project", "-p", help="The project's title or id there.")] = "",
    name: Annotated[
        str, typer.Option("--name", help="What the service calls the project; default: by its title.")
    ] = "",
    template: Annotated[
        str,
        typer.Option("--template", "-t", help="A template's name, a folder of your own, or detect."),
    ] = "",
    to: Annotated[str, typer.Option("--to", help="The dialect or format to write, such as openai.")] = "",
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = None,
    public_url: Annotated[
        str, typer.Option("--public-url", help="How tools and people reach the service.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the defaults without asking.")] = False,
    force: o.Force = False,
    offline: Annotated[bool, typer.Option("--offline", help="Do not try to reach the tool.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of labelwright.toml, and nothing else.")
    ] = False,
) -> None:
    """Ask what the service needs to know, and write labelwright.toml.

    Whatever an option tells is not asked. A token is typed hidden, or comes from a file or standard
    input, and lies in a file that you alone can read.
    """
    if schema:
        from labelwright.service.config import schema as schemas

        emit(schemas.text())
        return
    from labelwright.cli._asking import Asker

    given = {key: value for key, value in locals().items() if isinstance(value, str)}
    given["port"] = "" if port is None else str(port)
    asker = Asker(yes)
    _may_write(config, force, asker)
    _write(config, _answers(asker, given, config.absolute().parent, offline))


def _may_write(config: Path, force: bool, asker: Asker) -> None:
    from labelwright.io.atomic import must_not_exist

    if config.is_file() and not force and asker.sure(f"{config} is there already; replace it?"):
        return
    must_not_exist(config, force)


def _answers(asker: Asker, given: dict[str, str], folder: Path, offline: bool) -> Answers:
    from labelwright.cli import _initial as initial
    from labelwright.service.config.written import Answers, name_of
    from labelwright.service.starting import able

    there = able()
    alone = there[0] if len(there) == 1 else None
    tool = asker.ask("--tool", "Tool", given["tool"], alone, initial.one_of("tool", there), there)
    url = asker.ask("--url", "Address of its server", given["url"], URL, initial.address)
    project = asker.ask("--project", "Project (title or id)", given["project"])
    usual = name_of(project)
    name = asker.ask("--name", "Its name in addresses and files", given["name"], usual, initial.name)
    port = asker.ask("--port", "Port to listen on", given["port"], "8790", initial.port)
    public = asker.ask(
        "--public-url",
        "Address that tools reach it at (empty: this machine)",
        given["public_url"],
        "",
        initial.address,
    )
    answers = Answers(
        table=tool,
        tool=tool,
        url=url,
        project=project,
        name=name,
        template=given["template"],
        to=given["to"],
        token_file=_token(asker, given, tool, folder),
        username=given["username"],
        password_file=given["password_file"],
        organization=given["organization"],
        host=given["host"],
        port=int(port),
        public_url=public,
    )
    reached = not offline and bool(tool and project) and initial.reached(answers, folder)
    answers.template = initial.template(asker, answers, folder, reached)
    answers.to = initial.target(asker, answers, folder)
    asker.enough()
    return answers


def _token(asker: Asker, given: dict[str, str], tool: str, folder: Path) -> str:
    """The file of the token; what is typed or piped in is written to one."""
    from labelwright.cli._initial import relative, token
    from labelwright.service.secrets import private_file

    if given["token_file"] and given["token_file"] != STANDARD_INPUT:
        return relative(given["token_file"], folder)
    written = f"secrets/{tool}.token"
    kept = (folder / written).is_file()
    typed = ""
    if given["token_file"] == STANDARD_INPUT:
        typed = token(sys.stdin.readline() if sys.stdin is not None else "")
    elif not given["password_file"]:
        without = f"empty: keep {written}" if kept else "empty: none yet"
        typed = asker.hidden(f"Access token, not shown ({without})")
        typed = token(typed) if typed else ""
    if not typed:
        return written if kept and not given["password_file"] else ""
    private_file(folder / written, typed.encode() + b"\n")
    say(f"the token is in {folder / written}, which you alone can read")
    return written


def _write(config: Path, answers: Answers) -> None:
    from labelwright.io.atomic import Pending
    from labelwright.service.config.load import parsed
    from labelwright.service.config.written import text

    written = text(answers)
    loaded = parsed(written, config)  # refuses before anything is written
    with Pending() as pending:
        pending.file(config).write(written.encode())
        pending.commit()
    for warning in loaded.warnings:
        say(f"warning: {config}: {warning}")
    flag = "" if config == Path("labelwright.toml") else f" --config {config}"
    emit(f"{config}: written")
    emit(f"next: labelwright connect {answers.table} {answers.name} --webhook{flag}")
    emit(f"then: labelwright serve{flag}")
