"""CPU and labels of Dawid and Skene's model, beside a published implementation on the same answers."""

from __future__ import annotations

import os
import statistics

import measuring
import pytest

ITEMS = int(os.environ.get("LABELWRIGHT_BENCHMARK_ITEMS", "200000"))
# One of theirs takes longer than a whole round of other benchmarks, so there are fewer rounds.
ROUNDS = min(measuring.ROUNDS, 3)

# The same answers for both: 20 labels, three annotators, each right four times out of five. Both run
# to the same number of estimates: the first from votes, the others by iteration.
DATA = """
import hashlib, json, random, sys, time, warnings
warnings.simplefilter("ignore")
def answers(items):
    rng, labels = random.Random(1), range(20)
    for _ in range(items):
        truth = rng.choice(labels)
        yield [truth if rng.random() < 0.8 else rng.choice(labels) for _ in range(3)]
names, people = ["l%02d" % i for i in range(20)], ("a", "b", "c")
items, steps = int(sys.argv[1]), 20
def done(labels, began):
    taken = time.process_time() - began
    status = open("/proc/self/status").read()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    digest = hashlib.sha256(json.dumps(labels).encode()).hexdigest()
    print(json.dumps({"taken": taken, "labels": digest, "peak": peak}))
"""
OURS = (
    DATA
    + """
from labelwright.agreement.engine import AgreementState
from labelwright.consensus._em import code, estimate
from labelwright.consensus.dawid_skene import FittedDawidSkene, plugin
from labelwright.contracts import Control, Evidence
from labelwright.records import Kind
control = Control(Kind.CHOICE)
rows = [[names[v] for v in row] for row in answers(items)]
began = time.process_time()
state = AgreementState({"c": control})
for at, row in enumerate(rows):
    state.add(str(at), people, [{"c": v} for v in row])
coded = code(state.patterns("c"))
fitted = FittedDawidSkene(coded, estimate(coded, float("-inf"), steps))
done([fitted.resolve(control, list(zip(people, row))).value for row in rows], began)
"""
)
THEIRS = (
    DATA
    + """
import numpy, pandas
from crowdkit.aggregation import DawidSkene
told = [(at, p, names[v]) for at, row in enumerate(answers(items)) for p, v in zip(people, row)]
frame = pandas.DataFrame(told, columns=["task", "worker", "label"])
began = time.process_time()
found = DawidSkene(n_iter=steps + 1, tol=-numpy.inf).fit_predict(frame)
done([found[at] for at in range(items)], began)
"""
)


@pytest.mark.benchmark
def test_dawid_skene_costs_half_of_the_package_and_gives_its_labels() -> None:
    rounds = [
        [measuring.printed(measuring.python(code, str(ITEMS))) for code in (OURS, THEIRS)]
        for _ in range(ROUNDS)
    ]
    for ours, theirs in rounds:
        assert ours["labels"] == theirs["labels"]
    share = statistics.median(ours["taken"] / theirs["taken"] for ours, theirs in rounds)
    print(f"\nDawid-Skene of {ITEMS:,} items x 3 annotators x 20 labels, counting and deciding included")
    for name, at in (("labelwright", 0), ("crowd-kit", 1)):
        taken, peak = (statistics.median(r[at][what] for r in rounds) for what in ("taken", "peak"))
        print(f"  {name:<12} {taken:8.2f} CPU s {peak:8.0f} MB")
    print(f"  {share:.3f} of it")
    assert share <= 1 / 2
