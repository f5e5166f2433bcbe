"""What became of the objects (shapes, tracks): read and written, lost by code, and written nearly."""

from __future__ import annotations

from typing import NamedTuple

from labelwright.problems import READ, WRITE
from labelwright.report.model import Report
from labelwright.report.tables import table, wrap
from labelwright.report.words import clean, count

CODES = 20
WORDS = {READ: "read", WRITE: "written"}
LEG_HEAD = ["objects", "came in", "went out", "lost"]
LOST_HEAD = ["lost", "when", "why", "code"]
NEARLY_HEAD = ["nearly", "off by at most", "what", "code"]


class ObjectRows(NamedTuple):
    """The rows of up to three tables, and how many codes are not among them."""

    legs: list[list[str]]
    lost: list[list[str]]
    nearly: list[list[str]]
    more: int

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.legs or self.nearly)


def object_rows(report: Report) -> ObjectRows:
    """What the renderings show; empty where a run had no objects."""
    legs = [leg for leg in WORDS if leg in report.objects]
    legs += sorted(report.objects.keys() - WORDS.keys())
    rows, lost = [], []
    for leg in legs:
        book = report.objects[leg]
        word = WORDS.get(leg, clean(leg, 20))
        rows.append([word, f"{book.taken:,}", f"{book.given:,}", f"{book.gone:,}"])
        for code, number in sorted(book.lost.items(), key=lambda one: (-one[1], one[0])):
            lost.append([f"{number:,}", f"when {word}", _title(report, code), clean(code, 120)])
    found = sorted(report.approximations.items(), key=lambda one: (-one[1].count, one[0]))
    nearly = [
        [f"{a.count:,}", clean(a.bound, 60), clean(a.title, 200), clean(code, 120)] for code, a in found
    ]
    beyond = max(len(lost) - CODES, 0) + max(len(nearly) - CODES, 0)
    return ObjectRows(rows, lost[:CODES], nearly[:CODES], beyond)


def _title(report: Report, code: str) -> str:
    return clean(report.problem_titles.get(code, "") or code, 200)


def objects_block(report: Report, width: int) -> list[str]:
    """The lines for a terminal; none where a run had no objects."""
    found = object_rows(report)
    if not found.any:
        return []
    lines = ["Objects"]
    if found.legs:
        lines += table(LEG_HEAD, found.legs, width, " rrr")
    for number, when, why, code in found.lost:
        lines += wrap(f"{number} lost {when}: {why} [{code}]", width, "  ")
    for number, bound, what, code in found.nearly:
        lines += wrap(f"{number} nearly, off by at most {bound}: {what} [{code}]", width, "  ")
    return [*lines, f"  and {count(found.more, 'more code')}"] if found.more else lines
