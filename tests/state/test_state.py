"""What is kept between runs: pseudonyms, splits, row logs, versions."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelwright.problems import DataError, UsageError
from labelwright.state import rowlog
from labelwright.state.pseudonyms import Pseudonyms, load_key
from labelwright.state.rowlog import Repeat, record, repeats
from labelwright.state.splits import Splitter, parse_split
from labelwright.state.versions import VersionStore


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = load_key(tmp_path / "state")
    assert load_key(tmp_path / "state") == first
    assert stat.S_IMODE((tmp_path / "state" / "pseudonym.key").stat().st_mode) == 0o600
    assert load_key(tmp_path / "other") != first


def test_pseudonyms_are_stable_and_depend_on_key_and_tool() -> None:
    name = Pseudonyms(b"k" * 32, "label-studio")["7"]
    assert name == Pseudonyms(b"k" * 32, "label-studio")["7"]
    assert name.startswith("annotator-") and name.removeprefix("annotator-") != "7"
    assert name != Pseudonyms(b"j" * 32, "label-studio")["7"]
    assert name != Pseudonyms(b"k" * 32, "cvat")["7"]
    assert Pseudonyms(b"k" * 32, "cvat", shown=True)["7"] == "7"


def test_a_key_file_that_is_missing_or_short_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_key(tmp_path, tmp_path / "none")
    (tmp_path / "short").write_text("abc")
    with pytest.raises(UsageError):
        load_key(tmp_path, tmp_path / "short")


@given(texts=st.lists(st.text(max_size=20), max_size=50), seed=st.integers(0, 100))
def test_a_side_depends_on_the_text_alone(texts: list[str], seed: int) -> None:
    one, other = Splitter((80.0, 20.0), seed), Splitter((80.0, 20.0), seed)
    for text in texts:
        assert one.side(text) == other.side(text) == other.side(f"  {text.casefold()} ".replace(" ", "  "))


def test_shares_are_met_and_seeds_differ() -> None:
    texts = [f"text {n}" for n in range(4000)]
    sides = [Splitter((70.0, 20.0, 10.0), 1).side(t) for t in texts]
    assert [round(sides.count(s) / 4000, 1) for s in range(3)] == [0.7, 0.2, 0.1]
    assert sides != [Splitter((70.0, 20.0, 10.0), 2).side(t) for t in texts]


@pytest.mark.parametrize("text", ["", "90", "90/20", "a/b", "100/0", "-10/110", "25/25/25/25"])
def test_a_wrong_split_is_misuse(text: str) -> None:
    with pytest.raises(UsageError):
        parse_split(text)


ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), max_size=40)


@given(rows=ROWS, cut=st.integers(0, 40), limit=st.sampled_from([2, 7, 1 << 20]))
def test_repeats_are_those_of_a_plain_search(
    rows: list[tuple[str, str]], cut: int, limit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("log")
    paths = [folder / "0", folder / "1"]
    records = [record(q, a) for q, a in rows]
    paths[0].write_bytes(b"".join(records[:cut]))
    paths[1].write_bytes(b"".join(records[cut:]))
    expected = set()
    for second, (question, answer) in enumerate(rows):
        first = next(i for i, (q, _) in enumerate(rows) if q == question)
        if first < second:
            expected.add(Repeat(first + 1, second + 1, rows[first][1] == answer))
    normal, rowlog.ROWS_PER_PASS = rowlog.ROWS_PER_PASS, limit
    try:
        assert set(repeats(paths)) == expected
    finally:
        rowlog.ROWS_PER_PASS = normal


def test_case_and_blanks_do_not_make_another_input() -> None:
    one = record("Hello  there", "x")
    other = record("hello there", "y")
    assert one[:8] == other[:8] and one[8:] != other[8:]


def test_versions_are_numbered_and_latest_is_the_last_good_one(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    for number, good in ((1, True), (2, False)):
        with store.new() as folder:
            (folder / "file").write_text(str(number))
            store.publish(folder, good)
    assert store.numbers() == [1, 2]
    assert (tmp_path / "latest" / "file").read_text() == "1"
    with store.new() as folder:
        pass
    assert store.numbers() == [1, 2]
    assert not list((tmp_path / "versions").glob(".new-*"))


def test_a_second_run_is_kept_out(tmp_path: Path) -> None:
    with VersionStore(tmp_path).locked(), pytest.raises(DataError) as caught:
        VersionStore(tmp_path).locked().__enter__()
    assert caught.value.problem.code == "state.locked"
