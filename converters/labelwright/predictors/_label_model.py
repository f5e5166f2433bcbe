"""Label models: what labelling functions say of an item, made one distribution over the labels.

Votes are integers (items x functions): the number of a label, or -1 where a function abstains. That it
abstains is taken to say nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeAlias

from msgspec import Struct

from labelwright.lazy import lazily

np = lazily("numpy")
Array: TypeAlias = Any  # of numpy

ABSTAIN = -1
TOLERANCE, MOST = 1e-8, 1000  # of the log-likelihood per vote; iterations
HUNCH, WEIGHT = 0.7, 2.0  # the accuracy that a function is supposed to have before it votes, in votes
NEAREST = 1e-6  # that an accuracy may come to 0 and 1


class LabelModel(Struct):
    """``accuracies`` (functions): how often each is right when it votes. ``shares`` (labels) of the items.

    ``confusion``, of Dawid and Skene's model alone: by function and its vote, how often it gives that vote
    to an item of each label (the natural logarithm).
    """

    accuracies: list[float]
    shares: list[float]
    confusion: dict[str, list[float]] = {}
    iterations: int = 0

    def posterior(self, votes: Array) -> Array:
        """The probability of each label (items x labels); an item of no votes has the labels' shares."""
        if self.confusion:
            return _exp(np.log(self.shares) + self._confused(votes))
        return _exp(np.log(self.shares) + _evidence(votes, np.array(self.accuracies), len(self.shares)))

    def _confused(self, votes: Array) -> Array:
        found = np.zeros((len(votes), len(self.shares)))
        for name, logs in self.confusion.items():
            function, vote = map(int, name.split("-"))
            found[votes[:, function] == vote] += logs
        return found


def majority(functions: int, labels: int) -> LabelModel:
    """Every function's vote counts alike, and every label is as likely; before anything is known."""
    return LabelModel([HUNCH] * functions, [1 / labels] * labels)


def one_coin(
    votes: Array, labels: int, shares: Array | None = None, known: Array | None = None, weight: float = WEIGHT
) -> LabelModel:
    """One accuracy for each function, by expectation maximisation from averaged votes.

    A function that errs gives each other label alike. It is the model of Dawid and Skene 1979 with one
    coin a function, as of Ratner et al. 2016, Data Programming; with the prior of a Beta distribution that
    is worth ``weight`` votes of accuracy 0.7, so that functions that vote seldom are not taken for perfect.
    ``shares`` fixes the labels' shares (else they are estimated), ``known`` (items, -1 where it is not)
    the label of some items. Where none is known, no function is taken to be worse than chance: else all
    that disagree with the most frequent label could be explained as always wrong.
    """
    voted = (votes != ABSTAIN).any(axis=1)
    votes, known = votes[voted], None if known is None else known[voted]
    given, cast = _given(votes, labels), np.maximum((votes != ABSTAIN).sum(axis=0), 0)
    posterior = given.sum(axis=1) / np.maximum(given.sum(axis=(1, 2)), 1)[:, None]
    guided = known is not None and bool((known >= 0).any())
    least = NEAREST if guided else 1 / max(2, labels)
    before, rounds = float("-inf"), 0
    while True:
        posterior = _settled(posterior, known)
        right = np.einsum("njk,nk->j", given, posterior)
        accuracies = (right + HUNCH * weight) / np.maximum(cast + weight, 1)
        accuracies = np.clip(accuracies, least, 1 - NEAREST)
        now = posterior.mean(axis=0) if shares is None else np.asarray(shares, float)
        joint = np.log(np.maximum(now, NEAREST**2)) + _evidence(votes, accuracies, labels)
        reached = float((joint.max(axis=1) + np.log(_raised(joint).sum(axis=1))).sum())
        if abs(reached - before) <= TOLERANCE * max(1, cast.sum()) or rounds >= MOST:
            return LabelModel(accuracies.tolist(), now.tolist(), {}, rounds)
        before, rounds, posterior = reached, rounds + 1, _exp(joint)


