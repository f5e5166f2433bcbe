"""Old versions go, and what is in force stays; what a killed run left is put right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelwright.state.versions import VersionStore


def _publish(store: VersionStore, good: bool) -> Path:
    with store.new() as folder:
        (folder / "train.jsonl").write_text("{}\n")
        return store.publish(folder, good)


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(1, 4))
def test_the_newest_and_the_one_in_force_are_kept(
    tmp_path_factory: pytest.TempPathFactory, good: list[bool], keep: int
) -> None:
    store = VersionStore(tmp_path_factory.mktemp("versions"))
    for one in good:
        _publish(store, one)
    in_force = max((n for n, one in enumerate(good, 1) if one), default=None)
    left = store.prune(keep)
    wanted = set(range(1, len(good) + 1)[-keep:]) | ({in_force} if in_force else set())
    assert left == store.numbers() == sorted(wanted)
    latest = store.latest()
    assert (latest and int(latest.name)) == in_force
    assert {p.name for p in (store.root / "versions").iterdir()} == {f"{n:04d}" for n in wanted}
    assert int(_publish(store, True).name) == len(good) + 1  # a number is never given twice


def test_leftovers_of_killed_runs_go(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    _publish(store, True)
    for name in (".new-abc", ".gone-0007"):
        (tmp_path / "versions" / name).mkdir()
        (tmp_path / "versions" / name / "train.jsonl").write_text("half")
    store.source.mkdir()
    (store.source / ".export.json.xyz.part").write_text("half")
    (store.source / "export.json").write_text("[]")
    store.tidy()
    assert [p.name for p in (tmp_path / "versions").iterdir()] == ["0001"]
    assert [p.name for p in store.source.iterdir()] == ["export.json"]


def test_pointing_twice_is_pointing_once(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    first = _publish(store, True)
    second = _publish(store, False)
    assert store.latest() == first
    store.point(second)
    store.point(second)
    assert store.latest() == second
    assert (tmp_path / "latest" / "train.jsonl").is_file()
