"""Questions that have an option each: asked at a terminal, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import typer

from labelwright.cli.output import say
from labelwright.problems import UsageError

Check = Callable[[str], object]


class Asker:
    """Asks what no option told. Without a terminal it collects what is missing instead."""

    def __init__(self, yes: bool) -> None:
        """``yes``: take every default without asking."""
        self.terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
        self._yes = yes
        self._missing: list[str] = []

    def ask(
        self,
        option: str,
        question: str,
        given: str,
        default: str | None = None,
        check: Check | None = None,
        offer: Sequence[str] = (),
    ) -> str:
        """The answer: what the option said, else what is typed, else the default.

        ``default`` None: there must be an answer. ``check`` raises ``UsageError`` for a wrong one: it is
        asked again at a terminal, and raised where an option said it. ``offer`` are shown.
        """
        if given or not self.terminal or (self._yes and default is not None):
            return self._settled(option, given, default, check, offer)
        if offer:
            say(f"  {', '.join(offer)}")
        while True:
            answer = str(
                typer.prompt(question, default=default, show_default=bool(default), err=True)
            ).strip()
            try:
                if check is not None and answer:
                    check(answer)
            except UsageError as error:
                say(f"  {error}")
                continue
            return answer

    def _settled(
        self, option: str, given: str, default: str | None, check: Check | None, offer: Sequence[str]
    ) -> str:
        if not given and default is None:
            self._missing.append(f"{option} ({', '.join(offer)})" if offer else option)
            return ""
        answer = given or default or ""
        if check is not None and answer:
            try:
                check(answer)
            except UsageError as error:
                raise UsageError(f"{option}: {error}") from None
        return answer

    def hidden(self, question: str) -> str:
        """Something that is not shown while it is typed; empty without a terminal."""
        if not self.terminal or self._yes:
            return ""
        answer: str = typer.prompt(question, default="", show_default=False, hide_input=True, err=True)
        return answer.strip()

    def sure(self, question: str) -> bool:
        """Whether somebody at a terminal agrees; not, without one."""
        return self.terminal and bool(typer.confirm(question, default=False, err=True))

    def enough(self) -> None:
        """Raise ``UsageError`` that names every option that is missing."""
        if self._missing:
            raise UsageError(f"there is no terminal to ask at; pass {', '.join(self._missing)}")
