"""Registers a predictor in a project's auto-labelling, one configuration for each task that both know."""

from __future__ import annotations

from typing import Any

from labelwright.contracts import Registered, Server, Template, Wanted
from labelwright.problems import DataError, ProblemType, UsageError
from labelwright_plugins.doccano import errors, projects
from labelwright_plugins.doccano.autolabel import MODEL, NOT_ANSWERED, TASKS, configuration, request
from labelwright_plugins.doccano.backend import KINDS, shown_in
from labelwright_plugins.doccano.client import Client, connect
from labelwright_plugins.doccano.infer import LISTS, shown_by
from labelwright_plugins.doccano.settings import environment, settings

TIMEOUT = 60.0  # seconds; doccano gives up asking after 30
Raw = dict[str, Any]
FITS_NOT = ProblemType(
    "doccano.predictor-fits-not",
    "A predictor can suggest nothing in a project",
    "{predictor} can suggest nothing in the project {project!r}: {reason}",
    "Connect a predictor that reads what the project shows and answers what it asks.",
)
_WORDS = {"Category": "labels", "Span": "spans", "Text": "texts"}


class Asking:
    """See ``labelwright.contracts.Asks``."""

    def connect(self, server: Server, project: str, wanted: Wanted, check: bool) -> Registered:
        """Register, repair or look at the auto-labelling. Raises ``UsageError`` and ``DataError``."""
        with _client(server) as client:
            client.hide(wanted.key)
            return _Project(client, projects.resolve(client, project), wanted).registered(check)

    def disconnect(self, server: Server, project: str, url: str) -> int:
        """Remove what asks at the address. Raises ``UsageError`` and ``DataError``."""
        with _client(server) as client:
            found = projects.resolve(client, project)
            place = _Project(client, found, Wanted(url, "", "", ""))
            ours, _ = place.listed()
            for one in ours:
                place.remove(one)
            return len(ours)


