"""What of a server's JSON answer is the answer to which control, as a user's file says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct, field

from labelwright.contracts import Control, Query
from labelwright.geometry.shapes import FARTHEST, Box
from labelwright.predictors._paths import JsonPath
from labelwright.problems import DataError, Place, Problem, ProblemType, Severity, UsageError
from labelwright.records import Kind, Segment, Shape, Span, Value

PATH_EMPTY = ProblemType(
    "http-json.path-empty",
    "A server's answer has nothing where an answer is looked for",
    "control {control!r}: the answer has nothing at {path!r}",
    "Correct the path in the file of the predictor, or see why the server answers otherwise.",
    Severity.WARNING,
)
UNFIT = ProblemType(
    "http-json.answer-unfit",
    "A server's answer is none that a control can have",
    "control {control!r}: {reason}",
    "Correct the file of the predictor, or see why the server answers otherwise.",
)
WHOLE = (
    *(Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.RATING, Kind.NUMBER, Kind.DATE, Kind.TEXT),
    *(Kind.TRANSCRIPT, Kind.JSON, Kind.PREFERENCE),
)
REGIONS = (Kind.SPANS, Kind.SEGMENTS, Kind.SHAPES)
KINDS = (*WHOLE, *REGIONS)
_ORDERS = {"x1y1x2y2": (0, 1, 2, 3), "y1x1y2x2": (1, 0, 3, 2), "xywh": (0, 1, 2, 3), "cxcywh": (0, 1, 2, 3)}


class Mapped(Struct, forbid_unknown_fields=True, dict=True):
    """Where the answer to a control is. All are paths; those of regions begin at one of ``each``.

    ``value`` is the answer itself. Or ``each`` leads to several things: a choice is the ``label`` of the one
    with the highest ``score``, choices those of all that have at least ``least``. Regions are such things
    too: passages from ``start`` to ``end``, counted in ``offsets``; stretches of time from ``start`` to
    ``end`` in seconds; boxes of four numbers, in one list (``box``) or at four paths (``sides``), in an
    ``order`` and a ``scale``. ``answers`` are what is asked of each, by control.
    """

    value: str = ""
    each: str = ""
    label: str = ""
    score: str = ""
    least: float = 0.0
    start: str = ""
    end: str = ""
    offsets: Literal["characters", "utf-16", "bytes"] = "characters"
    box: str = ""
    sides: list[str] = []
    order: Literal["x1y1x2y2", "y1x1y2x2", "xywh", "cxcywh"] = "x1y1x2y2"
    scale: Literal["pixels", "1", "100", "1000"] = "pixels"
    answers: dict[str, str] = field(default_factory=dict)

    @cached_property
    def paths(self) -> dict[str, JsonPath]:
        """The paths by name. Raises ``UsageError`` for one that is none."""
        names = ("value", "each", "label", "score", "start", "end", "box")
        return {name: JsonPath(getattr(self, name), name) for name in names}

    @cached_property
    def inner(self) -> dict[str, JsonPath]:
        """The paths of what is asked of each region."""
        return {name: JsonPath(text, name) for name, text in self.answers.items()}

    @cached_property
    def corners(self) -> list[JsonPath]:
        """The four paths of a box."""
        return [JsonPath(text, "sides") for text in self.sides]

    def check(self, name: str, control: Control, asked: set[str]) -> None:
        """Raise ``UsageError`` for what cannot be read so. ``asked``: the controls of its regions."""
        where = f"[answers.{name}]"
        several = self.paths["each"].several
        if control.kind in REGIONS and not self.each:
            raise UsageError(f"{where} needs each: the path to its regions, such as items[*]")
        if control.kind is Kind.SHAPES and bool(self.box) == (len(self.sides) == 4):
            raise UsageError(f"{where} needs box, or sides with four paths")
        if control.kind in (Kind.SPANS, Kind.SEGMENTS) and not (self.start and self.end):
            raise UsageError(f"{where} needs start and end")
        if control.kind in WHOLE and bool(self.value) == bool(self.each):
            raise UsageError(f"{where} needs value or each: the path to the answer")
        if self.each and not several:
            raise UsageError(f"{where}: each has to end in [*]")
        if self.least and not (self.each and self.score):
            raise UsageError(f"{where}: least needs each and score: what has to be at least that")
        if control.kind not in (*REGIONS, Kind.CHOICE, Kind.CHOICES) and self.each:
            raise UsageError(f"{where}: an answer of kind {control.kind} is a value")
        unknown = sorted(set(self.inner) - asked)
        if unknown:
            raise UsageError(f"{where}: {unknown[0]!r} is not asked of its regions")
        _ = self.corners


class Mapper:
    """Reads one answer. ``problems`` grows."""

    def __init__(self, query: Query, shown: dict[str, str]) -> None:
        """``shown``: the input that each control is about."""
        self._query, self._shown = query, shown
        self.problems: list[Problem] = []
        self.scores: dict[str, float] = {}
        self.shares: dict[str, dict[str, float]] = {}

    def value(self, name: str, told: Mapped, given: Any) -> Value | None:
        """The value of a control; None where there is none."""
        control = self._query.template.controls[name]
        if told.each and not told.paths["each"].there(given):
            self._tell(PATH_EMPTY, name, path=told.each)
            return None
        if control.kind in REGIONS:
            made = {Kind.SPANS: self._span, Kind.SEGMENTS: self._segment, Kind.SHAPES: self._shape}[
                control.kind
            ]
            found = [made(name, told, one) for one in self._each(name, told, given)]
            kept = tuple(one for one in found if one is not None)
            return kept if kept or not found else None  # that all are unfit is no answer of none
        if told.each:
            return self._best(name, control, told, given)
        found_one = told.paths["value"].one(given)
        if found_one is None:
            self._tell(PATH_EMPTY, name, path=told.value)
        elif told.score and (score := self._score(name, told, given)) is not None:
            self.scores[name] = score
        return found_one

    def _tell(self, kind: ProblemType, name: str, **what: Any) -> None:
        place = Place(item=str(self._query.item.key), control=name)
        self.problems.append(kind.at(place, control=name, **what))

    def _each(self, name: str, told: Mapped, given: Any) -> Iterator[Any]:
        """The things that are sure enough."""
        for one in told.paths["each"].find(given):
            score = self._score(name, told, one) if told.score else None
            if not told.score or (score is not None and score >= told.least):
                yield one

    def _best(self, name: str, control: Control, told: Mapped, given: Any) -> Value | None:
        found = [
            (label, self._score(name, told, one) if told.score else None)
            for one in told.paths["each"].find(given)
            if (label := self._label(name, told, one))
        ]
        shares = {label: score for label, score in found if score is not None}
        if shares:
            self.shares[name] = shares
        if told.score:
            found = [(label, score) for label, score in found if score is not None and score >= told.least]
        if control.kind is Kind.CHOICES:
            scores = [score for _, score in found if score is not None]
            if scores:
                self.scores[name] = min(scores)  # as sure of all as of the least sure
            return tuple(sorted({label for label, _ in found}))
        if not found:
            return None  # none is sure enough, or the list of them is empty
        label, score = max(found, key=lambda pair: pair[1] or 0.0)  # the first of equals
        if score is not None:
            self.scores[name] = score
        return label

    def _score(self, name: str, told: Mapped, one: Any) -> float | None:
        found = told.paths["score"].one(one)
        if isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= 1:
            return float(found)
        self._tell(UNFIT, name, reason=f"the score {str(found)[:40]} is no number from 0 to 1")
        return None

    def _label(self, name: str, told: Mapped, one: Any) -> str:
        if not told.label and self._query.template.controls[name].kind in REGIONS:
            return ""
        found = told.paths["label"].one(one)
        if isinstance(found, str):
            return found
        self._tell(UNFIT, name, reason=f"the label at {told.label!r} is of type {type(found).__name__}")
        return ""

    def _numbers(self, name: str, paths: list[JsonPath], one: Any) -> list[float] | None:
        found = [path.one(one) for path in paths]
        found = found[0] if len(found) == 1 and isinstance(found[0], list) else found
        if all(isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < FARTHEST for n in found):
            return [float(n) for n in found]
        shown = ", ".join(path.text for path in paths)
        self._tell(UNFIT, name, reason=f"at {shown} are no numbers: {str(found)[:80]}")
        return None

    def _rest(self, name: str, told: Mapped, one: Any) -> dict[str, Any]:
        """What all regions have."""
        answers = [(asked, path.one(one)) for asked, path in told.inner.items()]
        score = self._score(name, told, one) if told.score else None
        return {"score": score, "answers": tuple((a, v) for a, v in answers if v is not None)}

    def _span(self, name: str, told: Mapped, one: Any) -> Span | None:
        bounds = self._numbers(name, [told.paths["start"], told.paths["end"]], one)
        if bounds is None:
            return None
        text = self._query.text(self._shown[name])
        try:
            start, end = (_characters(text, number, told.offsets) for number in bounds)
        except ValueError as error:
            self._tell(UNFIT, name, reason=str(error))
            return None
        return Span(start, end, self._label(name, told, one), **self._rest(name, told, one))

    def _segment(self, name: str, told: Mapped, one: Any) -> Segment | None:
        bounds = self._numbers(name, [told.paths["start"], told.paths["end"]], one)
        if bounds is None:
            return None
        return Segment(bounds[0], bounds[1], self._label(name, told, one), **self._rest(name, told, one))

    def _size(self, image: str) -> tuple[int, int] | None:
        if self._query.size(image) is None:
            with suppress(DataError):
                self._query.file(image)  # its headers tell
        return self._query.size(image)

    def _shape(self, name: str, told: Mapped, one: Any) -> Shape | None:
        numbers = self._numbers(name, [told.paths["box"]] if told.box else told.corners, one)
        if numbers is None:
            return None
        if len(numbers) != 4:
            self._tell(UNFIT, name, reason=f"a box has {len(numbers)} numbers")
            return None
        a, b, c, d = (numbers[n] for n in _ORDERS[told.order])
        if told.scale != "pixels":
            size = self._size(self._shown[name])
            if size is None:
                self._tell(UNFIT, name, reason="the size of the image is not known")
                return None
            across, down = (side / float(told.scale) for side in size)
            a, b, c, d = a * across, b * down, c * across, d * down
        if told.order == "cxcywh":
            a, b = a - c / 2, b - d / 2
        elif told.order != "xywh":
            c, d = c - a, d - b
        if min(c, d) <= 0:
            self._tell(UNFIT, name, reason=f"a box has no area: {numbers}")
            return None
        return Shape(Box(a, b, c, d), self._label(name, told, one), **self._rest(name, told, one))


def _characters(text: str, offset: float, unit: str) -> int:
    """An offset as code points. Raises ``ValueError`` for one inside of a character."""
    if offset != int(offset) or offset < 0:
        raise ValueError(f"the offset {offset:g} is no whole number from 0")
    if unit == "characters":
        return int(offset)
    codec, width = ("utf-16-le", 2) if unit == "utf-16" else ("utf-8", 1)
    data = text.encode(codec, "surrogatepass")
    if offset * width > len(data):
        raise ValueError(f"the offset {offset:g} lies behind the end of the text")
    try:
        return len(
            data[: int(offset) * width].decode(codec, "surrogatepass" if unit == "bytes" else "strict")
        )
    except UnicodeDecodeError:
        raise ValueError(f"the offset {offset:g} lies inside of a character") from None
