"""Published values, to the digits given."""

from collections.abc import Sequence

import pytest

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import ControlAgreement, State
from labelwright.contracts import Control
from labelwright.records import Kind, Level, Value


def measured(control: Control, units: Sequence[Sequence[Value]]) -> ControlAgreement:
    state = AgreementState({"c": control})
    for at, unit in enumerate(units):
        who = [f"a{i}" for i in range(len(unit))]
        state.add(str(at), who, [{} if v == "*" else {"c": v} for v in unit])
    return state.result(resamples=50).controls["c"]


def value(control: ControlAgreement, name: str) -> float:
    found = control.measures[name]
    assert found.state is State.OK and found.value is not None
    return found.value


def from_table(table: list[list[int]]) -> list[tuple[str, str]]:
    return [(str(i), str(j)) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]


CODERS = [
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * 3",
    "* 3 3 3 2 3 4 2 2 5 1 *",
    "1 2 3 3 2 4 4 1 2 5 1 *",
]
KRIPPENDORFF = list(zip(*[c.split() for c in CODERS], strict=True))


@pytest.mark.parametrize(
    ("level", "alpha"),
    [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)],
)
def test_krippendorff_2011(level: str, alpha: float) -> None:
    for labels in ([], list("12345")):
        found = measured(Control(Kind.CHOICE, labels=labels, level=Level(level)), KRIPPENDORFF)
        assert value(found, "krippendorff_alpha") == pytest.approx(alpha, abs=5e-5)
        assert value(found, "gwet_ac1") == pytest.approx(0.77544, abs=5e-6)
        assert value(found, "fleiss_kappa") == pytest.approx(0.76117, abs=5e-6)
        assert value(found, "brennan_prediger") == pytest.approx(0.77273, abs=5e-6)


def test_krippendorff_2004() -> None:
    units = ["10", "11", "01", "00", "00", "01", "00", "01", "00", "00"]
    found = measured(Control(Kind.CHOICE), units)
    assert value(found, "percent") == pytest.approx(0.6)
    assert value(found, "krippendorff_alpha") == pytest.approx(0.0952, abs=5e-5)
    found = measured(Control(Kind.CHOICE), ["aa", "ab", *["bb"] * 4, "bc", *["cc"] * 5])
    assert value(found, "percent") == pytest.approx(0.833, abs=5e-4)
    assert value(found, "krippendorff_alpha") == pytest.approx(0.7341, abs=5e-5)


def test_cohen_1960() -> None:
    control = Control(Kind.CHOICE, level=Level.ORDINAL)
    found = measured(control, from_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]]))
    expected = {
        "percent": 0.70,
        "cohen_kappa": 0.4915,
        "cohen_kappa_linear": 0.4737,
        "cohen_kappa_quadratic": 0.4545,
        "gwet_ac1": 0.57597,
    }
    for name, figure in expected.items():
        assert value(found, name) == pytest.approx(figure, abs=5e-5 if name != "gwet_ac1" else 5e-6)
    found = measured(Control(Kind.CHOICE), from_table([[25, 12, 3], [13, 2, 15], [12, 16, 2]]))
    assert value(found, "cohen_kappa") == pytest.approx(-0.0923, abs=5e-5)


def test_artstein_poesio_2008() -> None:
    found = measured(Control(Kind.CHOICE), from_table([[20, 10], [20, 50]]))
    assert value(found, "brennan_prediger") == pytest.approx(0.40, abs=5e-3)
    assert value(found, "scott_pi") == pytest.approx(0.3407, abs=5e-5)
    assert value(found, "cohen_kappa") == pytest.approx(0.3478, abs=5e-5)


# Fleiss 1971: the diagnoses (1 to 5) of 30 patients by six psychiatrists each.
FLEISS = (
    "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 "
    "144444 124444 222333 144444 224445 333335 111455 111112 224444 133555 "
    "555555 244444 224555 114444 144445 222224 111155 224444 133333 555555"
)


def test_fleiss_1971() -> None:
    found = measured(Control(Kind.CHOICE), FLEISS.split())
    assert value(found, "fleiss_kappa") == pytest.approx(0.4302, abs=5e-5)
    assert value(found, "percent") == pytest.approx(0.5556, abs=5e-5)
    assert value(found, "gwet_ac1") == pytest.approx(0.44788, abs=5e-6)
    per_category = [found.labels[label]["fleiss_kappa"].value for label in "12345"]
    assert per_category == pytest.approx([0.245, 0.245, 0.520, 0.471, 0.566], abs=5e-4)


@pytest.mark.parametrize(
    ("name", "figure"), [("krippendorff_alpha", 0.2731), ("krippendorff_alpha_jaccard", 0.3156)]
)
def test_sets(name: str, figure: float) -> None:
    pairs = ["/", "A/", "A/A", "A/B", "AB/A", "AB/AC", "ABC/ABC", "C/AC", "C/AC"]
    units = [tuple(tuple(side) for side in pair.split("/")) for pair in pairs]
    assert value(measured(Control(Kind.CHOICES), units), name) == pytest.approx(figure, abs=5e-5)


def test_never_agreeing_is_zero() -> None:
    found = measured(Control(Kind.CHOICE), [("a", "b"), ("b", "a"), ("a", "c")])
    assert found.measures["percent"].value == 0.0
