"""Rules for sequences of IOB2 tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelwright.problems import Place, Problem, ProblemType

TAG_UNKNOWN = ProblemType(
    "iob.tag-unknown",
    "A tag is neither O nor B- or I- with a label",
    "the tag {tag!r} is not O, B-LABEL or I-LABEL",
    "Write tags as IOB2.",
)
INSIDE_FIRST = ProblemType(
    "iob.inside-without-begin",
    "An entity begins with I-",
    "the tag {tag!r} follows {previous!r}; an entity begins with B-",
    "Convert the tags from IOB1 to IOB2.",
)
TYPE_SWITCH = ProblemType(
    "iob.type-switch",
    "An entity changes its label midway",
    "the tag {tag!r} follows {previous!r}, an entity of another label",
    "Begin a new entity with B-, or correct the label.",
)


def check_tags(tags: Sequence[str], places: Sequence[Place]) -> Iterator[Problem]:
    """Every tag that IOB2 does not allow after the one before it."""
    previous = "O"
    for tag, place in zip(tags, places, strict=True):
        prefix, dash, label = tag.partition("-")
        if tag != "O" and (prefix not in ("B", "I") or not dash or not label):
            yield TAG_UNKNOWN.at(place, tag=tag)
        elif prefix == "I" and previous == "O":
            yield INSIDE_FIRST.at(place, tag=tag, previous=previous)
        elif prefix == "I" and previous.partition("-")[2] != label:
            yield TYPE_SWITCH.at(place, tag=tag, previous=previous)
        previous = tag
