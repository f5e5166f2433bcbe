"""Puts an order of items into Label Studio: a tab of the data manager that shows the next ones alone.

The open-source server filters a tab by ids, and hands out the tasks of a tab in the tab's own order. It
cannot order by a list of ids: tasks come by id, by the score of their predictions, or by a number in their
data, which is written there when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from labelwright.problems import DataError, Place, ProblemType, UsageError
from labelwright_plugins.label_studio import errors, projects
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.shape import INCLUDE, exported

VIEWS = "/api/dm/views/"
TITLE = "Next to answer"
EXPORT, CONFIG = "export.json", "label_config.xml"
BY_ID, BY_SCORE = "tasks:id", "tasks:predictions_score"

NOT_OF_PROJECT = ProblemType(
    "label-studio.queue-items-unknown",
    "An order of items names tasks that a project does not have",
    "{count} of {items} items of the order are no tasks of the project, such as {first}",
    "Order the items of this very project.",
)


class Queued(msgspec.Struct, frozen=True):
    """What became of a tab. ``state`` is created, updated or unchanged; ``tasks`` are shown in it."""

    project: int
    title: str
    view: int
    tasks: int
    ordering: str
    state: str
    ranked: int
    url: str


def save(client: Client, project: str, folder: Path) -> Path:
    """Write all tasks of a project, answered or not, as an export; its label config lies beside."""
    found = projects.resolve(client, project)
    path = folder / EXPORT
    with path.open("wb") as out:
        for number, task in enumerate(projects.listing(client, int(found["id"]), INCLUDE)):
            out.write(b",\n" if number else b"[\n")
            out.write(msgspec.json.encode(exported(task)))
        out.write(b"\n]\n" if out.tell() else b"[]\n")
    (folder / CONFIG).write_text(str(found.get("label_config") or ""), encoding="utf-8")
    return path


def queue(
    client: Client, project: str, items: Sequence[str], *, title: str = TITLE, rank: str = "",
    by_score: bool = False,
) -> Queued:  # fmt: skip
    """Show ``items``, the first first, in a tab of that title; doing it twice changes nothing.

    ``rank`` names a field of the tasks' data that the place of each is written to, so that the tab can show
    them in order; ``by_score``: those come first whose predictions have the lowest score. Raises
    ``DataError``, and ``UsageError`` for a field that holds something else already.
    """
    found = projects.resolve(client, project)
    number = int(found["id"])
    data = {str(task["id"]): task.get("data") for task in projects.listing(client, number, "id,data")}
    unknown = [item for item in items if item not in data]
    if unknown:
        problem = NOT_OF_PROJECT.at(Place(), count=len(unknown), items=len(items), first=unknown[0])
        raise DataError(problem)
    if rank:
        _check_free(client, found, title, rank, data)
    ordering = f"tasks:data.{rank}" if rank else BY_SCORE if by_score else BY_ID
    # Before the places are written: the tab is what tells a later run that the field is ours.
    view, state = _put(client, number, title, _wanted(title, items, ordering))
    ranked = _rank(client, items, data, rank) if rank else 0
    url = f"{client.url}/projects/{number}/data?tab={view}"
    return Queued(number, title, view, len(items), ordering, state, ranked, url)


def _wanted(title: str, items: Sequence[str], ordering: str) -> dict[str, Any]:
    """The tab. Its filters are such as the page itself makes: one that it does not know breaks the page.

    The server knows a filter by a list of ids too, but the page that shows such a tab stays empty.
    """
    shown = [_shown(first, last) for first, last in _ranges(sorted(int(item) for item in items))]
    wanted: dict[str, Any] = {
        "title": title,
        "ordering": [ordering],
        "filters": {"conjunction": "or", "items": shown},
    }
    if ordering.startswith("tasks:data."):
        wanted["columnsDisplayType"] = {ordering: "Number"}  # else it would order by letters
    return wanted


def _shown(first: int, last: int) -> dict[str, Any]:
    one = {"filter": "filter:tasks:id", "type": "Number"}
    if first == last:
        return {**one, "operator": "equal", "value": first}
    return {**one, "operator": "in", "value": {"min": first, "max": last}}


def _ranges(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of ids that follow each other."""
    first = last = 0
    for one in ids:
        if first and one == last + 1:
            last = one
            continue
        if first:
            yield first, last
        first = last = one
    if first:
        yield first, last


def _check_free(client: Client, found: dict[str, Any], title: str, field: str, data: dict[str, Any]) -> None:
    """Raise ``UsageError`` if a field of the tasks is not ours to write."""
    if re.search(rf"\${re.escape(field)}(?!\w)", str(found.get("label_config") or "")):
        raise UsageError(f"--rank {field}: the project's label config shows this field; name another")
    taken = [item for item, own in data.items() if isinstance(own, dict) and field in own]
    views = (view.get("data") or {} for view in _views(client, int(found["id"])))
    ours = any(v.get("title") == title and v.get("ordering") == [f"tasks:data.{field}"] for v in views)
    if taken and not ours:
        raise UsageError(
            f"--rank {field}: {len(taken)} tasks have this field already, such as {taken[0]}, which would be "
            "written over; name another"
        )


def _rank(client: Client, items: Sequence[str], data: dict[str, Any], field: str) -> int:
    """Write the place of each item into its task's data, and take it out of all others; how many changed."""
    places = {item: place for place, item in enumerate(items, 1)}
    changed = 0
    for item, own in data.items():
        place = places.get(item)
        if not isinstance(own, dict) or own.get(field) == place:
            continue
        rest = {name: value for name, value in own.items() if name != field}
        client.patch(f"/api/tasks/{item}/", {"data": rest if place is None else {**rest, field: place}})
        changed += 1
    return changed


def _put(client: Client, project: int, title: str, wanted: dict[str, Any]) -> tuple[int, str]:
    """Make the tab, or bring the one of its title up to date; its id, and what was done."""
    for view in _views(client, project):
        own = view.get("data") or {}
        if own.get("title") != title:
            continue
        if all(own.get(key) == value for key, value in wanted.items()):
            return int(view["id"]), "unchanged"
        client.patch(f"{VIEWS}{view['id']}/?project={project}", {"data": {**own, **wanted}})
        return int(view["id"]), "updated"
    made = client.post(f"{VIEWS}?project={project}", {"project": project, "data": wanted})
    if not isinstance(made, dict) or not isinstance(made.get("id"), int):
        raise DataError(errors.NOT_AN_ANSWER.at(url=f"{client.url}{VIEWS}", what="something else"))
    return int(made["id"]), "created"


def _views(client: Client, project: int) -> Iterator[dict[str, Any]]:
    answer = client.get(VIEWS, project=project)
    if not isinstance(answer, list):
        raise DataError(errors.NOT_AN_ANSWER.at(url=f"{client.url}{VIEWS}", what="something else"))
    yield from (view for view in answer if isinstance(view, dict) and isinstance(view.get("id"), int))
