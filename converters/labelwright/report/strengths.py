"""Strengths of compared models in rows and words, for the renderings in text."""

from __future__ import annotations

from labelwright.report import words
from labelwright.report.model import ModelStrengths, Report
from labelwright.report.tables import table, wrap
from labelwright.report.words import clean, count

SHOWN = 20
GROUPS = 6
HEAD = ["model", "log strength", "better", "tied", "worse"]


def strength_line(control: str, found: ModelStrengths) -> str:
    """What was compared, in one sentence."""
    said = f"{clean(control, 40)}: "
    if found.state == "too-large":
        return said + "too many different models for strengths"
    said += f"{count(found.comparisons, 'comparison')} of {count(len(found.models), 'model')}, "
    if found.state == "not-connected":
        groups = [" and ".join(clean(name, 40) for name in group) for group in found.groups]
        apart = words.listed(groups, GROUPS)
        return said + f"no strengths: no wins both ways connect {apart}"
    return said + "Bradley-Terry strengths of mean 0, a tie as half a win, without intervals"


def strength_rows(found: ModelStrengths) -> list[list[str]]:
    """One row a model, the strongest first."""
    ordered = sorted(found.models.items(), key=lambda m: (-(m[1].strength or 0.0), m[0]))
    return [
        [
            clean(name, 60),
            words.NOT_DEFINED if one.strength is None else f"{one.strength:+.2f}",
            *(f"{n:,}" for n in (one.wins, one.ties, one.losses)),
        ]
        for name, one in ordered
    ]


def strengths_block(report: Report, width: int) -> list[str]:
    """The models for a terminal; nothing where none are named."""
    lines = ["Models that were compared"] if report.strengths else []
    for control, found in report.strengths.items():
        lines += wrap(strength_line(control, found), width, "  ")
        rows = strength_rows(found)
        lines += table(HEAD, rows[:SHOWN], width, " rrrr") if rows else []
        lines += [f"  and {len(rows) - SHOWN:,} more models"] if len(rows) > SHOWN else []
    return lines
