"""A rebuild that fetches what moved gives the bytes of one that starts from nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cvat_double import Double, seeded
from cvat_double import running as cvat_running
from cvat_double.server import TOKEN as CVAT_TOKEN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ls_double import LABELS, TOKEN, LabelStudio, running

from labelwright.pipeline.settings import Settings
from labelwright.pipeline.sync import publish, pull
from labelwright.registry import template_folders, tools
from labelwright.render.load import find_template
from labelwright.service.config.model import DatasetConfig
from labelwright.service.work.job import Job
from labelwright.service.work.rebuild import rebuild
from labelwright.state.versions import VersionStore

# kind, which of those there are, who or which label
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            ["create", "skip", "edit", "skip later", "reopen", "delete", "task", "drop", "config", "rebuild"]
        ),
        st.integers(0, 50),
        st.integers(0, 5),
    ),
    min_size=3,
    max_size=14,
)


def _job(folder: Path, server: LabelStudio, **changes: Any) -> Job:
    dataset = DatasetConfig(to="ionos", allow_unmeasured=True, resamples=0)
    given_ = {
        "build": "b", "project": "emails", "tool": "label-studio", "what": "28", "url": server.url,
        "template": "email-classification", "folder": str(folder), "state": str(folder.parent / "state"),
        "annotators": 2, "keep": 100, "datasets": {"train": dataset},
    }  # fmt: skip
    return Job(**{**given_, **changes})


def _newest(folder: Path) -> dict[str, bytes]:
    newest = VersionStore(folder / "datasets" / "train").newest()
    assert newest is not None
    return {p.name: p.read_bytes() for p in sorted(newest.iterdir())}


def _change(server: LabelStudio, kind: str, which: int, other: int) -> None:
    tasks, annotations = sorted(server.tasks), server.annotations()
    if kind == "task":
        server.add(f"mail number {which}: please help")
    elif kind in ("create", "skip") and tasks:
        server.annotate(tasks[which % len(tasks)], other, which, skip=kind == "skip")
    elif kind in ("edit", "skip later", "reopen") and annotations:
        server.edit(annotations[which % len(annotations)], other, skip=kind == "skip later")
    elif kind == "delete" and annotations:
        server.delete(annotations[which % len(annotations)])
    elif kind == "drop" and tasks:
        server.delete_task(tasks[which % len(tasks)])
    elif kind == "config":
        server.project["label_config"] = server.project["label_config"].replace(
            "<Text", f"<!--{which}--><Text"
        )


@contextmanager
def _known(url: str) -> Iterator[None]:
    with patch.dict(os.environ, {"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": TOKEN}):
        yield


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(CHANGES)
def test_after_any_changes_it_equals_a_full_one(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int, int]]
) -> None:
    base = tmp_path_factory.mktemp("equal")
    with running(LabelStudio()) as server, _known(server.url):
        for n in range(3):
            server.annotate(server.add(f"mail number {n}: please help"), 1, n)
        for kind, which, other in changes:
            if kind == "rebuild":
                rebuild(_job(base / "kept", server))
            else:
                _change(server, kind, which, other)
        rebuild(_job(base / "kept", server))
        rebuild(_job(base / "fresh", server))
        kept, fresh = _newest(base / "kept"), _newest(base / "fresh")
        assert kept == fresh
        assert VersionStore(base / "fresh" / "datasets" / "train").numbers() == [1]
        again = rebuild(_job(base / "kept", server))
        assert again.kept["train"] == VersionStore(base / "kept" / "datasets" / "train").numbers()
        assert _newest(base / "kept") == kept


def test_only_what_moved_is_fetched(server: LabelStudio, tmp_path: Path) -> None:
    with _known(server.url):
        rebuild(_job(tmp_path / "p", server))
        assert server.fetched() == 4
        rebuild(_job(tmp_path / "p", server))
        assert server.fetched() == 4
        server.annotate(5, 1, 1)
        server.edit(server.annotations()[0], 2)
        rebuild(_job(tmp_path / "p", server))
        assert server.fetched() == 6
        server.delete_task(2)
        before = len(server.asked)
        rebuild(_job(tmp_path / "p", server))
        assert server.fetched() == 6
        assert (
            len(server.asked) - before == 5
        )  # the project by title, by id and whole, its listing, the version


def test_deleted_skipped_and_opened_again(server: LabelStudio, tmp_path: Path) -> None:
    def rows() -> list[bytes]:
        rebuild(_job(tmp_path / "p", server))
        return _newest(tmp_path / "p")["train.jsonl"].splitlines()

    with _known(server.url):
        assert len(rows()) == 4
        own = [a["id"] for a in server.tasks[1]["annotations"]]
        for one in own:
            server.edit(one, 0, skip=True)
        assert len(rows()) == 3
        server.edit(own[0], 2)
        opened = rows()
        assert len(opened) == 4 and LABELS[2].encode() in b"".join(r for r in opened if b"mail number 0" in r)
        server.delete(own[0])
        assert len(rows()) == 3
        server.delete_task(2)
        assert len(rows()) == 2


@pytest.mark.parametrize("how", ["delete", "skip", "tasks"])
def test_when_nothing_is_left_nothing_is_in_force(server: LabelStudio, tmp_path: Path, how: str) -> None:
    store = VersionStore(tmp_path / "p" / "datasets" / "train")
    with _known(server.url):
        rebuild(_job(tmp_path / "p", server))
        assert store.latest() is not None
        for annotation in server.annotations():
            if how == "skip":
                server.edit(annotation, 0, skip=True)
            elif how == "delete":
                server.delete(annotation)
        for task in sorted(server.tasks) if how == "tasks" else []:
            server.delete_task(task)
        for _ in range(2):
            done = rebuild(_job(tmp_path / "p", server))
            assert store.latest() is None and not done.versions[-1].published
        server.annotate(server.add("a mail that came later"), 1, 1)
        rebuild(_job(tmp_path / "p", server))
        assert store.latest() == store.newest()


def test_old_versions_go(server: LabelStudio, tmp_path: Path) -> None:
    with _known(server.url):
        for n in range(5):
            server.annotate(5, n, 1)
            done = rebuild(_job(tmp_path / "p", server, keep=2, recorded={"train": n}))
            assert [made.number for made in done.versions] == [n + 1]
    assert done.kept == {"train": [4, 5]}
    assert VersionStore(tmp_path / "p" / "datasets" / "train").numbers() == [4, 5]


def test_a_run_that_was_killed_before_latest_moved_is_put_right(server: LabelStudio, tmp_path: Path) -> None:
    store = VersionStore(tmp_path / "p" / "datasets" / "train")
    with _known(server.url):
        rebuild(_job(tmp_path / "p", server))
        server.annotate(5, 1, 1)
        rebuild(_job(tmp_path / "p", server))
        store.point(store.folder(1))
        rebuild(_job(tmp_path / "p", server))
    assert store.latest() == store.folder(2) and store.numbers() == [1, 2]


# CVAT: a job at a time

BOX = {"type": "rectangle", "label_id": 1, "frame": 0, "points": [1, 2, 30, 40]}
CVAT_CHANGES = st.lists(
    st.tuples(st.sampled_from(["create", "delete", "finish", "sync"]), st.integers(1, 4), st.integers(0, 9)),
    min_size=2,
    max_size=8,
)


def _cvat_sync(double: Double, folder: Path) -> dict[str, bytes]:
    tool = dict(tools())["cvat"]
    template = find_template("object-detection", template_folders())
    chosen = Settings(
        template,
        "coco",
        state=folder.parent / "state",
        force=True,
        no_gate=True,
        allow_loss=True,
        resamples=0,
    )
    store = VersionStore(folder)
    with patch.dict(os.environ, {"CVAT_URL": double.url, "CVAT_ACCESS_TOKEN": CVAT_TOKEN}):
        pulled = pull(tool, "1", store.source, double.url)
        publish(tool, pulled, chosen, store)
    newest = store.newest()
    assert newest is not None
    return {p.relative_to(newest).as_posix(): p.read_bytes() for p in newest.rglob("*") if p.is_file()}


def _cvat_change(double: Double, kind: str, job: int, which: int) -> None:
    state = double.state
    if kind == "create":
        state.create(job, {"shapes": [{**BOX, "points": [1, 2, 30 + which, 40]}]})
    elif kind == "delete":
        shapes = state.annotations[job]["shapes"]
        if shapes:
            state.delete(job, {"shapes": [shapes[which % len(shapes)]]})
    elif kind == "finish":
        state.jobs[job]["state"] = "completed" if which % 2 else "in progress"
        state.touch(state.jobs[job])


@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(CVAT_CHANGES)
def test_cvat_after_any_changes_equals_a_full_pull(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int, int]]
) -> None:
    base = tmp_path_factory.mktemp("cvat")
    with cvat_running(seeded()) as double:
        _cvat_sync(double, base / "kept")
        for kind, job, which in changes:
            _cvat_change(double, kind, job, which)
            if kind == "sync":
                _cvat_sync(double, base / "kept")
        kept, fresh = _cvat_sync(double, base / "kept"), _cvat_sync(double, base / "fresh")
        assert kept == fresh
        numbers = VersionStore(base / "kept").numbers()
        double.state.tick(minutes=10)  # the last change has settled, which is no change
        _cvat_sync(double, base / "kept")
        assert VersionStore(base / "kept").numbers() == numbers


def test_cvat_fetches_the_jobs_that_moved(tmp_path: Path) -> None:
    with cvat_running(seeded()) as double:
        double.state.tick(minutes=10)
        _cvat_sync(double, tmp_path / "p")
        assert double.count("GET /api/jobs/[0-9]+/annotations") == 4
        double.state.create(3, {"shapes": [BOX]})
        double.state.tick(minutes=10)
        for _ in range(2):
            _cvat_sync(double, tmp_path / "p")
            assert double.count("GET /api/jobs/[0-9]+/annotations") == 5


def test_cvat_takes_up_a_cursor_of_before(tmp_path: Path) -> None:
    with cvat_running(seeded()) as double:
        double.state.tick(minutes=10)
        first = _cvat_sync(double, tmp_path / "p")
        source = tmp_path / "p" / "source"
        (source / ".cursor.json").rename(source / "cursor.json")
        assert _cvat_sync(double, tmp_path / "p") == first
        assert double.count("GET /api/jobs/[0-9]+/annotations") == 4
        assert (source / ".cursor.json").is_file() and not (source / "cursor.json").exists()
