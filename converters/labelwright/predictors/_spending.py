"""What asking a server has cost, and when it is enough."""

from __future__ import annotations

import logging
import threading

from msgspec import Struct

from labelwright.contracts import Asked
from labelwright.predictors import _said as s
from labelwright.predictors._extras import number
from labelwright.predictors._kept import keep, kept
from labelwright.problems import DataError, Place, UsageError

log = logging.getLogger(__name__)

FILE = "spent.msgpack"
MILLION = 1_000_000
_CHARACTERS = 3  # of a token, where a server does not count: rather too few


class Spent(Struct):
    """Tokens in and out, and requests; ``guessed`` of them were not counted by the server."""

    tokens_in: int = 0
    tokens_out: int = 0
    requests: int = 0
    guessed: int = 0


class Budget:
    """Counts what several threads spend. Kept in the predictor's folder, if it has one, over restarts."""

    def __init__(self, asked: Asked) -> None:
        """Read the options and what was spent before. Raises ``UsageError``."""
        self._prices = [number(n, asked.option(n), 0, 1e6) for n in ("price_in", "price_out")]
        given = asked.option("max_cost")
        self._most = number("max_cost", given, 0, 1e9) if given else None
        if self._most is not None and not any(self._prices):
            raise UsageError("max_cost needs the options price_in and price_out: what a million tokens cost")
        self._asked = asked
        self._lock = threading.Lock()
        self._spent = kept(asked, FILE, Spent)[0] or Spent()

    @property
    def cost(self) -> float:
        """In the currency of the prices."""
        spent = self._spent
        return (spent.tokens_in * self._prices[0] + spent.tokens_out * self._prices[1]) / MILLION

    @property
    def told(self) -> str:
        """What was spent, in words."""
        spent = self._spent
        if not spent.requests:
            return "nothing was spent yet"
        money = f"{self.cost:.4f} spent, " if any(self._prices) else ""
        guessed = f" ({spent.guessed} of them without a count, which is guessed)" if spent.guessed else ""
        tokens = f"{spent.tokens_in} tokens in and {spent.tokens_out} out"
        return f"{money}{tokens} for {spent.requests} answers{guessed}"

    def check(self, place: Place) -> None:
        """Raise ``DataError`` if no more may be spent."""
        with self._lock:
            if self._most is not None and self.cost >= self._most:
                raise DataError(s.SPENT.at(place, told=self.told, limit=self._most))

    def add(self, usage: object, asked: int, answered: int) -> None:
        """Count an answer: as the server counts, or else by the ``asked`` and ``answered`` characters."""
        counts = usage if isinstance(usage, dict) else {}
        into, out = (counts.get(name) for name in ("prompt_tokens", "completion_tokens"))
        known = type(into) is int and type(out) is int and into >= 0 and out >= 0
        with self._lock:
            self._spent.requests += 1
            self._spent.guessed += not known
            self._spent.tokens_in += into if known else asked // _CHARACTERS + 1  # type: ignore[operator]
            self._spent.tokens_out += out if known else answered // _CHARACTERS + 1  # type: ignore[operator]

    def keep(self) -> None:
        """Write down what was spent."""
        if self._asked.folder:
            try:
                with self._lock:
                    keep(self._asked, FILE, self._spent, "chat")
            except OSError as error:  # it counts on: answers that are paid for are not thrown away
                log.warning("what was spent cannot be written down: %s", error.strerror)
