"""Other names that projects give a predictor's labels."""

from __future__ import annotations

import pytest

from labelwright.predicting.labels import LabelMap

ALIKE = {"PERSON": ("PER", "NAME"), "GPE": ("CITY", "LOC"), "LOC": ("PLACE", "LOC")}


@pytest.mark.parametrize(
    ("label", "offered", "wanted"),
    [
        ("PERSON", ["PER", "ORG"], "PER"),
        ("PERSON", ["per", "Person"], "Person"),  # its own name comes first
        ("PERSON", ["NAME", "PER"], "PER"),  # then the likeliest, whatever the order
        ("GPE", ["LOC"], "LOC"),
        ("GPE", ["Loc", "City"], "City"),
        ("LOC", ["place"], "place"),
        ("PERSON", ["Per", "per"], None),  # which of the two?
        ("MONEY", ["PER"], None),
        ("MONEY", [], "MONEY"),
    ],
)
def test_a_label_gets_the_likeliest_name_that_the_project_has(
    label: str, offered: list[str], wanted: str | None
) -> None:
    assert LabelMap(alike=ALIKE).of(label, offered) == wanted


def test_what_is_told_comes_before_what_is_alike() -> None:
    told = LabelMap({"GPE": "ORG", "PERSON": ""}, ALIKE)
    assert told.of("GPE", ["LOC", "ORG"]) == "ORG" and told.of("PERSON", ["PER"]) == ""
