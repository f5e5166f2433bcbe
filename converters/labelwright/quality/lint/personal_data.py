"""Personal data in what a model reads or learns.

A model repeats what it was trained on. Found are e-mail addresses, phone numbers with a country code
(or written 555-555-1234), IBANs and card numbers whose check digits are right (ISO 7064; Luhn), public
IP addresses and US social security numbers. Addresses and numbers reserved for examples are left alone
(RFC 2606). Names of people are not looked for. What is found is shown masked only.
"""

from __future__ import annotations

from collections.abc import Iterable

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._personal import mask, personal
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Rule

PERSONAL = ProblemType(
    "lint.personal-data",
    "A row holds personal data",
    "{where} has what looks like personal data ({kind}): {masked}",
    "Replace it by something invented, or leave the row out.",
    Severity.WARNING,
)
PER_ROW = 5


class PersonalData(Rule):
    """Searches input and target of each row."""

    name = "personal-data"

    def see(self, row: Row) -> Iterable[Problem]:
        """What looks personal: each value once a row and at most five."""
        told: set[str] = set()
        for where, text in (("the target", row.taught), ("the input", row.asked)):
            for found in personal(text):
                value = text[found.start : found.end].strip()
                if value not in told and len(told) < PER_ROW:
                    told.add(value)
                    yield PERSONAL.at(row.place, where=where, kind=found.kind, masked=mask(value))


plugin = PersonalData
