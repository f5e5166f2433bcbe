"""Gives annotators their pseudonyms, where people or files are to see them.

Inside a run annotators go by the tool's own ids, so that nothing that is computed depends on the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

from msgspec.structs import replace

from labelwright.agreement.result import Agreement, Drawing
from labelwright.contracts import FittedModel


def named(agreement: Agreement, names: Mapping[str, str]) -> Agreement:
    """The agreement with every annotator's name in place of the id."""
    for control in agreement.controls.values():
        for pair in control.pairs:
            pair.a, pair.b = names[pair.a], names[pair.b]
        for one in control.annotators:
            one.annotator = names[one.annotator]
        by_person = control.annotator_distribution
        control.annotator_distribution = {names[a]: counts for a, counts in by_person.items()}
    for item in agreement.contested:
        item.answers = {names[a]: answer for a, answer in item.answers.items()}
        if item.drawing is not None:
            item.drawing = _named_drawing(item.drawing, names)
    return agreement


def _named_drawing(drawing: Drawing, names: Mapping[str, str]) -> Drawing:
    matches = [replace(m, a=names[m.a], b=names[m.b]) for m in drawing.matches]
    shapes = {names[a]: own for a, own in drawing.shapes.items()}
    return replace(drawing, shapes=shapes, matches=matches)


def named_model(model: FittedModel, names: Mapping[str, str]) -> FittedModel:
    """A consensus model with every annotator's name in place of the id; the model itself is not changed."""
    people = sorted(((names[a], one) for a, one in model.annotators.items()), key=itemgetter(0))
    return replace(model, annotators=dict(people))
