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
from labelwright.agreement.transcripts import corpus_cer, corpus_wer
from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control
from labelwright.records import Kind
def everything(left, right):
    state = AgreementState({"t": Control(Kind.TRANSCRIPT, normalise=["whitespace"])})
    for at, (a, b) in enumerate(zip(left, right)):
        state.add(str(at), ["a", "b"], [{"t": a}, {"t": b}])
    return len(state.result(resamples=0).controls["t"].measures)
timed(int(sys.argv[1]), {"wer": corpus_wer, "cer": corpus_cer, "everything": everything})
"""
)
THEIRS = (
    DATA
    + """
import jiwer
timed(int(sys.argv[1]), {"wer": jiwer.wer, "cer": jiwer.cer})
"""
)


@pytest.mark.benchmark
def test_rates_cost_a_fifth_of_the_package() -> None:
    rounds = [
        [measuring.printed(measuring.python(code, str(PAIRS))) for code in (OURS, THEIRS)]
        for _ in range(measuring.ROUNDS)
    ]
    print(f"\n{PAIRS:,} pairs of transcripts, CPU seconds")
    for name in ("wer", "cer"):
        assert all(ours[name][0] == theirs[name][0] for ours, theirs in rounds)
        ours, theirs = (statistics.median(r[which][name][1] for r in rounds) for which in (0, 1))
        factor = statistics.median(t[name][1] / o[name][1] for o, t in rounds)
        print(f"  {name}: {ours:.3f}, jiwer {theirs:.3f}: {factor:.1f} times faster")
        assert factor >= LEAST, name
    whole = statistics.median(ours["everything"][1] for ours, _ in rounds)
    share = statistics.median(
        ours["everything"][1] / (theirs["wer"][1] + theirs["cer"][1]) for ours, theirs in rounds
    )
    print(f"  all measures of the engine, one item a pair: {whole:.3f}; {share:.2f} of jiwer's two rates")
    assert share < 1.0
