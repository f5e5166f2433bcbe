"""What the page shows of a version's own report: problems by code and the most contested items."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.problems import Problem
from labelwright.report import view, words
from labelwright.report.words import clean

LARGEST = 64 << 20  # bytes of a report that is read
CODES, EXAMPLES, CONTESTED, ANSWERS, SHORT, LINK = 20, 3, 10, 8, 60, 1000
KEPT = 64  # reports that are remembered


class Disputed(Struct):
    """A contested item; what is drawn of it is left out."""

    item: str
    link: str
    control: str
    score: float
    answers: dict[str, str]


class Excerpt(Struct):
    """The part of a report that the page shows."""

    problems: list[Problem] = []
    problem_counts: dict[str, int] = {}
    problem_titles: dict[str, str] = {}
    contested: list[Disputed] = []


class Excerpts:
    """Reads reports, each once as long as it stays as it is."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = Lock()
        self._seen: OrderedDict[Path, tuple[tuple[int, int], Excerpt | None]] = OrderedDict()

    def of(self, folder: Path) -> Excerpt | None:
        """The excerpt of a version's folder; None where there is no report that can be read."""
        path = next(iter(sorted(folder.glob("*report.json"))), None)
        if path is None:
            return None
        try:
            found = path.lstat()
        except OSError:
            return None
        stamp = (found.st_mtime_ns, found.st_size)
        with self._lock:
            before = self._seen.get(path)
        if before is None or before[0] != stamp:
            before = (stamp, None if path.is_symlink() or found.st_size > LARGEST else _read(path))
            with self._lock:
                self._seen[path] = before
                while len(self._seen) > KEPT:
                    self._seen.popitem(last=False)
        return before[1]


def problem_rows(excerpt: Excerpt) -> dict[str, Any]:
    """Problems by code: what is wrong, how often, what to do, and a few examples."""
    found = view.groups(excerpt.problem_counts, excerpt.problems, excerpt.problem_titles)
    rows = [
        {
            "code": g.code,
            "title": g.title,
            "number": g.number,
            "tone": "loss" if g.loss else g.severity,
            "remedy": g.remedy,
            "examples": [(clean(words.place_words(p), 80), clean(p.message, 160)) for p in g.kept[:EXAMPLES]],
        }
        for g in found[:CODES]
    ]
    return {"rows": rows, "more": max(0, len(found) - CODES)}


def contested_rows(excerpt: Excerpt) -> dict[str, Any]:
    """The items on which people agree least, with a link into the tool."""
    rows = [
        {
            "item": clean(one.item, 80),
            "link": words.safe_link(one.link, LINK),
            "control": clean(one.control, SHORT),
            "score": words.number(one.score),
            "answers": [(clean(w, SHORT), clean(a, 160)) for w, a in list(one.answers.items())[:ANSWERS]],
            "more": max(0, len(one.answers) - ANSWERS),
        }
        for one in excerpt.contested[:CONTESTED]
    ]
    return {"rows": rows, "more": max(0, len(excerpt.contested) - CONTESTED)}


def counted(problems: Mapping[str, int]) -> int:
    """How many problems there are of all codes."""
    return sum(problems.values())


def _read(path: Path) -> Excerpt | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Excerpt)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
