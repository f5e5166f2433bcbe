"""The measures of two annotators' matched shapes, from counts and sums: of one image, or of many at once."""

from __future__ import annotations

from typing import Any

NOTHING = ""  # the category of a thing that an annotator did not draw
STRICT = 0.75
FINE = float(1 << 40)


def exact(likeness: float) -> float:
    """A likeness in steps so fine that nobody sees them: any order of adding such gives the same sum."""
    return round(likeness * FINE) / FINE


def values_of(
    *,
    percent: Any,
    one: Any,
    labelled: Any,
    strict: Any,
    place: Any,
    drawn: Any,
    iou: Any,
    dice: Any,
    outlines: Any,
    areas: Any,
) -> dict[str, tuple[Any, Any]]:
    """Numerator and denominator of each measure, numbers or arrays with one of each image.

    Args:
        percent: the share that agrees.
        one: 1 for each image.
        labelled: matches with equal labels.
        strict: of these, those from an IoU of 0.75.
        place: matches, whatever the labels.
        drawn: the shapes of both.
        iou: the sum of the IoU of matches, of lines and points that of their nearness.
        dice: the sum of Dice.
        outlines: how many matches ``iou`` sums.
        areas: how many matches ``dice`` sums.
    """
    return {
        "percent": (percent, one),
        "shape_f1": (2.0 * labelled, drawn),
        "shape_f1_75": (2.0 * strict, drawn),
        "shape_f1_place": (2.0 * place, drawn),
        "mean_iou": (iou, outlines),
        "dice": (dice, areas),
    }