def dawid_skene(votes: Array, labels: int) -> LabelModel:
    """A confusion matrix for each function: Dawid and Skene's model, as consensus fits it to annotators.

    It takes many votes of each function on each label, and learns nothing of one that gives one label
    only: of such, it is the same vote whatever the truth.
    """
    from labelwright.consensus._em import code, estimate

    names = tuple(f"{n:06d}" for n in range(votes.shape[1]))
    rows = Counter(tuple(... if v == ABSTAIN else int(v) for v in row) for row in votes.tolist())
    coded = code({names: rows})
    found = estimate(coded, TOLERANCE, MOST)
    shares = np.full(labels, NEAREST)
    shares[coded.labels] = np.maximum(found.marginals, NEAREST)
    confusion = {}
    right, cast = np.zeros(votes.shape[1]), np.zeros(votes.shape[1])
    for at, (person, label) in enumerate(coded.pairs):
        function = int(coded.people[person])
        rates = np.full(labels, NEAREST)
        rates[coded.labels] = np.maximum(found.rates[at], NEAREST)
        confusion[f"{function}-{coded.labels[label]}"] = np.log(rates).tolist()
        right[function] += found.right[at]
        cast[function] += found.given[at]
    accuracies = np.divide(right, cast, out=np.full(len(cast), HUNCH), where=cast > 0)
    return LabelModel(accuracies.tolist(), (shares / shares.sum()).tolist(), confusion, found.iterations)


def guided(votes: Array, labels: int, shares: Array, known: Array) -> LabelModel:
    """A confusion matrix for each function, where the labels' ``shares`` are known, or those of some items.

    ``dawid_skene`` with what is known held fast: ``known`` (items, -1 where it is not). Every function is
    supposed to have given each vote to each label once, ``HUNCH`` of that to the right one.
    """
    voted = (votes != ABSTAIN).any(axis=1)
    votes, known = votes[voted], known[voted]
    given = _given(votes, labels)  # items x functions x votes
    posterior = given.sum(axis=1) / np.maximum(given.sum(axis=(1, 2)), 1)[:, None]
    before = np.full((labels, labels), (1 - HUNCH) / max(1, labels - 1))
    np.fill_diagonal(before, HUNCH)
    logs, last, rounds = np.log(np.asarray(shares, float)), float("-inf"), 0
    while True:
        posterior = _settled(posterior, known)
        counts = np.einsum("nl,njk->jlk", posterior, given) + before  # functions x labels x votes
        rates = np.log(counts / counts.sum(axis=2, keepdims=True))
        joint = logs + np.einsum("njk,jlk->nl", given, rates)
        reached = float((joint.max(axis=1) + np.log(_raised(joint).sum(axis=1))).sum())
        if abs(reached - last) <= TOLERANCE * max(1, given.sum()) or rounds >= MOST:
            break
        last, rounds, posterior = reached, rounds + 1, _exp(joint)
    right = np.einsum("nk,njk->j", posterior, given)
    cast = given.sum(axis=(0, 2))
    accuracies = np.divide(right, cast, out=np.full(len(cast), HUNCH), where=cast > 0)
    confusion = {f"{j}-{k}": rates[j, :, k].tolist() for j in range(len(cast)) for k in range(labels)}
    return LabelModel(accuracies.tolist(), list(map(float, shares)), confusion, rounds)


def _given(votes: Array, labels: int) -> Array:
    """Votes as ones (items x functions x labels)."""
    return (votes[:, :, None] == np.arange(labels)).astype(float)


def _settled(posterior: Array, known: Array | None) -> Array:
    if known is None:
        return posterior
    return np.where((known >= 0)[:, None], np.eye(posterior.shape[1])[known], posterior)


def _evidence(votes: Array, accuracies: Array, labels: int) -> Array:
    """The logarithm of how likely an item's votes are, by its label (items x labels)."""
    right = np.log(accuracies)
    wrong = np.log((1 - accuracies) / max(1, labels - 1))
    given = _given(votes, labels)
    return given.transpose(0, 2, 1) @ (right - wrong) + (votes != ABSTAIN).astype(float) @ wrong[:, None]


def _raised(joint: Array) -> Array:
    return np.exp(joint - joint.max(axis=1, keepdims=True))


def _exp(joint: Array) -> Array:
    raised = _raised(joint)
    return raised / raised.sum(axis=1, keepdims=True)
