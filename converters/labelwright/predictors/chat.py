"""Any OpenAI-compatible chat server, for texts and images.

The model is told a template's own words: title, guidelines, questions with their labels, and the item. Its
answer is held to a JSON Schema of the controls (``response_format`` ``json_schema``); where a server says
that it knows none, to JSON (``json_object``), and where it does not know that either, it is asked in
words. Passages come as quotes and are looked up in the text, places as the notation ``boxes`` has them.
Scores are given where the server tells the probabilities of tokens, and nowhere else.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from labelwright.contracts import Asked, Guess, Notation, Query
from labelwright.predictors import _said as s
from labelwright.predictors._asking import INCIDENTAL, OPTIONS, Refused, Server
from labelwright.predictors._attached import attached
from labelwright.predictors._chatting import Adapted, Reply, adapted, body_for, reply_of, sampling
from labelwright.predictors._extras import agreed, needed, number
from labelwright.predictors._form import KINDS, is_strict, place_keys, schema_of
from labelwright.predictors._kept import digest
from labelwright.predictors._logprobs import probabilities
from labelwright.predictors._prompt import Prompt, guidelines
from labelwright.predictors._reading import Reading, body_of, parsed
from labelwright.predictors._spending import Budget
from labelwright.problems import DataError, Place, Problem, UsageError
from labelwright.records import Kind
from labelwright.registry import groundings, pick

log = logging.getLogger(__name__)
END = "/chat/completions"
SCORED = (Kind.CHOICE, Kind.PREFERENCE)


class _Item(Struct):
    """An item as it is sent."""

    words: str
    images: dict[str, str]
    sizes: dict[str, tuple[int, int]]


class Chat:
    """See the module."""

    name = "chat"
    title = "Chat model (any OpenAI-compatible server)"
    version = "1"
    remote = True
    inputs = ("text", "dialogue", "image", "json")
    kinds = KINDS
    options: ClassVar[dict[str, tuple[str, str]]] = {
        "url": ("", "the address of the API, such as https://host/v1"),
        "model": ("", "the model's name as the server knows it"),
        **OPTIONS,
        "temperature": ("0", "how freely it answers; empty: as the server has it"),
        "seed": ("0", "for the same answers again, where the server can; empty: none is sent"),
        "tokens": ("2048", "tokens that an answer may have"),
        "characters": ("50000", "characters that an item may have"),
        "side": ("1568", "pixels of an image's longer side; larger ones are sent smaller"),
        "boxes": ("qwen3-vl", "the notation of places, as --boxes names them: one of JSON lists"),
        "guidelines": ("yes", "whether the model is told the template's guidelines.md"),
        "logprobs": ("no", "yes: ask for probabilities of tokens, for scores of choices"),
        "price_in": ("0", "what a million tokens of questions cost"),
        "price_out": ("0", "what a million tokens of answers cost"),
        "max_cost": ("", "what all answers may cost together; empty: there is no bound"),
    }
    paths = ("key_file",)
    incidental = (*INCIDENTAL, "price_in", "price_out", "max_cost")

    def __init__(self, asked: Asked) -> None:
        """Nothing is asked yet. Raises ``UsageError`` for options that cannot be."""
        self._asked, self._template = asked, asked.template
        self._server = Server(asked, _completions(asked.option("url").strip()))
        if not asked.option("model"):
            raise UsageError("which model? set the option model to its name as the server knows it")
        self._side = int(number("side", asked.option("side"), 32, 8192))
        self._most = int(number("characters", asked.option("characters"), 1, 10_000_000))
        self._tokens = int(number("tokens", asked.option("tokens"), 1, 1_000_000))
        sampling(asked)
        self._notation = _notation(asked.option("boxes"))
        self._texts, self._images = _shown(asked, ("text",)), _shown(asked, ("image",))
        unseen = [n for n, i in self._template.inputs.items() if i.required and i.type not in self.inputs]
        if unseen:
            type_ = self._template.inputs[unseen[0]].type
            raise UsageError(f"it takes no {type_}, which template {self._template.name!r} is about")
        self._names = self._answerable()
        guide = guidelines(self._template) if agreed("guidelines", asked.option("guidelines")) else ""
        self._prompt = Prompt(asked, self._names, self._notation, guide)
        schema_of(self._template, self._names, self._notation)  # its files are read now, not with an item
        if any(self._template.inputs[name].type == "image" for name in asked.inputs):
            needed("vision", "PIL")
        self._budget = Budget(asked)
        self._adapted = Adapted(logprobs=agreed("logprobs", asked.option("logprobs")))
        self._lock = threading.Lock()
        self.batch = self._server.concurrency

    @staticmethod
    def fingerprint(asked: Asked) -> str:
        """A digest of the template as it goes into the prompt, and of its guidelines."""
        told = guidelines(asked.template) if asked.options.get("guidelines") == "yes" else ""
        return digest(told.encode(), msgspec.json.encode(msgspec.structs.replace(asked.template, folder="")))

    @property
    def told(self) -> str:
        """What was spent."""
        return self._budget.told

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """An answer to each item, several asked at once."""
        until = time.monotonic() + self._server.seconds
        with ThreadPoolExecutor(self._server.concurrency) as pool:
            found = list(pool.map(lambda query: self._each(query, until), batch))
        self._budget.keep()
        log.info("%s", self._budget.told)
        return found

    def _each(self, query: Query, until: float) -> Guess | Problem:
        place = Place(item=str(query.item.key))
        try:
            self._budget.check(place)
            item = self._item(query, place)
            reply = self._reply(query, item, until, place)
            given = parsed(reply.text, place)
            return self._guess(query, item, reply, given)
        except DataError as error:
            return error.problem
        except Exception as error:  # the answers to the other items are paid for
            return s.FAILED.at(place, reason=f"{type(error).__name__}: {str(error)[:200]}")

    def _guess(self, query: Query, item: _Item, reply: Reply, given: dict[str, Any]) -> Guess:
        reading = Reading(query, self._texts, self._images, self._notation, item.sizes)
        answers = reading.answers(given, self._names)
        chances = probabilities(reply.text, body_of(reply.text), reply.logprobs) if reply.logprobs else {}
        scored = [n for n in answers if n in chances and query.template.controls[n].kind in SCORED]
        return Guess(answers, scores={n: chances[n] for n in scored}, problems=reading.problems)

    def _item(self, query: Query, place: Place) -> _Item:
        words = self._prompt.user(query)
        if len(words) > self._most:
            raise DataError(s.TOO_LONG.at(place, length=len(words), limit=self._most))
        item = _Item(words, {}, {})
        for name in self._asked.inputs:
            there = query.item.inputs.get(name) not in (None, "")
            if not there and self._template.inputs[name].required:
                raise DataError(s.INPUT_MISSING.at(place, name=name))
            if there and self._template.inputs[name].type == "image":
                item.images[name], item.sizes[name] = attached(query, name, self._side)
        return item

    def _reply(self, query: Query, item: _Item, until: float, place: Place) -> Reply:
        """What the model says; a server that does not know a form of asking is asked in another."""
        schema = schema_of(query.template, self._names, self._notation)
        strict = is_strict(schema)
        while True:
            form = self._adapted
            system = self._prompt.system(query.template, None if form.schema else schema)
            body = body_for(
                self._asked, form, self._tokens, system, item.words, item.images, (schema, strict)
            )
            try:
                reply = self._server.post(body, until, place)
            except Refused as error:
                known = adapted(form, error.reply)
                if known is None:
                    raise
                with self._lock:
                    if self._adapted is form:
                        self._adapted = known
                        log.warning("%s does not know all that is asked: %s", self._server.name, known.told)
                continue
            words = len(system) + len(item.words)
            return reply_of(reply.data, self._server.name, place, self._tokens, self._budget, words)

    def _answerable(self) -> tuple[str, ...]:
        found = []
        for name in self._asked.controls:
            control = self._template.controls[name]
            if control.kind is Kind.SHAPES and not (
                name in self._images and place_keys(control, self._notation)[0]
            ):
                continue
            if control.kind is Kind.SPANS and name not in self._texts:
                continue
            found.append(name)
        if not found:
            names = ", ".join(self._asked.controls)
            raise UsageError(
                f"it cannot answer {names} of template {self._template.name!r}: it marks passages of"
                " texts, and boxes or points on images"
            )
        return tuple(found)


def _completions(url: str) -> str:
    """The address that is asked: that of the API, or the whole one, each with its query as some want it."""
    address, mark, query = url.partition("?")
    address = address.rstrip("/")
    return (address if not address or address.endswith(END) else address + END) + mark + query


def _shown(asked: Asked, types: Sequence[str]) -> dict[str, str]:
    """The input of one of some types that each control is about, where there is one."""
    fitting = [n for n in asked.inputs if asked.template.inputs[n].type in types]
    found = {}
    for name in asked.controls:
        named = asked.template.controls[name].input
        if (named or fitting) and (not named or named in fitting):
            found[name] = named or fitting[0]
    return found


def _notation(given: str) -> Notation:
    """The notation of ``NAME`` or ``NAME:key=value,...``, one of JSON lists. Raises ``UsageError``."""
    name, _, rest = given.partition(":")
    chosen: Notation = pick("notation", dict(groundings()), name)
    options: dict[str, Any] = dict(one.partition("=")[::2] for one in rest.split(",") if one)
    chosen = chosen.with_options(options) if options else chosen
    if not chosen.described().get("key"):
        able = [n for n, one in groundings().items() if one.described().get("key")]
        raise UsageError(f"boxes={name}: places have to be in JSON; these notations do: {', '.join(able)}")
    return chosen


plugin = Chat
