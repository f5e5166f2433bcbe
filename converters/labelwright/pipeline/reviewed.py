"""Reads a review project back: what reviewers decided, as known answers of the items they reviewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Template
from labelwright.io.atomic import Pending, must_not_exist, writing
from labelwright.pipeline.answers import newest
from labelwright.pipeline.opening import Opened
from labelwright.problems import Place, Problems
from labelwright.quality import review
from labelwright.quality.answerfile import Line, as_line, as_value
from labelwright.quality.comparing import same_answer
from labelwright.quality.review import About, ReviewState
from labelwright.records import Annotation, Item, Status
from labelwright.state.pseudonyms import Pseudonyms

ABOUT = "labelwright"  # the key of an item's data under which it says what it reviews
_STATES = frozenset(state.value for state in ReviewState)


class Decisions(Struct):
    """The decided items as lines of a file of known answers, by item, and how many are in which state."""

    lines: dict[str, bytes]
    states: dict[str, int]


def collect(opened: Opened, template: Template, names: Pseudonyms, problems: Problems) -> Decisions:
    """What the reviewers decided. Raises ``DataError`` for a source that cannot be used."""
    template = opened.tool.adapt(opened.source, template, problems)
    lines: dict[str, bytes] = {}
    states = {state.value: 0 for state in ReviewState}
    for item in opened.tool.read(opened.source, template, problems):
        place = Place(source=opened.source.name, item=item.key.item)
        try:
            about = msgspec.convert(item.inputs.get(ABOUT), About)
        except msgspec.ValidationError:
            problems.add(review.FOREIGN_ITEM.at(place, item=item.key.item))
            continue
        state, answers = _decision(item, about, template, names, problems, place)
        states[state] += 1
        rejected = state is ReviewState.REJECTED
        if answers is not None or rejected:
            lines[about.item] = as_line(about.item, answers or {}, note=state.value, rejected=rejected)
    return Decisions(dict(sorted(lines.items(), key=lambda e: _number(e[0]))), states)


def _decision(
    item: Item, about: About, template: Template, names: Pseudonyms, problems: Problems, place: Place
) -> tuple[ReviewState, Mapping[str, Any] | None]:
    """The state of one item, and the answers that were decided for it."""
    counting = _counting(item, about, names, problems, place)
    given = [a.answers for a in counting if a.status is Status.SUBMITTED]
    if not counting or any(not _agree(template, given[0], other) for other in given[1:]):
        if len(given) > 1:
            problems.add(review.REVIEWERS_DIFFER.at(place, count=len(given), item=about.item))
        return ReviewState.PENDING, None
    if not given:
        return ReviewState.REJECTED, None
    if about.disputed:
        return ReviewState.DECIDED, given[0]
    if not all(_kept(template, name, was, given[0]) for name, was in about.consensus.items()):
        return ReviewState.CORRECTED, given[0]
    return (ReviewState.DECIDED if about.blank else ReviewState.ACCEPTED), given[0]


def _agree(template: Template, left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether two reviewers answered the same."""
    if left.keys() != right.keys():
        return False
    return all(same_answer(template.controls[name], left[name], right[name]) for name in left)


def _kept(template: Template, name: str, was: Any, given: Mapping[str, Any]) -> bool:
    """Whether a reviewer left as it was what had been filled in."""
    control = template.controls.get(name)
    if control is None or name not in given:
        return False
    try:
        return same_answer(control, as_value(control, was), given[name])
    except ValueError:  # a label that the project has no more
        return False


def _counting(
    item: Item, about: About, names: Pseudonyms, problems: Problems, place: Place
) -> Sequence[Annotation]:
    """The newest review of each reviewer who did not annotate the item."""
    kept = []
    for annotation in newest(a for a in item.annotations if a.status is not Status.DRAFT):
        reviewer = names[annotation.annotator]
        if reviewer in about.annotators:
            problems.add(review.OWN_WORK.at(place, reviewer=reviewer, item=about.item))
        else:
            kept.append(annotation)
    return kept


def write(decisions: Decisions, output: Path) -> None:
    """Write the lines, whole or not at all. Raises ``DataError`` if it cannot be done."""
    with Pending() as pending:
        handle = pending.file(output)
        with writing(output):
            handle.write(b"".join(decisions.lines.values()))
        pending.commit()


def must_be_replaceable(path: Path, force: bool) -> None:
    """Refuse to replace a file that no former fetch wrote, unless told to. Raises ``UsageError``."""
    if path.is_file() and not force and _was_fetched(path):
        return
    must_not_exist(path, force)


def _was_fetched(path: Path) -> bool:
    """Whether every line of a file is a decision of a review."""
    try:
        with path.open("rb") as lines:
            return all(msgspec.json.decode(raw, type=Line).note in _STATES for raw in lines)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False


def _number(item: str) -> tuple[int, str]:
    return (int(item), "") if item.isdigit() else (1 << 62, item)
