"""What the results of a task tell of its images and films: sizes, numbers of frames, frame rates."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from labelwright.contracts import Template
from labelwright.geometry.shapes import FARTHEST, MOST_FRAMES
from labelwright.problems import Place, Problems, ProblemType
from labelwright.records import Film
from labelwright_plugins.label_studio.config import LabelConfig
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.served import without_number

SIZES_DIFFER = ProblemType(
    "label-studio.sizes-differ",
    "Regions of one image say different sizes of it",
    "regions of {name!r} say {first} and {second} pixels; the pixels of each are its own size's",
    "The image was replaced after some had annotated it: have those annotations checked.",
)
FRAMES_DIFFER = ProblemType(
    "label-studio.frames-differ",
    "Regions of one film say different numbers of frames",
    "regions of {name!r} say {first} and {second} frames; the larger number is used",
    "The film or the frame rate of its tag was changed after some had annotated it: have them checked.",
)
TYPES = ("image", "video")
FRAME_RATE = 24.0  # of a Video tag that names none
Size = tuple[int, int]


class PictureReader:
    """Gathers what is known of one task's images and films; begun anew for each task."""

    def __init__(self, template: Template, config: LabelConfig | None, problems: Problems) -> None:
        """``config`` tells which input an object of the page shows; without it, that of its name."""
        self._problems = problems
        self._config = config
        self._shown = [name for name, given in template.inputs.items() if given.type in TYPES]
        self._names = {name: name for name in self._shown}
        self._data: Mapping[str, Any] = {}
        self._meta: Mapping[str, Any] = {}
        self._place = Place()
        self.sizes: dict[str, Size] = {}
        self.films: dict[str, Film] = {}

    def begin(self, place: Place, data: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
        """Forget the last task."""
        self._place, self._data, self._meta = place, data, meta
        self.sizes, self.films = {}, {}

    def input_of(self, to_name: str) -> str:
        """The input that a result is about."""
        found = self._names.get(to_name)
        if found is None:
            found = self._names[to_name] = self._find(to_name)
        return found

    def _find(self, to_name: str) -> str:
        objects = self._config.objects if self._config is not None else {}
        for name in (to_name, without_number(to_name)):
            shown = objects.get(name)
            for candidate in (name, shown.variable if shown is not None else ""):
                if candidate in self._shown:
                    return candidate
        return self._shown[0] if self._shown else to_name

    def unit_of(self, result: Result) -> str:
        """Which of several images a result is about; empty where the input shows one."""
        index = result.item_index
        name = self.input_of(result.to_name)
        several = isinstance(self._data.get(self._variable(result.to_name, name)), list)
        if type(index) is int and (index or several):
            return str(index)
        short = without_number(result.to_name)
        number = result.to_name[len(short) :].lstrip("_-")
        if number and (several or self._repeated(short)):
            return str(int(number))
        return "0" if several else ""

    def _repeated(self, name: str) -> bool:
        shown = self._config.objects.get(name) if self._config is not None else None
        return shown is not None and shown.repeated

    def _variable(self, to_name: str, name: str) -> str:
        objects = self._config.objects if self._config is not None else {}
        shown = objects.get(to_name) or objects.get(without_number(to_name))
        return shown.variable if shown is not None and shown.variable else name

    def size_of(self, result: Result, unit: str) -> Size | None:
        """Width and height of a result's image in pixels, as the result says; None if it does not."""
        size = _size(result.original_width, result.original_height)
        if size is None:
            return None
        name = self.input_of(result.to_name)
        key = f"{name}[{unit}]" if unit else name
        known = self.sizes.setdefault(key, size)
        if known != size:
            first, second = ("{} x {}".format(*s) for s in (known, size))
            self._problems.add(SIZES_DIFFER.at(self._place, name=key, first=first, second=second))
        return size

    def film_size(self, result: Result) -> Size | None:
        """Width and height of a film, which results do not say: ``width`` and ``height`` of data or meta."""
        name = self.input_of(result.to_name)
        size = _size(result.original_width, result.original_height) or self._told()
        if size is not None:
            self.sizes.setdefault(name, size)
        return size

    def complete(self) -> None:
        """Add the size of the only image or film where nothing was drawn on it, and data or meta tell."""
        if len(self._shown) == 1 and not self.sizes:
            (name,) = self._shown
            size = None if isinstance(self._data.get(name), list) else self._told()
            if size is not None:
                self.sizes[name] = size

    def _told(self) -> Size | None:
        for held in (self._data, self._meta):
            size = _size(held.get("width"), held.get("height"))
            if size is not None:
                return size
        return None

    def film(self, result: Result) -> Film:
        """The film that a result is about, with what the result says of it added."""
        name = self.input_of(result.to_name)
        known = self.films.get(name)
        if known is None:
            known = Film(0, self._rate(result.to_name))
        value = result.value if isinstance(result.value, dict) else {}
        count: Any = value.get("framesCount")
        seconds: Any = value.get("duration")
        frames = count if type(count) is int and 0 < count <= MOST_FRAMES else 0
        if frames and known.frames and frames != known.frames:
            what = {"name": name, "first": known.frames, "second": frames}
            self._problems.add(FRAMES_DIFFER.at(self._place, **what))
        rate = known.rate
        if rate is None and frames and type(seconds) in (int, float) and isfinite(seconds) and seconds > 0:
            rate = frames / seconds
        known = Film(max(frames, known.frames), rate)
        if known.frames or known.rate:
            self.films[name] = known
        return known

    def _rate(self, to_name: str) -> float | None:
        """Frames a second as the tag Video says; a number below 1 is the length of a frame."""
        shown = self._config.objects.get(to_name) if self._config is not None else None
        if shown is None or shown.tag != "Video":
            return None
        written: Any = shown.frame_rate or FRAME_RATE
        if isinstance(written, str) and written.startswith("$"):
            written = self._data.get(written[1:])
        try:
            rate = float(written)
        except (TypeError, ValueError):
            return FRAME_RATE
        if not isfinite(rate) or rate <= 0:
            return FRAME_RATE
        return rate if rate >= 1 else 1 / rate


def _size(width: Any, height: Any) -> Size | None:
    """Whole numbers of pixels; None for anything else."""
    if type(width) is float and width.is_integer():
        width = int(width)
    if type(height) is float and height.is_integer():
        height = int(height)
    whole = type(width) is type(height) is int
    return (width, height) if whole and 0 < width <= FARTHEST and 0 < height <= FARTHEST else None
