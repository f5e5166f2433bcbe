"""Any server that answers JSON to JSON: a file says what it is sent, and where in its answer what is.

The file is TOML::

    request = { text = "{{ inputs.text }}", candidates = "{{ labels.category }}" }

    [answers.category]
    value = "result.label"
    score = "result.score"

    [answers.entities]
    each = "result.entities[*]"
    label = "type"
    start = "start"
    end = "end"
    offsets = "utf-16"          # characters (code points) unless said; or bytes

Strings of the request are templates, rendered as those of ``template.toml`` are. A string that is one
``{{ inputs.NAME }}``, ``{{ labels.CONTROL }}`` or ``{{ files.NAME }}`` (the bytes of a file, in base64)
stands for the value itself; so nothing that an item says can break the request.
"""

from __future__ import annotations

import base64
import json
import re
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from msgspec import Struct, field

from labelwright.contracts import Asked, Guess, Query, Template
from labelwright.predictors import _remote
from labelwright.predictors._asking import INCIDENTAL, OPTIONS, Server
from labelwright.predictors._extras import number
from labelwright.predictors._kept import digest
from labelwright.predictors._mapped import KINDS, Mapped, Mapper
from labelwright.problems import DataError, Place, Problem, ProblemType, UsageError
from labelwright.records import Kind
from labelwright.render.text import TextCompiler, TextError

_WHOLE = re.compile(r"\s*\{\{\s*(inputs|labels|files)\.([A-Za-z_]\w*)\s*\}\}\s*")
_ABOUT = {Kind.SPANS: ("text",), Kind.SHAPES: ("image",), Kind.SEGMENTS: ("audio", "video")}

NOT_RENDERED = ProblemType(
    "http-json.request-unmade",
    "The request to a server cannot be made of an item",
    "{reason}",
    "Correct the request in the file of the predictor, or the item's data.",
)
FILE_LARGE = ProblemType(
    "http-json.file-too-large",
    "A file is larger than may be sent",
    "the file of {name!r} has {size} bytes; the option bytes allows {limit}",
    "Raise the option bytes, or give the item a smaller file.",
)
FAILED = ProblemType(
    "http-json.item-failed",
    "An item cannot be asked about",
    "{reason}",
    "Look at the item.",
)


class _File(Struct, forbid_unknown_fields=True):
    request: Any
    answers: dict[str, Mapped]
    headers: dict[str, str] = field(default_factory=dict)