class _Project:
    """The auto-labelling of one project."""

    def __init__(self, client: Client, project: Raw, wanted: Wanted) -> None:
        self._client, self._wanted, self._project = client, wanted, project
        self._root = f"/v1/projects/{project['id']}/auto-labeling"

    def listed(self) -> tuple[list[Raw], list[Raw]]:
        """The configurations that ask at our address, and all others."""
        own = self._wanted.url.rstrip("/")
        addresses = {own, *(f"{own}/{task}" for task in KINDS)}
        found = self._client.rows(f"{self._root}/configs", "id")
        ours = [one for one in found if str(_attributes(one).get("url")).rstrip("/") in addresses]
        return ours, [one for one in found if one not in ours]

    def remove(self, one: Raw) -> None:
        """Remove a configuration."""
        self._client.delete(f"{self._root}/configs/{one['id']}")

    def registered(self, check: bool) -> Registered:
        """What was found or done."""
        template = self._wanted.template or Template("none")
        tasks = self._tasks(template)
        told = self._told(template, tasks)
        ours, others = self.listed()
        if others:
            count = "another configuration" if len(others) == 1 else f"{len(others)} other configurations"
            told = (*told, f"the project's auto-labelling has {count}: doccano asks all of them")
        kept: dict[str, Raw] = {}
        differs: dict[str, None] = {}
        for task in tasks:
            found = [one for one in ours if one.get("task_type") == task]
            best = min(found, key=lambda one: len(self._differs(one)), default=None)
            if best is not None:
                kept[task] = best
                differs |= dict.fromkeys(self._differs(best))
            elif ours:
                differs[f"{_WORDS[task]} not asked for"] = None
        extra = [one for one in ours if one not in kept.values()]
        page = f"{self._client.url}/projects/{self._project['id']}/settings"
        if check:
            return self._looked_at(kept, [*differs], extra, page, told)
        self._reached(tasks[0])
        numbers = [self._put(task, kept.get(task)) for task in tasks]
        for one in extra:
            self.remove(one)
        state = "created" if not ours else "updated" if differs or extra else "unchanged"
        number = ", ".join(numbers)
        return Registered(state, number, (*differs,), len(extra), page, told)

    def _looked_at(
        self, kept: dict[str, Raw], differs: list[str], extra: list[Raw], page: str, told: tuple[str, ...]
    ) -> Registered:
        if not kept and not extra:
            return Registered("missing", address=page, told=told)
        try:
            self._reached(next(iter(kept), "Category"))
        except DataError as error:
            differs.append("answer")
            told = (*told, error.problem.message)
        if extra:
            told = (f"{len(extra)} more than are wanted at this address", *told)
        number = ", ".join(str(one["id"]) for one in kept.values())
        return Registered("wrong" if differs or extra else "unchanged", number, (*differs,), 0, page, told)

    def _put(self, task: str, there: Raw | None) -> str:
        """Make a configuration, or repair it; its id."""
        body = configuration(self._wanted.url, self._wanted.key, task)
        if there is None:
            made = self._client.having(self._client.post(f"{self._root}/configs", body), "id")
            return str(made["id"])
        if self._differs(there):
            self._client.patch(f"{self._root}/configs/{there['id']}", body)
        return str(there["id"])

    def _differs(self, one: Raw) -> tuple[str, ...]:
        right = configuration(self._wanted.url, self._wanted.key, str(one.get("task_type")).title())
        given, wanted = _attributes(one), right["model_attrs"]
        same = {
            "key": given.get("headers") == wanted["headers"],
            "request": one.get("model_name") == MODEL
            and all(given.get(k) == v for k, v in wanted.items() if k != "headers"),
            "mapping": one.get("template") == right["template"] and not one.get("label_mapping"),
        }
        return tuple(name for name, good in same.items() if not good)

    def _tasks(self, template: Template) -> list[str]:
        """What doccano is to ask for. Raises ``DataError`` if that is nothing."""
        kind = str(self._project["project_type"])
        asks = TASKS.get(kind)
        if asks is None:
            raise self._unfit(f"doccano's auto-labelling cannot be used in projects of type {kind}")
        reads, shows = shown_in(template), shown_by(kind)
        if reads != shows:
            raise self._unfit(f"it shows {_a(shows)}, the predictor reads {_a(reads)}")
        answered = {c.kind for c in template.controls.values() if not c.on}
        found = [task for task in asks if answered & set(KINDS[task.lower()])]
        if not found:
            wanted = " and ".join(_WORDS[task] for task in asks)
            raise self._unfit(
                f"of type {kind}, it takes {wanted}, the predictor answers {', '.join(sorted(answered))}"
            )
        return found

    def _unfit(self, reason: str) -> DataError:
        predictor, name = self._wanted.url.rpartition("/")[2], str(self._project["name"])
        return DataError(FITS_NOT.at(predictor=predictor, project=name, reason=reason))

    def _told(self, template: Template, tasks: list[str]) -> tuple[str, ...]:
        """Labels that the project has not. Raises ``DataError`` if it has none of them."""
        there = projects.types(self._client, self._project)
        wanted = {kind for task in tasks for kind in KINDS[task.lower()] if kind in LISTS}
        lacking: dict[str, None] = {}
        labels = shared = 0
        for control in template.controls.values():
            if control.on or control.kind not in wanted:
                continue
            known = {str(one["text"]) for one in there.get(LISTS[control.kind], [])}
            labels += len(control.labels)
            shared += sum(label in known for label in control.labels)
            lacking |= dict.fromkeys(label for label in control.labels if label not in known)
        if labels and not shared and "Text" not in tasks:
            raise self._unfit(f"it has none of the labels {', '.join(lacking)}")
        if not lacking:
            return ()
        return (f"the project has no {', '.join(lacking)}: doccano drops what is suggested of them",)

    def _reached(self, task: str) -> None:
        """Have doccano send the predictor nothing, which it answers at once. Raises ``DataError``."""
        wanted = {**request(self._wanted.url, self._wanted.key, task), "body": {}}
        text = shown_by(str(self._project["project_type"])) == "text"
        upload = "" if text else self._client.upload("nothing.txt", b"-")
        body = {"model_name": MODEL, "model_attrs": wanted, "text": upload}
        try:
            found = self._client.post(f"{self._root}/request-testing", body)
        except DataError as error:
            if error.problem.code == errors.FORBIDDEN.code:
                raise
            raise self._silent(error) from None
        finally:
            if upload:
                self._client.discard(upload)
        if found == []:
            return
        status = found.get("status") if isinstance(found, dict) else None
        reason = "the service refuses the key" if status == 401 else "something else than the service answers"
        raise DataError(NOT_ANSWERED.at(address=wanted["url"], reason=reason))

    def _silent(self, error: DataError) -> DataError:
        """Why doccano got no answer, as far as it tells."""
        code, message = error.problem.code, error.problem.message
        reason = message.partition("): ")[2] or message
        if code in (errors.UNREACHABLE.code, errors.CUT_SHORT.code, errors.TIMED_OUT.code):
            reason = "doccano waited until it gave up"  # its own server ends a request that takes 30 s
        elif code == errors.SERVER_ERROR.code:
            reason = "doccano failed at it"
        return DataError(NOT_ANSWERED.at(address=self._wanted.url, reason=reason))


def _client(server: Server) -> Client:
    if not (server.username and server.password_file):
        # The environment is not asked: the service would not find it there either.
        raise UsageError(f"the configuration names no username and password_file for {server.url}")
    return connect(settings(server.url, environment(server)), TIMEOUT)


def _attributes(one: Raw) -> Raw:
    found = one.get("model_attrs")
    return found if isinstance(found, dict) else {}


def _a(type: str) -> str:
    return {"image": "images", "audio": "sounds", "video": "films"}.get(type, type)


asks = Asking()
