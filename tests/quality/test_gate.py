"""What the gate says of agreement."""

from __future__ import annotations

import pytest

from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control, Quality, Template
from labelwright.quality.gate import gated_controls, judge
from labelwright.records import Kind

CONTROLS = {
    "a": Control(Kind.CHOICE, ["x", "y"]),
    "note": Control(Kind.TEXT),
    "why": Control(Kind.TEXT, on="a"),
}


def template(**quality: object) -> Template:
    return Template("t", controls=CONTROLS, quality=Quality(**quality))  # type: ignore[arg-type]


def state(*items: str) -> AgreementState:
    found = AgreementState({"a": CONTROLS["a"]})
    for number, answers in enumerate(items):
        given = [{"a": answer} for answer in answers]
        found.add(str(number), [f"p{i}" for i in range(len(given))], given)
    return found


@pytest.mark.parametrize(
    ("items", "expected", "code"),
    [
        (["xx", "yy", "xx", "yy", "xy"], "passed", ""),
        (["xx", "yy", "xy"], "failed", "quality.agreement-below-gate"),
        (["xy", "yx"], "failed", "quality.agreement-below-gate"),
        (["xx", "xx"], "not measurable", "quality.no-variation"),
        (["x", "y"], "not measurable", "quality.agreement-not-measurable"),
        ([], "not measurable", "quality.agreement-not-measurable"),
    ],
)
def test_the_gate(items: list[str], expected: str, code: str) -> None:
    agreement = state(*items).result(resamples=0)
    found = judge(agreement, template())
    assert found.state == expected
    assert [p.code for p in found.problems] == ([code] if code else [])
    assert all(p.remedy for p in found.problems)
    lenient = judge(agreement, template(), allow_unmeasured=True)
    assert lenient.state == ("failed" if expected == "failed" else "passed")


def test_a_value_on_the_gate_passes() -> None:
    assert judge(state("xx", "yy", "xx", "yy", "xy").result(resamples=0), template(), 0.8).state == "passed"


def test_which_controls_are_asked() -> None:
    assert gated_controls(template()) == ["a"]
    assert gated_controls(template(measure="chrf")) == ["a", "note"]
    assert gated_controls(template(gate=["note"])) == ["note"]
    assert gated_controls(Template("t", controls={"note": CONTROLS["note"]})) == ["note"]


def test_numbers_that_are_close_enough_pass_the_gate() -> None:
    controls = {"n": Control(Kind.NUMBER, tolerance=0.5)}
    state = AgreementState(controls)
    for item, (a, b) in enumerate([(1.0, 1.4), (2.0, 2.5), (3.0, 3.1), (4.0, 3.8), (9.0, 8.9)]):
        state.add(str(item), ["p", "q"], [{"n": a}, {"n": b}])
    template = Template("t", controls=controls)
    assert judge(state.result(0, 0), template).state == "passed"
    controls["n"].tolerance = 0.0
    assert judge(state.result(0, 0), template).state == "failed"
