"""How sure a model is of one value in its answer, by the probabilities of the tokens that it is made of.

The probability of a value is the product of those of its tokens, each given what stands before it (the
chain rule): that of exactly this label at this place of the answer.
"""

from __future__ import annotations

import math
from json import JSONDecodeError, JSONDecoder
from typing import Any

DIGITS = 6


def probabilities(text: str, body: str, told: Any) -> dict[str, float]:
    """The probability of each string among the values of the JSON object ``body`` in ``text``, by its key.

    ``told`` is ``logprobs`` as a chat server sends it. Empty where it does not go with the text.
    """
    tokens = told.get("content") if isinstance(told, dict) else None
    places = strings(text, max(0, text.rfind(body)))
    if not isinstance(tokens, list) or not places:
        return {}
    found = dict.fromkeys(places, 0.0)
    at = 0
    for one in tokens:
        token, chance = (one.get(k) for k in ("token", "logprob")) if isinstance(one, dict) else (None, None)
        if not isinstance(token, str) or isinstance(chance, bool) or not isinstance(chance, int | float):
            return {}
        end = at + len(token)
        for key, (start, stop) in places.items():
            if at < stop and start < end:
                found[key] += min(0.0, chance)
        at = end
    if "".join(one["token"] for one in tokens) != text or not all(map(math.isfinite, found.values())):
        return {}
    return {key: round(math.exp(total), DIGITS) for key, total in found.items()}


def strings(text: str, start: int = 0) -> dict[str, tuple[int, int]]:
    """Where the strings among the values of the JSON object behind ``start`` stand, without their quotes."""
    decoder, found = JSONDecoder(), {}
    at = _blanks(text, text.find("{", start) + 1)
    try:
        while text[at] == '"':
            key, at = decoder.raw_decode(text, at)
            at = _blanks(text, at)
            begin = _blanks(text, at + 1)  # behind the colon
            value, at = decoder.raw_decode(text, begin)
            if isinstance(value, str) and value:
                found[key] = (begin + 1, at - 1)
            at = _blanks(text, at)
            if text[at] != ",":
                break
            at = _blanks(text, at + 1)
    except (IndexError, JSONDecodeError, RecursionError):
        return {}
    return found


def _blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at
