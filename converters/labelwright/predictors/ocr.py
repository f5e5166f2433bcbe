"""The lines of text in an image, each with its place and its words (RapidOCR with PP-OCR's weights).

The weights for Latin and Chinese letters come with the package; nothing is downloaded. The words go into
what the template asks of each shape in writing: a transcript, or else a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelwright.contracts import Asked, Control, Guess, Query, Template
from labelwright.geometry.measures import extent
from labelwright.predictors._extras import needed, number
from labelwright.predictors._pictures import drawable, each, label_of, outlined, picture_of
from labelwright.problems import Problem
from labelwright.records import Kind, Shape

SIDE = 3000  # pixels of the longest side that it is given
THINNEST = 1.0  # pixels of a line's box
DRAWN = ("box", "polygon")


class Ocr:
    """See the module."""

    name = "ocr"
    title = "Lines of text in images"
    extra = "ocr"
    modules = ("rapidocr", "onnxruntime", "PIL")
    version = "rapidocr-3"
    inputs = ("image",)
    kinds = (Kind.SHAPES,)
    labels = ("TEXT",)
    options = {  # noqa: RUF012
        "threshold": ("0.5", "how sure it has to be of a line's words, 0 to 1"),
        "threads": ("2", "processors that it may use"),
    }
    batch = 4

    def __init__(self, asked: Asked) -> None:
        """Load the weights. Raises ``UsageError`` if the extra is missing or nothing can be drawn."""
        needed("ocr", "rapidocr", "onnxruntime", "PIL")
        self._asked = asked
        self._controls = drawable(asked, DRAWN)
        threads = int(number("threads", asked.option("threads"), 1, 64))
        self._engine = _engine(number("threshold", asked.option("threshold"), 0, 1), threads)

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """Lines from top to bottom."""
        return each(batch, self._guess)

    def _guess(self, query: Query) -> Guess:
        answers: dict[str, Any] = {}
        read: dict[str, list[tuple[Any, str, float]]] = {}
        for name in self._controls:
            control = query.template.controls[name]
            image = control.input or self._asked.inputs[0]
            picture = picture_of(query, image, SIDE)
            if image not in read:
                read[image] = self._lines(picture.pixels)
            words = _written(query.template, name)
            found = (
                _shape(picture.moved(corners), text, score, control, picture.size, words)
                for corners, text, score in read[image]
            )
            answers[name] = tuple(shape for shape in found if shape is not None)
        return Guess(answers)

    def _lines(self, pixels: Any) -> list[tuple[Any, str, float]]:
        """Four corners (from the top left, clockwise), words and score of every line."""
        found = self._engine(pixels[:, :, ::-1].copy())  # it wants blue first
        if found.boxes is None or found.txts is None:
            return []
        lines = zip(found.boxes.tolist(), found.txts, found.scores, strict=True)
        return [(corners, text, float(score)) for corners, text, score in lines if text.strip()]


def _shape(
    corners: Any, text: str, score: float, control: Control, size: tuple[int, int], words: str
) -> Shape | None:
    geometry = outlined(corners, control, size)
    if geometry is None:
        return None
    left, top, right, bottom = extent(geometry)
    if min(right - left, bottom - top) < THINNEST:
        return None
    label = label_of(control.labels, "TEXT", ("line", "word", "words", "ocr"))
    score = min(1.0, max(0.0, score))
    return Shape(geometry, label, score=score, answers=((words, text),) if words else ())


def _written(template: Template, name: str) -> str:
    """The control for the words of a shape; empty if nobody asks for them."""
    asked = {n: c.kind for n, c in template.controls.items() if c.on == name}
    return next((n for kind in (Kind.TRANSCRIPT, Kind.TEXT) for n, k in asked.items() if k is kind), "")


def _engine(threshold: float, threads: int) -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": threshold,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


plugin = Ocr
