"""Registers a predictor as a project's ML backend in Label Studio, and mends what that leaves behind.

With a backend the server makes a webhook for all events, without the log-in that the backend has; it stays
when the backend is removed. Of several backends the server asks the first alone.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any
from urllib.parse import unquote_plus

from labelwright.contracts import Registered, Server, Wanted
from labelwright.problems import DataError, ProblemType
from labelwright_plugins.label_studio import errors
from labelwright_plugins.label_studio.backend import ANSWERED, BECAUSE
from labelwright_plugins.label_studio.backend_said import other, refusal, unwell
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.hooks_register import HOOKS, client_of
from labelwright_plugins.label_studio.projects import resolve

BACKENDS = "/api/ml"
MARK = "labelwright"  # in extra_params: which key a backend was given, since the server shows none
Raw = dict[str, Any]
UNREACHED = ProblemType(
    "label-studio.backend-refused",
    "Label Studio does not take a predictor as its ML backend",
    "{url} does not take {target} as its ML backend: {detail}",
    "The service must run and be reachable from Label Studio's machine (public_url). To an address of a "
    "private network Label Studio connects only with SSRF_PROTECTION_ENABLED=0 and ML_BLOCK_LOCAL_IP=0.",
)
NOT_OURS = ProblemType(
    "label-studio.backend-not-ours",
    "What answers at a predictor's address is something else",
    "{target} cannot be an ML backend of {url}: {detail}",
    "Correct public_url in labelwright.toml, or what passes its requests on to the service.",
)
REFUSED = ProblemType(
    "label-studio.backend-fits-not",
    "A predictor can suggest nothing in a project",
    "{reason}",
    "Connect a predictor for this project's template, name the controls in the label config alike, or map "
    "the predictor's labels to the project's.",
)


class Asking:
    """See ``labelwright.contracts.Asks``."""

    def connect(self, server: Server, project: str, wanted: Wanted, check: bool) -> Registered:
        """Register, repair or look at the ML backend. Raises ``UsageError`` and ``DataError``."""
        with client_of(server) as client:
            client.hide(wanted.key)
            found = resolve(client, project)
            return _Project(client, found, wanted).registered(check)

    def disconnect(self, server: Server, project: str, url: str) -> int:
        """Remove the ML backend and its webhook. Raises ``UsageError`` and ``DataError``."""
        with client_of(server) as client:
            place = _Project(client, resolve(client, project), Wanted(url, "", "", ""))
            ours = place.ours()
            for one in ours:
                client.delete(f"{BACKENDS}/{one['id']}")
            for hook in place.hooks():
                client.delete(f"{HOOKS}{hook['id']}/")
            return len(ours)


class _Project:
    """The backends of one project."""

    def __init__(self, client: Client, project: Raw, wanted: Wanted) -> None:
        self._client, self._wanted = client, wanted
        self._number, self._shown = int(project["id"]), str(project.get("model_version") or "")
        self._page = f"{client.url}/projects/{self._number}/settings/ml"
        self._name = wanted.url.rpartition("/")[2]
        self._others: list[Raw] = []

    def registered(self, check: bool) -> Registered:
        """What was found or done."""
        ours = self.ours()
        differs = self._differs(ours[0]) if ours else ()
        sick, _ = unwell(ours[0], self._name) if ours else ("", "")
        differs = (*differs, sick) if sick else differs
        hooks = self.hooks()
        # What the server makes by itself with a backend does not count before there is one.
        wrong = self._wrong_hooks(hooks) if ours or hooks else ()
        if ours and self._shown != self._wanted.title and self._first(ours[0]):
            differs = (*differs, "suggestions shown")
        if check:
            return self._looked_at(ours, (*differs, *wrong))
        removed = 0
        for one in ours[1:]:
            self._client.delete(f"{BACKENDS}/{one['id']}")
            removed += 1
        backend = ours[0] if ours else None
        if backend is None or set(differs) - {"suggestions shown"}:
            backend = self._send(backend)
        removed += self._mend(self.hooks())
        if self._first(backend):
            self._show()
        state = "created" if not ours else "updated" if differs or wrong or removed else "unchanged"
        told = self._told(int(backend["id"]))
        return Registered(
            state, str(backend["id"]), (*differs, *wrong) if ours else (), removed, self._page, told
        )

    def ours(self) -> list[Raw]:
        """The backends at our address, the best first."""
        found = self._list(BACKENDS)
        mine = [one for one in found if _address(one) == self._wanted.url]
        self._others = [one for one in found if _address(one) != self._wanted.url]
        return sorted(mine, key=lambda one: (len(self._differs(one)), int(one["id"])))

    def hooks(self) -> list[Raw]:
        """The webhooks that send to our address."""
        found = self._list(HOOKS)
        return [one for one in found if _address(one) == f"{self._wanted.url}/webhook"]

    def _list(self, path: str) -> list[Raw]:
        found = self._client.get(path, project=self._number)
        if not isinstance(found, list) or not all(isinstance(one, dict) and "id" in one for one in found):
            raise DataError(errors.NOT_AN_ANSWER.at(url=f"{self._client.url}{path}", what="something else"))
        return found

    def _body(self) -> Raw:
        wanted = self._wanted
        return {
            "url": wanted.url,
            "project": self._number,
            "title": wanted.title,
            "is_interactive": wanted.interactive,
            "auth_method": "BASIC_AUTH",
            "basic_auth_user": wanted.user,
            "basic_auth_pass": wanted.key,
            "extra_params": {MARK: _mark(wanted.key)},
        }

    def _differs(self, one: Raw) -> tuple[str, ...]:
        wanted, extra = self._wanted, one.get("extra_params")
        same = {
            "title": one.get("title") == wanted.title,
            "interactive": bool(one.get("is_interactive")) == wanted.interactive,
            "log-in": one.get("auth_method") == "BASIC_AUTH"
            and one.get("basic_auth_user") == wanted.user
            and isinstance(extra, dict)
            and extra.get(MARK) == _mark(wanted.key),
        }
        return tuple(name for name, right in same.items() if not right)

    def _send(self, one: Raw | None) -> Raw:
        """Make the backend, or repair it; the server asks for its health and sets it up."""
        try:
            if one is None:
                made = self._client.post(f"{BACKENDS}/", self._body())
            else:
                made = self._client.patch(f"{BACKENDS}/{one['id']}", self._body())
        except DataError as error:
            told = error.problem.message
            detail = told.partition("): ")[2] or told
            target = self._wanted.url
            _, told_why, because = detail.partition(BECAUSE)
            if told_why:
                why = unquote_plus(because.partition("\n")[0].partition("\\n")[0]).rstrip(".")
                raise DataError(REFUSED.at(url=self._client.url, reason=why)) from None
            why = refusal(detail)
            raise DataError(UNREACHED.at(url=self._client.url, target=target, detail=why)) from None
        if not isinstance(made, dict) or "id" not in made:
            where = f"{self._client.url}{BACKENDS}"
            raise DataError(errors.NOT_AN_ANSWER.at(url=where, what="something else"))
        self._require_ours(made, one is None)
        return made

    def _require_ours(self, made: Raw, new: bool) -> None:
        """Raise ``DataError`` if something else answers, which the server takes for a backend too."""
        version = str(made.get("model_version") or "")
        if version.startswith(f"{self._name}-"):
            return
        if new:
            self._client.delete(f"{BACKENDS}/{made['id']}")
            for hook in self.hooks():
                self._client.delete(f"{HOOKS}{hook['id']}/")
        target = self._wanted.url
        raise DataError(NOT_OURS.at(url=self._client.url, target=target, detail=other(version)))

    def _show(self) -> None:
        """Let the project show what the backend suggests; the server takes its title for the version."""
        if self._shown != self._wanted.title:
            self._client.patch(f"/api/projects/{self._number}/", {"model_version": self._wanted.title})

    def _hook(self) -> Raw:
        login = b64encode(f"{self._wanted.user}:{self._wanted.key}".encode()).decode()
        return {
            "url": f"{self._wanted.url}/webhook",
            "send_payload": True,
            "send_for_all_actions": False,
            "headers": {"Authorization": f"Basic {login}"},
            "is_active": True,
            "actions": list(ANSWERED),
        }

    def _wrong_hooks(self, hooks: list[Raw]) -> tuple[str, ...]:
        if len(hooks) != int(self._wanted.learns):
            return ("webhook",)
        return ("webhook",) if any(not _right(one, self._hook()) for one in hooks) else ()

    def _mend(self, hooks: list[Raw]) -> int:
        """Leave one webhook with our log-in to a predictor that learns, and none to another."""
        kept = hooks[: int(self._wanted.learns)]
        for one in hooks[len(kept) :]:
            self._client.delete(f"{HOOKS}{one['id']}/")
        for one in kept:
            if not _right(one, self._hook()):
                self._client.patch(f"{HOOKS}{one['id']}/", self._hook())
        if self._wanted.learns and not kept:
            self._client.post(HOOKS, {"project": self._number, **self._hook()})
        return len(hooks) - len(kept)

    def _looked_at(self, ours: list[Raw], differs: tuple[str, ...]) -> Registered:
        if not ours:
            return Registered("missing", differs=differs, address=self._page)
        more = len(ours) - 1
        told = self._told(int(ours[0]["id"]))
        _, sick = unwell(ours[0], self._name)
        if sick:
            told = (sick, *told)
        if more:
            told = (f"{more} more than one backend at this address", *told)
        state = "wrong" if differs or more else "unchanged"
        return Registered(state, str(ours[0]["id"]), differs, address=self._page, told=told)

    def _first(self, backend: Raw) -> bool:
        """Whether it is asked. If not, the project goes on to show what the one that is asked suggests."""
        return all(int(backend["id"]) < int(one["id"]) for one in self._others)

    def _told(self, number: int) -> tuple[str, ...]:
        if not self._others:
            return ()
        first = min(self._others, key=lambda one: int(one["id"]))
        name = str(first.get("title") or first["id"])
        if int(first["id"]) < number:
            return (f"the project has another backend, {name!r}, which alone is asked: remove it",)
        return (f"the project has another backend, {name!r}, which is not asked: only the first is",)


def _address(one: Raw) -> str:
    return str(one.get("url", "")).rstrip("/")


def _right(hook: Raw, wanted: Raw) -> bool:
    same = all(hook.get(k) == v for k, v in wanted.items() if k != "actions")
    return same and sorted(hook.get("actions") or []) == sorted(wanted["actions"])


def _mark(key: str) -> str:
    """What tells one key from another, and does not tell it."""
    return hashlib.sha256(f"{MARK} {key}".encode()).hexdigest()[:16]


asks = Asking()
