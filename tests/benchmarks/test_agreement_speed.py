"""CPU and memory of measuring agreement, beside a published implementation on the same answers."""

from __future__ import annotations

import statistics

import measuring
import pytest

ITEMS = 200_000

# The same answers for both: 20 labels, three annotators, each right four times out of five.
DATA = """
import json, random, sys, time
def answers(items):
    rng, labels = random.Random(1), range(20)
    for _ in range(items):
        truth = rng.choice(labels)
        yield [truth if rng.random() < 0.8 else rng.choice(labels) for _ in range(3)]
def done(**found):
    # Not ru_maxrss, which a process inherits from the one that starts it.
    status = open("/proc/self/status").read()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({**found, "peak": peak}))
items = int(sys.argv[1])
"""
OURS = (
    DATA
    + """
import labelwright.agreement.coded
from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control
from labelwright.records import Kind
state = AgreementState({"c": Control(Kind.CHOICE)})
names = ["l%02d" % i for i in range(20)]
for at, row in enumerate(answers(items)):
    state.add(str(at), ["a", "b", "c"], [{"c": names[v]} for v in row])
times = []
for resamples in (0, 0, 1000, 1000):
    began = time.process_time()
    found = state.result(resamples=resamples).controls["c"].measures["krippendorff_alpha"]
    times.append(time.process_time() - began)
done(alpha=found.value, once=times[1], resampled=times[3])
"""
)
THEIRS = (
    DATA
    + """
import numpy, krippendorff
data = numpy.array(list(answers(items)), float).T
began = time.process_time()
alpha = krippendorff.alpha(data, level_of_measurement="nominal")
done(alpha=alpha, once=time.process_time() - began)
"""
)


@pytest.mark.benchmark
def test_alpha_costs_an_eighth_of_the_package() -> None:
    rounds = [
        [measuring.printed(measuring.python(code, str(ITEMS))) for code in (OURS, THEIRS)]
        for _ in range(measuring.ROUNDS)
    ]
    for ours, theirs in rounds:
        assert ours["alpha"] == pytest.approx(theirs["alpha"], abs=1e-9)
    share = statistics.median(ours["once"] / theirs["once"] for ours, theirs in rounds)
    factor = statistics.median(ours["resampled"] / ours["once"] for ours, _ in rounds)
    peak = max(ours["peak"] for ours, _ in rounds)
    once, resampled, reference = (
        statistics.median(r[which][name] for r in rounds)
        for which, name in ((0, "once"), (0, "resampled"), (1, "once"))
    )
    print(f"\nagreement of {ITEMS:,} items x 3 annotators x 20 labels, CPU seconds")
    print(f"  all measures {once:.3f}, with 1000 resamples {resampled:.3f} ({factor:.1f} times)")
    print(f"  krippendorff, alpha alone {reference:.3f}; all measures are {share:.3f} of it; {peak:.0f} MB")
    assert share <= 1 / 8
    assert factor <= 3
    assert peak <= 95


CROWD = (
    DATA
    + """
import labelwright.agreement.coded
from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control
from labelwright.records import Kind
state, rng = AgreementState({"c": Control(Kind.CHOICE)}), random.Random(1)
people = ["p%03d" % i for i in range(500)]
for at in range(items):
    state.add(str(at), people, [{"c": rng.choice("abcde")} for _ in people])
began = time.process_time()
found = state.result().controls["c"]
done(percent=found.measures["percent"].value, seconds=time.process_time() - began, listed=len(found.pairs))
"""
)


@pytest.mark.benchmark
def test_a_crowd_of_annotators_costs_little_memory() -> None:
    found = measuring.printed(measuring.python(CROWD, "20"))
    print(f"\n20 items x 500 annotators: {found['seconds']:.1f} CPU s, {found['peak']:.0f} MB")
    assert found["percent"] == pytest.approx(0.2, abs=0.01) and found["listed"] == 0
    assert found["peak"] <= 130
