"""Expectation maximisation for Dawid and Skene's model, over distinct patterns of answers.

Items with the same answers have the same posterior, so the work grows with distinct patterns and
not with items. Sums are taken in a fixed order: the same answers give the same model to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct

from labelwright.agreement.items import MISSING
from labelwright.consensus._private import order
from labelwright.contracts import Patterns

Array: TypeAlias = np.ndarray[Any, Any]
CELLS = 1 << 19  # posteriors that are held at once
FLOOR = float(np.finfo(float).tiny)  # stands for zero where otherwise nothing would be possible


class Block(Struct):
    """Some patterns and their answers.

    ``count`` (patterns) tells how many items have each, ``start`` where its answers begin; ``pair``
    (answers) is the annotator and label of each answer. ``by_pair``, ``pairs`` and ``first`` group the
    answers by pair: ``by_pair`` is the pattern of each answer in the order of pairs, ``first`` where
    each of ``pairs`` begins in it.
    """

    count: Array
    start: Array
    pair: Array
    by_pair: Array
    pairs: Array
    first: Array


class Answers(Struct):
    """All answers to a control, coded. ``pairs`` are (annotator, label) as positions, in order."""

    people: list[str]
    labels: list[Any]
    pairs: list[tuple[int, int]]
    blocks: list[Block]
    items: int
    answers: int


class Estimate(Struct):
    """What is estimated: ``marginals`` (labels) and ``rates`` (pairs, labels).

    ``rates[p, j]`` is how often the annotator of pair ``p`` gives its label to an item that is ``j``.
    ``given`` (pairs) counts the answers, ``right`` (pairs) those that are expected to be right.
    """

    marginals: Array
    rates: Array
    right: Array
    given: Array
    log_likelihood: float = float("-inf")
    iterations: int = 0
    converged: bool = False


def code(patterns: Patterns) -> Answers:
    """Number annotators and labels, and merge the patterns that say the same."""
    seen: dict[Any, Any] = {}
    for found in patterns.values():
        for value in {v for pattern in found for v in pattern if v is not MISSING and v is not None}:
            if isinstance(value, int) or value not in seen:  # 5 and 5.0 are one label, written 5
                seen[value] = value
    labels = sorted(seen.values(), key=order)
    people = sorted({a for who in patterns for a in who})
    number, person = {v: i for i, v in enumerate(labels)}, {a: i for i, a in enumerate(people)}
    merged: dict[tuple[tuple[int, int], ...], int] = {}
    for who, found in patterns.items():
        at = [person[a] for a in who]
        for pattern, count in found.items():
            given = [(p, number[v]) for p, v in zip(at, pattern, strict=True) if v in number]
            if given and count:
                key = tuple(sorted(given))
                merged[key] = merged.get(key, 0) + count
    pairs = sorted({pair for key in merged for pair in key})
    items = sum(merged.values())
    answers = sum(len(key) * count for key, count in merged.items())
    return Answers(people, labels, pairs, list(_blocks(merged, pairs, len(labels))), items, answers)


def _blocks(
    merged: dict[tuple[tuple[int, int], ...], int], pairs: list[tuple[int, int]], labels: int
) -> Iterator[Block]:
    numbered = {pair: i for i, pair in enumerate(pairs)}
    rows = sorted((tuple(numbered[pair] for pair in key), count) for key, count in merged.items())
    most = max(1, CELLS // max(1, labels))
    chosen: list[tuple[tuple[int, ...], int]] = []
    held = 0
    for row in rows:
        if chosen and held + len(row[0]) > most:
            yield _block(chosen)
            chosen, held = [], 0
        chosen.append(row)
        held += len(row[0])
    if chosen:
        yield _block(chosen)


def _block(rows: list[tuple[tuple[int, ...], int]]) -> Block:
    lengths = np.array([len(key) for key, _ in rows])
    pair = np.array([p for key, _ in rows for p in key])
    pattern = np.repeat(np.arange(len(rows)), lengths)
    by_pair = np.argsort(pair, kind="stable")
    pairs, first = np.unique(pair[by_pair], return_index=True)
    count = np.array([count for _, count in rows], float)
    return Block(count, np.cumsum(lengths) - lengths, pair, pattern[by_pair], pairs, first)


def estimate(found: Answers, tolerance: float, most: int) -> Estimate:
    """Iterate from averaged votes until the log-likelihood gains at most ``tolerance`` per answer.

    At most ``most`` iterations (an E step and an M step each) follow the first estimate.
    """
    started = _empty(found)
    for block in found.blocks:
        _add(started, block, _votes(found, block))
    now = _normalise(found, started)
    while True:
        log_rates, log_marginals = _log(now.rates), _log(now.marginals)
        reached, expected = 0.0, _empty(found)
        for block in found.blocks:
            posterior, likelihood = _expect(block, log_rates, log_marginals)
            reached += float(block.count @ likelihood)
            _add(expected, block, posterior)
        before, now.log_likelihood = now.log_likelihood, reached
        now.converged = reached - before <= tolerance * found.answers
        if now.converged or now.iterations >= most:
            return now
        after = _normalise(found, expected)
        after.log_likelihood, after.iterations = reached, now.iterations + 1
        now = after


def _votes(found: Answers, block: Block) -> Array:
    """The share of each label in the answers of each pattern."""
    label = np.array([label for _, label in found.pairs])
    lengths = np.diff(np.append(block.start, len(block.pair)))
    at = np.repeat(np.arange(len(lengths)), lengths)
    flat = np.bincount(at * len(found.labels) + label[block.pair], minlength=len(lengths) * len(found.labels))
    return np.asarray(flat.reshape(len(lengths), -1) / lengths[:, None])


def _expect(block: Block, log_rates: Array, log_marginals: Array) -> tuple[Array, Array]:
    """The posterior of each pattern over the labels, and its log-likelihood."""
    joint = np.add.reduceat(log_rates[block.pair], block.start, axis=0) + log_marginals
    top = joint.max(axis=1)
    posterior = np.exp(joint - top[:, None])
    total = posterior.sum(axis=1)
    posterior /= total[:, None]
    return posterior, top + np.log(total)


def _empty(found: Answers) -> tuple[Array, Array]:
    return np.zeros(len(found.labels)), np.zeros((len(found.pairs), len(found.labels)))


def _add(expected: tuple[Array, Array], block: Block, posterior: Array) -> None:
    """Add the block's items to how many are expected of each label, and of each answer and label."""
    weighted = posterior * block.count[:, None]
    marginals, table = expected
    marginals += weighted.sum(axis=0)
    table[block.pairs] += np.add.reduceat(weighted[block.by_pair], block.first, axis=0)


