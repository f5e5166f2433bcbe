"""Nuclio's dashboard, as far as CVAT's AI tools know it: which functions there are, and asking one.

What CVAT sends and takes was found by recording a server. It says who may do what itself, sends no
credentials, and can be told a host and a port but no path. Of an error it shows people the status and the
address, so that the sentence is in the address that the request is sent on to. It sends the bytes of an
image and not which frame it is: a predictor with a blind share suggests nothing here, and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import msgspec

from labelwright.contracts import Files, HostAnswer, HostRequest, Served
from labelwright.problems import DataError, ProblemType
from labelwright_plugins.cvat.nuclio_calls import CALLS, FAULTY, Call, kind_of
from labelwright_plugins.cvat.nuclio_listing import NAMESPACE, Function, described, functions

FUNCTIONS, INVOCATIONS, REFUSED = "api/functions", "api/function_invocations", "refused"
FUNCTION = "x-nuclio-function-name"
BECAUSE = "because="
LONGEST = 500  # characters of a sentence in an address
NOT_ASKED = ProblemType(
    "cvat.function-not-asked-so",
    "What was sent to a predictor is no call of CVAT's",
    "the request is no call of CVAT's: {reason}",
    "Let CVAT's AI tools ask the predictor.",
)
NO_FUNCTION = ProblemType(
    "cvat.function-unknown",
    "CVAT asked for a predictor that is not there",
    "there is no {kind} {name!r}; there are: {known}",
    "Serve a predictor under that name, or load CVAT's list of models again.",
)
WHICH = ProblemType(
    "cvat.function-unnamed",
    "CVAT asked no predictor in particular",
    "which {kind}? there are: {known}",
    "Set CVAT_NUCLIO_INVOKE_METHOD=dashboard in CVAT, or give each predictor a port with predictors_from.",
)


class Nuclio:
    """One for all predictors that are served."""

    prefix = "nuclio"
    nameless = True

    def at_once(self, request: HostRequest, served: Mapping[str, Served]) -> HostAnswer | None:
        """The lists of functions, while models still load too."""
        path = request.path.strip("/")
        if request.method == "POST" and path in ("", INVOCATIONS):
            return None
        if request.method != "GET":
            return _json(404, {"detail": "no such path"})
        place = path.removeprefix("api/")
        if place.startswith(f"{REFUSED}/"):
            return _explained(place)
        known = functions(served)
        namespace = request.headers.get(NAMESPACE, "nuclio")
        if path == FUNCTIONS:
            return _json(200, {i: described(f, namespace, request.ports) for i, f in known.items()})
        name = path.removeprefix(f"{FUNCTIONS}/")
        if path == name:
            return _json(404, {"detail": "no such path"})
        if name not in known:
            return _refused(404, _unknown(name, known), "../")
        return _json(200, described(known[name], namespace, request.ports))

    def answer(
        self, request: HostRequest, served: Mapping[str, Served], files: Mapping[str, Files]
    ) -> HostAnswer:
        """What a predictor says of the image of one call."""
        known = functions(served)
        try:
            call = msgspec.json.decode(request.body, type=Call)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _refused(400, DataError(NOT_ASKED.at(reason=str(error))))
        try:
            function = _function(request, call, known)
        except DataError as error:
            return _refused(404, error)
        try:
            found = CALLS[function.kind](function.model, call, files.get(function.name))
        except DataError as error:
            lasting = function.model.state == "ready" or error.problem.code in FAULTY
            status = 422 if lasting else 503
            return msgspec.structs.replace(_refused(status, error), predictor=function.name, items=1)
        return HostAnswer(200, found.body, codes=found.codes, items=1, predictor=function.name)


def _function(request: HostRequest, call: Call, known: Mapping[str, Function]) -> Function:
    """Who is asked: by name, or by the port; else whoever alone answers such a call. Raises ``DataError``."""
    name = request.headers.get(FUNCTION, "")
    if request.path.strip("/") == INVOCATIONS:
        if name not in known:
            raise _unknown(name, known)
        return known[name]
    kind = kind_of(call)
    able = [f for f in known.values() if f.kind == kind and request.predictor in ("", f.name)]
    if not able:
        raise _unknown(request.predictor, {i: f for i, f in known.items() if f.kind == kind}, kind)
    if len(able) > 1:
        raise DataError(WHICH.at(kind=kind, known=", ".join(f.id for f in able)))
    return able[0]


def _unknown(name: str, known: Mapping[str, Function], kind: str = "predictor") -> DataError:
    return DataError(NO_FUNCTION.at(name=name, kind=kind, known=", ".join(known) or "none"))


def _refused(status: int, error: DataError, up: str = "") -> HostAnswer:
    """An error that CVAT tells people: the request is sent on to an address that says why."""
    problem = error.problem
    because = quote_plus(problem.message[:LONGEST], safe="(),:'$-_.")
    return HostAnswer(
        303,
        msgspec.json.encode({"detail": problem.message, "code": problem.code}),
        headers={"Location": f"{up}{REFUSED}/{status}?{BECAUSE}{because}"},
        codes={problem.code: 1},
    )


def _explained(place: str) -> HostAnswer:
    """The status that an address says; the sentence is in the address."""
    number = place.removeprefix(f"{REFUSED}/")
    known = ("400", "404", "422", "503")
    return _json(int(number) if number in known else 404, {"detail": "the predictor could not answer"})


def _json(status: int, body: Any) -> HostAnswer:
    return HostAnswer(status, msgspec.json.encode(body))


host = Nuclio()
