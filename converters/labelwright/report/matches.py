"""Which shapes of a contested item are the same thing, in words: for tables, texts and pictures."""

from __future__ import annotations

from typing import NamedTuple

from labelwright.agreement.result import Drawing, DrawnShape, Match
from labelwright.geometry.shapes import Points, Polyline, Skeleton, name_of
from labelwright.report.words import clean, count

Key = tuple[str, int]  # an annotator and the number of their shape, from 0
MATCH_HEAD = ["Shape", "Other's shape", "Overlap", "What it means"]


class MatchRow(NamedTuple):
    """One pair of shapes, or a shape that somebody did not draw."""

    left: str
    right: str
    value: str
    means: str


def ends(match: Match) -> tuple[Key, Key] | None:
    """Both shapes of a match; None where one is missing."""
    if match.left is None or match.right is None:
        return None
    return (match.a, match.left), (match.b, match.right)


def shape_of(drawing: Drawing, key: Key) -> DrawnShape | None:
    """The shape, if the drawing has it."""
    own = drawing.shapes.get(key[0], [])
    return own[key[1]] if 0 <= key[1] < len(own) else None


def missing(drawing: Drawing) -> dict[Key, list[str]]:
    """Shapes that somebody did not draw, and who; what lies less than half on each other is not the same."""
    found: dict[Key, list[str]] = {}
    for match in drawing.matches:
        if match.same:
            continue
        if match.left is not None:
            found.setdefault((match.a, match.left), []).append(match.b)
        if match.right is not None:
            found.setdefault((match.b, match.right), []).append(match.a)
    return found


def ordered(drawing: Drawing) -> list[Match]:
    """The matches, those that tell most first: missing, too far apart, of other labels, the least alike."""

    def rank(match: Match) -> tuple[int, float]:
        both = ends(match)
        if both is None:
            return 0, 0.0
        one, other = (shape_of(drawing, key) for key in both)
        differ = one is not None and other is not None and one.label != other.label
        return (1 if not match.same else 2 if differ else 3), match.how

    return sorted(drawing.matches, key=rank)


def value(drawing: Drawing, match: Match) -> str:
    """The likeness with two decimals and what it is; never rounded up to one half, nor to one."""
    both = ends(match)
    if both is None or not 0 <= match.how <= 1:
        return ""
    shown = f"{match.how:.2f}" if match.same or match.how < 0.495 else "0.49"
    shown = "0.99" if shown == "1.00" and match.how < 1 else shown
    kinds = {type(s.geometry) for s in (shape_of(drawing, key) for key in both) if s is not None}
    if kinds == {Skeleton}:
        return f"OKS {shown}"
    if kinds and kinds <= {Points, Polyline}:
        return f"nearness {shown}"
    return f"IoU {shown}"


def rows(drawing: Drawing) -> list[MatchRow]:
    """Every pair in words, the most telling first."""
    people = list(drawing.shapes)
    found = [_missed(drawing, people, key, who) for key, who in _alone(drawing).items()]
    for match in ordered(drawing):
        both = ends(match)
        if both is None:
            continue
        one, other = (shape_of(drawing, key) for key in both)
        if not match.same:
            means = "below 0.50: not the same"
        elif one is not None and other is not None and one.label != other.label:
            means = "same place, labels differ"
        else:
            means = "the same"
        left, right = (_named(drawing, people, key) for key in both)
        found.append(MatchRow(left, right, value(drawing, match), means))
    return found


def _alone(drawing: Drawing) -> dict[Key, list[str]]:
    """Shapes that have no like of somebody, however far apart, in the order of annotators."""
    found: dict[Key, list[str]] = {}
    for match in drawing.matches:
        if match.left is not None and match.right is None:
            found.setdefault((match.a, match.left), []).append(match.b)
        elif match.right is not None and match.left is None:
            found.setdefault((match.b, match.right), []).append(match.a)
    order = {who: n for n, who in enumerate(drawing.shapes)}
    return dict(sorted(found.items(), key=lambda one: (order.get(one[0][0], len(order)), one[0][1])))


def _missed(drawing: Drawing, people: list[str], key: Key, who: list[str]) -> MatchRow:
    alone = len(who) >= len(people) - 1
    means = "drawn by one alone" if alone else "not drawn by everybody"
    lacking = ", ".join(sorted(_letter(people, one) for one in who))
    return MatchRow(_named(drawing, people, key), f"missing: {lacking}", "", means)


def _named(drawing: Drawing, people: list[str], key: Key) -> str:
    shape = shape_of(drawing, key)
    if shape is None:
        return f"{_letter(people, key[0])}{key[1] + 1}"
    words = f"{_letter(people, key[0])}{key[1] + 1} {clean(shape.label, 40)}".rstrip()
    return f"{words} ({name_of(shape.geometry)})"


def _letter(people: list[str], who: str) -> str:
    at = people.index(who) if who in people else len(people)
    return letter(at)


def letter(number: int) -> str:
    """A, B, C ... of an annotator."""
    return chr(ord("A") + number) if number < 26 else f"#{number + 1}"


def legend(drawing: Drawing) -> str:
    """Who is A, B and so on."""
    return ", ".join(f"{letter(n)} is {clean(who, 60)}" for n, who in enumerate(drawing.shapes))


def summary(drawing: Drawing) -> str:
    """How many shapes are the same thing for two people, how alike they are, and what is missing."""
    same = [m.how for m in drawing.matches if m.same and 0 <= m.how <= 1]
    apart = sum(ends(m) is not None and not m.same for m in drawing.matches)
    gone = len(_alone(drawing))
    shown = ", ".join(
        f"{letter(n)} {count(len(own), 'shape')}" for n, own in enumerate(drawing.shapes.values())
    )
    parts = [
        f"{count(len(same), 'pair')} matched"
        + (f", mean overlap {sum(same) / len(same):.2f}" if same else "")
    ]
    parts += [f"{count(apart, 'pair')} too far apart"] if apart else []
    parts += [f"{gone:,} missing{' for somebody' if len(drawing.shapes) > 2 else ''}"] if gone else []
    where = f"{drawing.part}: " if drawing.part else ""
    return f"{clean(where, 40)}{' ' if where else ''}{shown}; {'; '.join(parts)}"