def _normalise(found: Answers, expected: tuple[Array, Array]) -> Estimate:
    """The estimate that makes the expected counts most likely; no smoothing, as in the paper."""
    marginals, table = expected
    person = np.array([person for person, _ in found.pairs])
    label = np.array([label for _, label in found.pairs])
    _, first, which = np.unique(person, return_index=True, return_inverse=True)
    totals = np.add.reduceat(table, first, axis=0)[which]
    rates = np.divide(table, totals, out=np.zeros_like(table), where=totals > 0)
    right = table[np.arange(len(label)), label]
    return Estimate(marginals / marginals.sum(), rates, right, table.sum(axis=1))


def _log(values: Array) -> Array:
    """The logarithm; minus infinity of zero, so that what never happened stays impossible.

    Every pattern keeps a label that is possible: a label's share of a pattern is never estimated as
    zero if it was the likeliest before.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))


def scores(now: Estimate, answered: list[int]) -> Array:
    """The posterior over the labels of one item, whose answers are given as positions of pairs.

    Answers that were never seen together may leave no label possible; then zeros are taken as tiny.
    """
    joint = _log(now.marginals) + _log(now.rates[answered]).sum(axis=0)
    if np.isneginf(joint).all():
        floor = np.log(FLOOR)
        joint = _log(now.marginals) + np.maximum(_log(now.rates[answered]), floor).sum(axis=0)
    posterior = np.exp(joint - joint.max())
    return np.asarray(posterior / posterior.sum())
