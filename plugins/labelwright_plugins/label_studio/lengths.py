"""How long the sounds of a task are: its regions say it, once for each."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from labelwright.contracts import Template
from labelwright.problems import Place, Problems, ProblemType, Severity
from labelwright_plugins.label_studio.config import LabelConfig
from labelwright_plugins.label_studio.fields import RawAnnotation

LENGTHS_DIFFER = ProblemType(
    "label-studio.lengths-differ",
    "The regions of one sound say different lengths of it",
    "the lengths of {name!r} are {shortest:g} to {longest:g} seconds; the longest is used",
    "The sound was replaced after some had annotated it: have those annotations checked.",
    Severity.WARNING,
)
TYPES = ("audio", "video")
APART = 0.1  # seconds: browsers read the length of one file a little differently


class LengthReader:
    """Finds the inputs that are heard, and their lengths in the annotations of a task."""

    def __init__(self, template: Template, config: LabelConfig | None, problems: Problems) -> None:
        """``config`` tells which input an object of the page shows; without it, that of its name."""
        self._problems = problems
        heard = [name for name, given in template.inputs.items() if given.type in TYPES]
        self._inputs = {name: name for name in heard}
        for shown in config.objects.values() if config is not None and heard else ():
            if shown.name not in self._inputs and shown.variable in heard:
                self._inputs[shown.name] = shown.variable

    def read(self, annotations: Iterable[RawAnnotation], place: Place) -> dict[str, float]:
        """Seconds by input; where the regions differ, the longest."""
        if not self._inputs:
            return {}
        found: dict[str, list[float]] = {}
        for annotation in annotations:
            for result in annotation.result:
                length = result.original_length
                name = self._inputs.get(result.to_name)
                if name is not None and type(length) in (int, float) and 0 < length < inf:
                    found.setdefault(name, []).append(float(length))
        for name, lengths in found.items():
            shortest, longest = min(lengths), max(lengths)
            if longest - shortest > APART:
                self._problems.add(LENGTHS_DIFFER.at(place, name=name, shortest=shortest, longest=longest))
        return {name: max(lengths) for name, lengths in found.items()}
