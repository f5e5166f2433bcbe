"""Label Studio's ML-backend protocol: /health, /setup, /predict, /webhook, /versions below /ml/NAME.

What it asks of an answer was found by recording a server: one entry of results for each task, in order,
and the model version that /setup told, or the server stores the same prediction again with each retrieval.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import msgspec

from labelwright.contracts import Files, HostAnswer, HostRequest, Served, Source, ToLearn
from labelwright.io import surrogates
from labelwright.problems import DataError, Problems, ProblemType
from labelwright_plugins.label_studio.backend_fit import require_fit
from labelwright_plugins.label_studio.config import parse_config
from labelwright_plugins.label_studio.suggesting import Suggesting

HEALTH, SETUP, PREDICT, WEBHOOK, VERSIONS = "health", "setup", "predict", "webhook", "versions"
REFUSED, BECAUSE = "refused", "because="
LONGEST = 500  # characters of a sentence in an address
TRAIN = "START_TRAINING"
ANSWERED = (  # what tells that people answered, and is worth learning of
    "ANNOTATION_CREATED",
    "ANNOTATION_UPDATED",
    "ANNOTATIONS_CREATED",
    "ANNOTATIONS_DELETED",
)
NOT_ASKED = ProblemType(
    "label-studio.backend-not-asked-so",
    "What was sent to a predictor is no request of Label Studio's",
    "the body is no request of Label Studio's",
    "Let Label Studio ask the predictor: labelwright connect label-studio PROJECT --predictor NAME.",
)


class Backend:
    """One for all predictors that are served."""

    prefix = "ml"

    def at_once(self, request: HostRequest, served: Mapping[str, Served]) -> HostAnswer | None:
        """Health, set-up, versions and events, while a model still loads too."""
        name, _, what = request.path.strip("/").partition("/")
        model = served.get(name)
        if model is None:
            return _json(404, {"detail": "no such predictor"})
        posted = request.method == "POST"
        if what in ("", HEALTH):
            failed = model.state == "failed"
            said = {"status": "DOWN" if failed else "UP", "model": model.title, "state": model.state}
            return _json(503 if failed else 200, said)
        if what == VERSIONS:
            return _json(200, {"versions": [model.version]})
        if what == REFUSED:
            return _json(422, {"detail": "the predictor does not fit the project's label config"})
        if what == SETUP and posted:
            return _set_up(request.body, model)
        if what == WEBHOOK and posted:
            return _heard(request.body)
        return None if what == PREDICT and posted else _json(404, {"detail": "no such path"})

    def answer(
        self, request: HostRequest, served: Mapping[str, Served], files: Mapping[str, Files]
    ) -> HostAnswer:
        """Predictions for the tasks of one request."""
        name, _, _ = request.path.strip("/").partition("/")
        model = served[name]
        asked = _decoded(request.body, _Request)
        if asked is None:
            return _refused(400, DataError(NOT_ASKED.at()))
        problems = Problems()
        config, _ = surrogates.cleaned(asked.label_config)
        source = Source(path=name, label_config=config, name=name)
        try:
            suggesting = Suggesting(model, source, problems, files.get(name))
        except DataError as error:
            return _refused(422, error)
        try:
            results = suggesting.results(asked.tasks, _drawn(asked.params))
        except DataError as error:
            return _refused(503, error)
        body = msgspec.json.encode({"results": results})
        return HostAnswer(200, body, codes=dict(problems.counts), items=len(asked.tasks))


class _SetUp(msgspec.Struct):
    schema: str | None = ""


class _Request(msgspec.Struct):
    tasks: list[Any]
    label_config: str = ""
    params: dict[str, Any] | None = None


class _Project(msgspec.Struct):
    id: int | str = ""
    title: str = ""


class _Event(msgspec.Struct):
    action: str
    project: _Project | None = None


def _decoded(body: bytes, type_: type[Any]) -> Any:
    """A body as what it should be, with halves of surrogate pairs; None if it is not."""
    try:
        return surrogates.typed(body, type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _set_up(body: bytes, model: Served) -> HostAnswer:
    """The model's version; or why it can suggest nothing in the project.

    The server shows of a refusal its status and its address alone, so the sentence is in the address that
    it is sent on to.
    """
    asked = _decoded(body, _SetUp)
    if asked is None:
        return _refused(400, DataError(NOT_ASKED.at()))
    try:
        if asked.schema:
            require_fit(model, parse_config(surrogates.cleaned(asked.schema)[0], model.name))
    except DataError as error:
        refused = _refused(303, error)
        because = quote_plus(error.problem.message[:LONGEST], safe="(),:'$-_.")
        return msgspec.structs.replace(refused, headers={"Location": f"{REFUSED}?{BECAUSE}{because}"})
    return _json(200, {"model_version": model.version})


def _heard(body: bytes) -> HostAnswer:
    event = _decoded(body, _Event)
    if event is None:
        return _refused(400, DataError(NOT_ASKED.at()))
    heard = {"status": "heard"}
    if event.action != TRAIN and event.action not in ANSWERED:
        return _json(200, heard)
    project = event.project or _Project()
    names = tuple(str(name) for name in (project.id, project.title) if name != "")
    learn = ToLearn(names, event.action == TRAIN)
    return HostAnswer(200, msgspec.json.encode(heard), learn=learn)


def _drawn(params: Mapping[str, Any] | None) -> list[Any] | None:
    """What has been drawn so far; None where nobody draws."""
    context = (params or {}).get("context")
    result = context.get("result") if isinstance(context, dict) else None
    return surrogates.cleaned(result)[0] if isinstance(result, list) else None


def _refused(status: int, error: DataError) -> HostAnswer:
    found = error.problem
    body = msgspec.json.encode({"detail": found.message, "code": found.code})
    return HostAnswer(status, body, codes={found.code: 1})


def _json(status: int, body: Any) -> HostAnswer:
    return HostAnswer(status, msgspec.json.encode(body))


host = Backend()
