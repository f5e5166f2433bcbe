"""What is wrong in a configuration, all of it, and the one error that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from labelwright.problems import UsageError
from labelwright.service.config.lines import Path, line_of


class ConfigError(UsageError):
    """Everything that is wrong in a configuration: ``details`` is one line for each."""

    def __init__(self, file: str, details: list[str]) -> None:
        """One thing is said in the first line itself."""
        if len(details) == 1:
            super().__init__(f"{file}: {details[0]}")
        else:
            super().__init__(f"{file}: {len(details)} things are wrong")
            self.details = tuple(details)

    def __str__(self) -> str:
        """The first line and all the others."""
        return "\n".join([str(self.args[0]), *self.details])


class Findings:
    """Collects what is wrong and what somebody should look at, each by its path in the file."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        """``lines`` tells where each path stands."""
        self._lines = lines
        self._wrong: dict[Path, list[str]] = {}
        self._doubtful: dict[Path, list[str]] = {}

    def wrong(self, path: Path, text: str) -> None:
        """Add something wrong."""
        self._wrong.setdefault(path, []).append(text)

    def unless(self, path: Path, text: str) -> None:
        """Add something wrong, unless the value there is already known to be: it was replaced."""
        if not self.known(path):
            self.wrong(path, text)

    def doubt(self, path: Path, text: str) -> None:
        """Add something to look at."""
        if not self.known(path):
            self._doubtful.setdefault(path, []).append(text)

    def known(self, path: Path) -> bool:
        """Whether something is wrong at the path, or with what it lies in."""
        return any(path[:length] in self._wrong for length in range(1, len(path) + 1))

    @property
    def errors(self) -> list[str]:
        """One line for each thing that is wrong, in the order of the file."""
        return self._told(self._wrong)

    @property
    def warnings(self) -> list[str]:
        """One line for each thing to look at."""
        return self._told(self._doubtful)

    @property
    def paths(self) -> list[Path]:
        """Where something is wrong."""
        return list(self._wrong)

    def _told(self, found: Mapping[Path, list[str]]) -> list[str]:
        rows = sorted(
            (line_of(path, self._lines), spelled(path), text)
            for path, texts in found.items()
            for text in texts
        )
        return [f"{f'line {line}: ' if line else ''}{path}: {text}" for line, path, text in rows]


def spelled(path: Path) -> str:
    """A path as one would write it in the file."""
    plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            bare = part and all(letter in plain for letter in part)
            quoted = part.encode("unicode_escape").decode().replace('"', '\\"')[:60]
            written += f".{part}" if bare else f'."{quoted}"'
    return written.lstrip(".")


def offered(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name: the nearest that there is, or all."""
    there = sorted(known)
    near = get_close_matches(name.lower(), there, 1, 0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"there are: {', '.join(there) or 'none'}"