class HttpJson:
    """See the module."""

    name = "http-json"
    title = "Any HTTP server that answers JSON"
    version = "1"
    remote = True
    inputs = ("text", "dialogue", "image", "audio", "video", "json")
    kinds = KINDS
    options: ClassVar[dict[str, tuple[str, str]]] = {
        "url": ("", "the address that is asked by POST"),
        "file": ("http-json.toml", "the TOML file with the request, and with the answers' paths"),
        **OPTIONS,
        "bytes": ("8000000", "bytes that a file may have which is sent"),
    }
    paths = ("file", "key_file")
    incidental = INCIDENTAL

    def __init__(self, asked: Asked) -> None:
        """Read the file; nothing is asked yet. Raises ``UsageError`` that names what is wrong."""
        self._asked, self._template = asked, asked.template
        path = Path(asked.option("file"))
        told = read(path)
        self._request, self._most = told.request, int(number("bytes", asked.option("bytes"), 1, 256_000_000))
        self._answers = {}
        for name, mapped in told.answers.items():
            if name in asked.controls:
                self._answers[name] = mapped
            elif name not in self._template.controls:
                raise UsageError(f"{path}: template {self._template.name!r} has no control {name!r}")
        if not self._answers:
            raise UsageError(f"{path} says nothing of {', '.join(asked.controls)}")
        self._shown = {name: self._about(name) for name in self._answers}
        try:
            for name, mapped in self._answers.items():
                regions = {n for n, c in self._template.controls.items() if c.on == name}
                mapped.check(name, self._template.controls[name], regions)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None
        _checked(self._request, self._template, str(path))
        self._server = Server(asked, asked.option("url"), told.headers)
        self.batch = self._server.concurrency

    @staticmethod
    def fingerprint(asked: Asked) -> str:
        """A digest of the file."""
        return digest(Path(asked.option("file")).read_bytes())

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """An answer to each item, several asked at once."""
        until = time.monotonic() + self._server.seconds
        with ThreadPoolExecutor(self._server.concurrency) as pool:
            return list(pool.map(lambda query: self._each(query, until), batch))

    def _each(self, query: Query, until: float) -> Guess | Problem:
        place = Place(item=str(query.item.key))
        try:
            reply = self._server.post(self._body(query, place), until, place)
            try:
                given = json.loads(reply.data)
            except (ValueError, RecursionError) as error:
                reason = type(error).__name__
                return _remote.NO_JSON.at(place, server=self._server.name, reason=reason)
            return self._guess(query, given)
        except DataError as error:
            return error.problem
        except Exception as error:  # one item costs no other
            return FAILED.at(place, reason=f"{type(error).__name__}: {str(error)[:200]}")

    def _guess(self, query: Query, given: Any) -> Guess:
        mapping = Mapper(query, self._shown)
        answers = {
            name: value
            for name, told in self._answers.items()
            if (value := mapping.value(name, told, given)) is not None
        }
        return Guess(answers, scores=mapping.scores, problems=mapping.problems, shares=mapping.shares)

    def _body(self, query: Query, place: Place) -> bytes:
        labels = {name: control.labels for name, control in query.template.controls.items()}
        compiler = TextCompiler(set(query.template.inputs), set(query.template.controls), labels)

        def made(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: made(inner) for key, inner in value.items()}
            if isinstance(value, list):
                return [made(inner) for inner in value]
            if not isinstance(value, str):
                return value
            whole = _WHOLE.fullmatch(value)
            if whole is None:
                return compiler.compile(value, "request")(query.item.inputs, {})
            scope, name = whole[1], whole[2]
            if scope == "files":
                return self._file(query, name)
            return query.item.inputs.get(name) if scope == "inputs" else labels[name]

        try:
            return json.dumps(made(self._request)).encode()
        except (TextError, UsageError, TypeError, ValueError, RecursionError) as error:
            raise DataError(NOT_RENDERED.at(place, reason=str(error)[:300])) from None

    def _file(self, query: Query, name: str) -> str:
        data = query.file(name)
        if len(data) > self._most:
            place = Place(item=str(query.item.key), path=name)
            raise DataError(FILE_LARGE.at(place, name=name, size=len(data), limit=self._most))
        return base64.b64encode(data).decode()

    def _about(self, name: str) -> str:
        """The input that a control is about."""
        control = self._template.controls[name]
        types = _ABOUT.get(control.kind)
        fitting = [n for n in self._asked.inputs if not types or self._template.inputs[n].type in types]
        if control.input:
            return control.input
        if not fitting:
            raise UsageError(f"control {name!r} is about {' or '.join(types or ())}, which is not read")
        return fitting[0]


def read(path: Path) -> _File:
    """What a file says. Raises ``UsageError``."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), _File)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "it is not UTF-8"
        raise UsageError(f"cannot read {path}: {reason}") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}") from None


def _checked(value: Any, template: Template, where: str) -> None:
    """Refuse strings of a request that name what the template does not have. Raises ``UsageError``."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _checked(inner, template, where)
    elif isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        known = template.controls if whole and whole[1] == "labels" else template.inputs
        if whole and whole[2] not in known:
            raise UsageError(f"{where}: the template has no {whole[1]}.{whole[2]}")
        labels = {name: control.labels for name, control in template.controls.items()}
        TextCompiler(set(template.inputs), set(template.controls), labels).compile(
            "" if whole else value, f"{where}: request"
        )


plugin = HttpJson
