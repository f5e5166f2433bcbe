"""What is said of a measure is read from its function."""

import pytest

from labelwright.agreement.catalogue import FACTS, measures, read_doc
from labelwright.quality.gate import ERRORS


def test_every_entry_says_everything() -> None:
    documented = measures()
    assert len(documented) > 20
    for name, doc in documented.items():
        assert doc.summary.endswith("."), name
        assert tuple(doc.facts) == FACTS and all(doc.facts.values()), name


def test_errors_are_those_of_which_less_is_better() -> None:
    documented = measures()
    told = {n for n, d in documented.items() if "less is better" in f"{d.summary} {d.text}".casefold()}
    assert told - {"cer_similarity"} == ERRORS  # told of together with cer


def test_a_docstring_that_lacks_a_fact_is_refused() -> None:
    def half() -> None:
        """A measure.

        Formula: 1

        Range: 0 to 1
        """

    with pytest.raises(ValueError, match="must say once each of"):
        read_doc(half)
