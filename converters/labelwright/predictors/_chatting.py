"""The request and the reply of an OpenAI-compatible chat server (``/chat/completions``).

Fields are as OpenAI's API reference for chat completions has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from labelwright.contracts import Asked
from labelwright.io.scrub import scalar
from labelwright.predictors import _asking, _remote
from labelwright.predictors import _said as s
from labelwright.predictors._extras import number
from labelwright.predictors._form import Schema
from labelwright.predictors._spending import Budget
from labelwright.problems import DataError, Place

_NO_FORM = re.compile(
    rb"response_format|json_schema|json_object|json[ _]mode|structured|guided|grammar|schema", re.IGNORECASE
)
_BOUNDS = ("minItems", "maxItems", "minimum", "maximum")
_NO_BOUNDS = re.compile("|".join(_BOUNDS).encode())
_UNKNOWN = (400, 404, 415, 422, 501)


class Adapted(Struct, frozen=True):
    """How a server wants to be asked: what it is found not to know is false.

    ``bounds``: schemas with the least and most of numbers and lists.
    """

    bounds: bool = True
    schema: bool = True
    json: bool = True
    logprobs: bool = False
    limit: str = "max_tokens"

    @property
    def told(self) -> str:
        """The same in words."""
        plain = "" if self.bounds else " without bounds"
        form = f"a JSON Schema{plain}" if self.schema else "JSON" if self.json else "words alone"
        chances = ", with probabilities" if self.logprobs else ""
        return f"it is asked by {form}{chances} and {self.limit}"


class Reply(Struct):
    """What a model says; ``logprobs`` as the server tells them."""

    text: str
    logprobs: Any = None


def adapted(form: Adapted, reply: _asking.Reply) -> Adapted | None:
    """How to ask a server that refused what it was asked; None if it refused for another reason."""
    if reply.status not in _UNKNOWN:
        return None
    if form.limit == "max_tokens" and b"max_completion_tokens" in reply.data:
        return replace(form, limit="max_completion_tokens")
    if form.logprobs and b"logprobs" in reply.data:
        return replace(form, logprobs=False)
    if form.schema and form.bounds and _NO_BOUNDS.search(reply.data):
        return replace(form, bounds=False)
    if not _NO_FORM.search(reply.data) or not form.json:
        return None
    return replace(form, schema=False) if form.schema else replace(form, json=False)


def sampling(asked: Asked) -> dict[str, float]:
    """How a model is to choose its words, as far as it is told. Raises ``UsageError``."""
    found: dict[str, float] = {}
    if asked.option("temperature"):
        found["temperature"] = number("temperature", asked.option("temperature"), 0, 10)
    if asked.option("seed"):
        found["seed"] = int(number("seed", asked.option("seed"), -(2**53), 2**53))
    return found


def body_for(
    asked: Asked,
    form: Adapted,
    tokens: int,
    system: str,
    words: str,
    images: Mapping[str, str],
    schema: tuple[Schema, bool],
) -> bytes:
    """The request. ``images`` are data URIs by input; of ``schema`` the second says whether it is strict."""
    body: dict[str, Any] = {"model": asked.option("model")}
    content: Any = words
    if images:
        parts: list[Any] = [{"type": "text", "text": words}] if words else []
        for name, uri in images.items():
            parts += [{"type": "text", "text": f"{name}:"}] if len(images) > 1 else []
            parts.append({"type": "image_url", "image_url": {"url": uri}})
        content = parts
    body["messages"] = [{"role": "system", "content": system}, {"role": "user", "content": content}]
    body |= {form.limit: tokens, **sampling(asked)}
    if form.logprobs:
        body["logprobs"] = True
    if form.schema:
        told, strict = schema
        named = {"name": "answer", "strict": strict, "schema": told if form.bounds else _unbound(told)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif form.json:
        body["response_format"] = {"type": "json_object"}
    return json.dumps(body).encode()


def reply_of(data: bytes, server: str, place: Place, tokens: int, budget: Budget, asked: int) -> Reply:
    """What the model says in a server's answer, which is paid for. Raises ``DataError`` if nothing."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError(_remote.NO_JSON.at(place, server=server, reason=type(error).__name__)) from None
    choice = _first(found)
    message = choice.get("message") if isinstance(choice, dict) else None
    text = _text(message.get("content")) if isinstance(message, dict) else ""
    usage = found.get("usage") if isinstance(found, dict) else None
    budget.add(usage, asked, len(text))
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise DataError(s.NO_ANSWER.at(place, reason=f"it has no message{_asking.said(data)}"))
    reason = choice.get("finish_reason")
    if refusal := message.get("refusal"):
        words = scalar(refusal) if isinstance(refusal, str) else ""
        raise DataError(s.REFUSED.at(place, said=f": {words}" if words else ""))
    if reason == "length":
        raise DataError(s.TRUNCATED.at(place, tokens=tokens))
    if reason == "content_filter":
        raise DataError(s.FILTERED.at(place))
    if not text.strip():
        raise DataError(s.NO_ANSWER.at(place, reason="the message is empty"))
    return Reply(text, choice.get("logprobs"))


def _unbound(schema: Any) -> Any:
    """A schema without bounds; what they say is in the prompt too. Keys of objects stay as they are."""
    if isinstance(schema, list):
        return [_unbound(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in _BOUNDS}
    named = kept.get("properties")
    found = {key: value if key in ("enum", "const") else _unbound(value) for key, value in kept.items()}
    if isinstance(named, dict):
        found["properties"] = {name: _unbound(value) for name, value in named.items()}
    return found


def _first(found: Any) -> Any:
    choices = found.get("choices") if isinstance(found, dict) else None
    return choices[0] if isinstance(choices, list) and choices else None


def _text(content: Any) -> str:
    """The words of a message, which some servers give in parts."""
    if isinstance(content, list):
        parts = [one.get("text") for one in content if isinstance(one, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""
