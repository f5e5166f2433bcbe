"""The run that all tools share: lots, journals, thresholds, and memory that does not grow."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from predicted import item, model, texts

from labelwright.contracts import Outcome, Template
from labelwright.predicting import prelabelling as pl
from labelwright.predicting.journal import BEGUN, DONE, EMPTY, Journal, path_of
from labelwright.predicting.thresholds import above
from labelwright.problems import DataError, Problems, ProblemType, UsageError
from labelwright.quality.lots import Lot, name_of
from labelwright.records import Item, ItemKey, Kind, Relation, Span

LOST = ProblemType("test.lost", "Lost", "lost", "none")
TEMPLATE = texts(Kind.CHOICES, ["mail"])


class Store:
    """A project in memory; ``breaks`` items are refused."""

    name, tells = "store", False

    def __init__(self, count: int, breaks: frozenset[int] = frozenset()) -> None:
        self.count, self.breaks = count, breaks
        self.written: list[str] = []
        self.closed: set[str] = set()

    @property
    def template(self) -> Template:
        return TEMPLATE

    def slots(self) -> Iterator[pl.Slot]:
        for n in range(self.count):
            yield pl.Slot(item("a mail" if n % 2 else "other " * 20, str(n)), ref=n)

    def look(self, slot: pl.Slot) -> pl.Slot:
        return pl.Slot(slot.item, closed="it is" if slot.item.key.item in self.closed else "", ref=slot.ref)

    def write(self, slot: pl.Slot, outcome: Outcome, problems: Problems) -> int:
        if slot.ref in self.breaks:
            raise DataError(LOST.at())
        found = (outcome.answers or {}).get("asked")
        self.written += [slot.item.key.item] if found else []
        return len(found or ())

    def remove(self, slot: pl.Slot) -> int:
        return 0


def ran(store: Store, journal: Path) -> pl.Prelabelled:
    """One run of a predictor that finds mails."""
    patterns = journal.with_suffix(".toml")
    patterns.write_text('[[pattern]]\nregex = "a mail"\nlabel = "mail"\n')
    predictor = model("patterns", TEMPLATE, {"file": str(patterns)})
    with Journal(journal) as kept:
        return pl.Run(store, predictor, pl.Plan(), kept, Problems()).run()


def test_memory_does_not_grow_with_the_items(tmp_path: Path) -> None:
    ran(Store(200), tmp_path / "warm")
    peaks = []
    for count in (1_000, 10_000):
        tracemalloc.start()
        ran(Store(count), tmp_path / str(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 300 * 9_000, peaks  # the journal's names; an item's text is 120 bytes


def test_the_journal_keeps_what_the_tool_cannot_tell(tmp_path: Path) -> None:
    store = Store(10, frozenset({3}))
    first = ran(store, tmp_path / "j")
    assert (first.written, first.empty, first.failed) == (4, 5, 1)
    store.breaks, store.closed = frozenset(), {"3"}
    second = ran(store, tmp_path / "j")  # 3 was begun: what looks like somebody's answer is ours
    assert (second.written, second.present, second.empty, second.closed) == (1, 4, 5, 0)
    assert sorted(store.written) == ["1", "3", "5", "7", "9"]


def test_a_journal_that_was_cut_off_is_read_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with Journal(path) as journal:
        journal.add("1", DONE)
        journal.add("2", EMPTY)
    path.write_bytes(path.read_bytes() + b'["done","3')
    with Journal(path) as journal:
        assert [journal.state(x) for x in "123"] == [DONE, EMPTY, ""]
        journal.add("4", BEGUN)
    with Journal(path) as journal:
        assert [journal.state(x) for x in "1234"] == [DONE, EMPTY, "", BEGUN]
    assert path_of(tmp_path, "t", "u", "p", "a/../b").parent.name.startswith("t-")
    assert "/" not in path_of(tmp_path, "t", "u", "p", "a/../b").name


def test_what_is_begun_is_on_the_disk_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    path, sync = tmp_path / "j", os.fsync

    def noted(number: int) -> None:
        sync(number)
        synced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", noted)
    with Journal(path) as journal:
        for item, state in (("1", EMPTY), ("2", BEGUN), ("2", DONE), ("3", BEGUN)):
            journal.add(item, state)
    first = b'["empty","1"]\n["begun","2"]\n'
    assert synced == [b"", first, first + b'["done","2"]\n["begun","3"]\n']


def test_two_runs_at_once_are_not_let_in(tmp_path: Path) -> None:
    with Journal(tmp_path / "j"), pytest.raises(UsageError, match="another run"), Journal(tmp_path / "j"):
        pass
    with Journal(tmp_path / "j"):
        pass


def test_a_tool_that_takes_nothing_ends_the_run(tmp_path: Path) -> None:
    store = Store(200, frozenset(range(200)))
    with pytest.raises(DataError, match="lost"):
        ran(store, tmp_path / "j")


@given(st.integers(0, 10**6), st.floats(0, 100), st.floats(0, 100))
def test_a_larger_share_takes_nothing_away(seed: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert all(Lot(high, seed).shows(str(n)) for n in range(50) if Lot(low, seed).shows(str(n)))


def test_a_share_is_about_what_was_asked_and_hangs_on_the_seed() -> None:
    shown = [n for n in range(10_000) if Lot(80, 3).shows(str(n))]
    assert 7_850 < len(shown) < 8_150
    assert shown != [n for n in range(10_000) if Lot(80, 4).shows(str(n))]
    assert all(Lot().shows(str(n)) for n in range(100)) and not any(Lot(0).shows(str(n)) for n in range(100))


def test_an_item_without_a_name_is_drawn_by_what_it_shows() -> None:
    one, other = (Item(ItemKey("", "", ""), {"text": text}, []) for text in ("a", "b"))
    assert name_of(one) != name_of(other) and name_of(item("x", "7")) == "7"


def test_what_is_unsure_is_left_out_with_its_relations() -> None:
    sure, unsure = Span(0, 1, "A", id="s", score=0.9), Span(2, 3, "B", id="u", score=0.1)
    plain = Span(4, 5, "C", id="p")
    links = Relation(sure, unsure, "r"), Relation(sure, plain, "r")
    answers = {"spans": (sure, unsure, plain), "links": links, "label": "x", "nothing": ()}
    kept, below = above(Outcome(answers, 0.5), 0.4)
    assert kept.answers == {"spans": (sure, plain), "links": links[1:], "label": "x", "nothing": ()}
    assert below == 2
    kept, below = above(Outcome(answers, 0.5), 0.6)
    assert kept.answers == {"spans": (sure,), "links": (), "nothing": ()} and below == 5
    assert above(Outcome({"label": "x"}), 0.99)[0].answers == {"label": "x"}
    both = Outcome({"label": "x", "tone": "y", "spans": (plain,)}, 0.6, scores={"label": 0.9, "spans": 0.2})
    assert above(both, 0.5) == (replace(both, answers={"label": "x", "tone": "y"}), 1)
    assert above(both, 0.7)[0].answers == {"label": "x"}
