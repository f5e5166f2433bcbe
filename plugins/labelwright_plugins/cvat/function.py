"""A predictor as a function of cvat-sdk, for ``cvat-cli`` and ``cvat_sdk.auto_annotation``.

As in ``cvat-cli task auto-annotate 5 --function-module labelwright_plugins.cvat.function -p
predictor=str:layout -p template=str:ocr-documents``. The function's labels are those of the template, with
their attributes, so that they fit a project that ``labelwright install cvat`` made. Whatever CVAT cannot
hold, and whatever goes wrong with an image, is told on stderr by its code; an image that cannot be answered
costs itself alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labelwright.contracts import Control, Input, Served, Template
from labelwright.predicting.binding import bind, fits
from labelwright.predicting.finding import find, name_of
from labelwright.predicting.model import Model
from labelwright.problems import DataError, UsageError
from labelwright.registry import template_folders
from labelwright.render.load import find_template, load_template
from labelwright_plugins.cvat import asking
from labelwright_plugins.cvat.sdk_detector import Detector
from labelwright_plugins.cvat.sdk_drawing import Interactor, Tracker

NO_SHARE = (
    "share: cvat-cli does not say which task a frame is of, so that no lot can be drawn for it: "
    "labelwright prelabel cvat --share draws them"
)
Function = Detector | Tracker | Interactor
KINDS: dict[str, Callable[[Served, float], Function]] = {
    "detector": Detector,
    "tracker": Tracker,
    "interactor": Interactor,
}


def create(predictor: str, template: str = "", **given: Any) -> Function:
    """What ``cvat-cli`` calls with its parameters: ``made``, with one sentence where that cannot be."""
    try:
        return made(predictor, template, **given)
    except UsageError as error:
        raise SystemExit(f"labelwright: {error}") from None
    except DataError as error:
        raise SystemExit(f"labelwright: {error.problem.message}") from None


def made(
    predictor: str,
    template: str = "",
    kind: str = "detector",
    controls: str = "",
    inputs: str = "",
    labels: str = "",
    conf: float = 0.0,
    **options: Any,
) -> Function:
    """A function of a predictor, loaded.

    Args:
        predictor: its name, or ``./my_model.py:Model``.
        template: a template's name, or the folder of one's own; empty: the labels that it names itself.
        kind: detector, tracker or interactor.
        controls: the controls that it answers, between commas; all that it can where it is empty.
        inputs: the inputs that it reads, in the same way.
        labels: its labels as the template's own, ``ITS=OURS`` between commas; without a template, as CVAT's.
        conf: the score below which shapes are left out, where CVAT asks for no other.
        options: the predictor's own.

    Raises:
        UsageError: one of these does not fit the others.
        DataError: the predictor could not be loaded.
    """
    found = KINDS.get(kind)
    if found is None:
        raise UsageError(f"kind={kind!r}: there are {', '.join(KINDS)}")
    if not 0 <= conf <= 1:
        raise UsageError(f"conf={conf:g}: give 0 to 1")
    class_ = find(predictor)
    mapped = _pairs(labels)
    read = find_template(template, template_folders()) if template else _own(class_, predictor, mapped)
    texts = {name: _text(value) for name, value in options.items()}
    if "share" in texts.keys() - getattr(class_, "options", {}).keys():
        raise UsageError(NO_SHARE)
    asked = bind(class_, read, _names(controls), _names(inputs), texts)
    model = Model(predictor, class_, asked, mapped)
    model.load()
    model.ready()
    return found(model, conf)


def _own(class_: type[Any], predictor: str, mapped: dict[str, str]) -> Template:
    """A template of the labels that a predictor names itself, as they are ``mapped``, without the unwanted.

    Raises ``UsageError`` if it names none.
    """
    named = [str(label) for label in getattr(class_, "labels", ())]
    labels = list(dict.fromkeys(ours for its in named if (ours := mapped.get(its, its))))
    kind = next((kind for kind in asking.ANSWERED if kind in class_.kinds), None)
    if labels and kind is not None and "image" in class_.inputs:
        inputs = {"image": Input("image")}
        return Template(name_of(class_), inputs=inputs, controls={"answer": Control(kind, labels)})
    fitting = [name for name, path in template_folders().items() if fits(class_, load_template(path))]
    raise UsageError(
        f"which template? give -p template=str:NAME; {predictor} fits {', '.join(fitting) or 'none'}"
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _pairs(text: str) -> dict[str, str]:
    """``A=B,C=D`` as a mapping. Raises ``UsageError``."""
    found = {}
    for pair in _names(text):
        its, equals, ours = pair.partition("=")
        if not equals:
            raise UsageError(f"labels={text!r}: write ITS=OURS, several between commas")
        found[its.strip()] = ours.strip()
    return found
