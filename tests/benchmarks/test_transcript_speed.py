"""CPU of comparing transcripts, beside a published implementation on the same pairs."""

from __future__ import annotations

import statistics

import measuring
import pytest

PAIRS = 50_000
LEAST = 5.0

# The same pairs for both: 4 to 30 words of a vocabulary of 5000, about one in seven changed.
DATA = """
import json, random, sys, time
def pairs(count):
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnoprstuvw", k=rng.randint(2, 9))) for _ in range(5000)]
    left, right = [], []
    for _ in range(count):
        said = rng.choices(words, k=rng.randint(4, 30))
        left.append(" ".join(said))
        right.append(" ".join([rng.choice(words) if rng.random() < 0.15 else w for w in said]))
    return left, right
def timed(count, rates):
    left, right = pairs(count)
    found = {}
    for name, rate in rates.items():
        began = time.process_time()
        value = rate(left, right)
        found[name] = [value, time.process_time() - began]
    print(json.dumps(found))
"""
OURS = (
    DATA
    + """
from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control
from labelwright.records import Kind
def everything(left, right):
    state = AgreementState({"t": Control(Kind.TRANSCRIPT, normalise=["whitespace"])})
    for at, (a, b) in enumerate(zip(left, right)):
        state.add(str(at), ["a", "b"], [{"t": a}, {"t": b}])
    found = state.result(resamples=0).controls["t"].measures
    return [found["wer"].value, found["cer"].value]
everything(["a b"], ["a c"])  # imports, as the package's own are done before
timed(int(sys.argv[1]), {"both": everything})
"""
)
THEIRS = (
    DATA
    + """
import jiwer
def both(left, right):
    return [jiwer.wer(left, right), jiwer.cer(left, right)]
timed(int(sys.argv[1]), {"both": both})
"""
)
# An annotator is the reference of the other once, so that the rates are those of both directions.
TWICE = (
    DATA
    + """
import jiwer
left, right = pairs(int(sys.argv[1]))
left, right = left + right, right + left
print(json.dumps([jiwer.wer(left, right), jiwer.cer(left, right)]))
"""
)


@pytest.mark.benchmark
def test_rates_cost_a_fifth_of_the_package() -> None:
    """All that agreement does with a pair, beside the two rates in one direction alone."""
    wanted = measuring.printed(measuring.python(TWICE, str(PAIRS)))
    rounds = [
        [measuring.printed(measuring.python(code, str(PAIRS)))["both"] for code in (OURS, THEIRS)]
        for _ in range(measuring.ROUNDS)
    ]
    assert all(ours[0] == pytest.approx(wanted, abs=1e-12) for ours, _ in rounds)
    ours, theirs = (statistics.median(r[which][1] for r in rounds) for which in (0, 1))
    factor = statistics.median(theirs[1] / ours[1] for ours, theirs in rounds)
    print(
        f"\n{PAIRS:,} pairs of transcripts, CPU seconds: all measures of the engine {ours:.3f}, WER and CER"
    )
    print(f"of jiwer {theirs:.3f}: {factor:.1f} times faster")
    assert factor >= LEAST
