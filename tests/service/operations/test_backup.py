from __future__ import annotations

import contextlib
import fcntl
import io
import os
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from service_post import Post
from service_process import configured, environment
from service_rows import build_row, deliver, version

from labelwright.problems import DataError, UsageError
from labelwright.service.secrets import WebhookSecrets
from labelwright.service.store import archive as a
from labelwright.service.store.backup import backup
from labelwright.service.store.database import FILE, open_database
from labelwright.service.store.migrate import migrate
from labelwright.service.store.restore import RESTORED, restore
from labelwright.service.store.tables import VERSION, builds, deliveries, meta, nodes, sends
from labelwright.state.versions import VersionStore


def filled(post: Post) -> dict[str, bytes]:
    """A data folder as a service leaves it; its files by name."""
    data = post.folder / "data"
    post.service.secrets = WebhookSecrets(data)
    post.service.secrets.newest("emails")
    store = VersionStore(data / "projects" / "emails" / "datasets" / "sft")
    for number in range(2):
        with store.new() as folder:
            (folder / "train.jsonl").write_text(f'{{"n": {number}}}\n')
            store.publish(folder, good=True)
    for name in ("state/pseudonyms.key", "projects/emails/source/export.json"):
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
    for name in ("projects/emails/versions/.new-x/half", "projects/emails/source/.a.part", "work.sqlite"):
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not to be kept")
    deliver(post, "k1", body=b"\x00\xff binary")
    build_row(post, "b1", 1.0, state="running", ended_at=None)
    version(post, 1, 0.8)
    post.event("evt_1", "team")
    with post.database.writing() as connection:
        connection.execute(sends.update().values(held_until=time.time() + 100))
    return contents(data)


def contents(data: Path) -> dict[str, bytes]:
    return {
        path.relative_to(data).as_posix(): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file()
        and "not to be kept" not in path.read_text(errors="replace")
        and not path.name.endswith(".lock")
        and not path.name.startswith(FILE)
        and "latest" not in path.parts
    }


def test_a_backup_restored_is_what_was_there(post: Post, tmp_path: Path) -> None:
    before = filled(post)
    target = tmp_path / "out" / "b.tar"
    made = backup(post.database, post.folder / "data", target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert made.schema == VERSION and made.links == {"projects/emails/datasets/sft/latest": "versions/0002"}
    assert [p.name for p in target.parent.iterdir()] == ["b.tar"]
    new = tmp_path / "new"
    restore(target, new, "", False)
    assert contents(new) == before and len(before) == 5
    latest = new / "projects" / "emails" / "datasets" / "sft" / "latest"
    assert latest.is_symlink() and (latest / "train.jsonl").read_text() == '{"n": 1}\n'
    assert stat.S_IMODE((new / "secrets").stat().st_mode) == 0o700
    (secret,) = (new / "secrets" / "webhooks").iterdir()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert WebhookSecrets(new).newest("emails") == post.service.secrets.newest("emails")
    database = open_database("", new)
    with database.reading() as connection:
        assert connection.execute(sa.select(deliveries.c.body)).scalar_one() == b"\x00\xff binary"
        build = connection.execute(sa.select(builds)).one()
        assert (build.state, build.code) == ("failed", "service.restored")
        assert connection.execute(sa.select(sends.c.held_until)).scalar_one() == 0.0
        assert connection.execute(sa.select(meta.c.value).where(meta.c.key == RESTORED)).scalar() == "1"
    database.close()
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_a_backup_is_of_one_moment_while_others_write(post: Post, tmp_path: Path) -> None:
    """Deliveries come in pairs, each in one transaction; no backup has half of one."""
    data, done, another = post.folder / "data", threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            with post.database.writing() as connection:
                for half in "ab":
                    row = {
                        "project": "emails", "key": f"{number}{half}", "event": "E", "known": True,
                        "items": "[]", "received_at": 1.0, "last_at": 1.0, "copies": 1, "state": "new",
                        "build": "", "done_at": None, "body": b"x" * 2000,
                    }  # fmt: skip
                    connection.execute(deliveries.insert().values(row))
            another.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(4):
            another.clear()
            assert another.wait(60)
            backup(post.database, data, tmp_path / f"{number}.tar")
    finally:
        done.set()
        thread.join()
    counts = []
    for number in range(4):
        restore(tmp_path / f"{number}.tar", tmp_path / f"r{number}", "", False)
        database = open_database("", tmp_path / f"r{number}")
        with database.reading() as connection:
            keys = list(connection.execute(sa.select(deliveries.c.key)).scalars())
        database.close()
        counts.append(len(keys))
        assert {k[:-1] for k in keys if k.endswith("a")} == {k[:-1] for k in keys if k.endswith("b")}
    assert counts == sorted(counts) and counts[0] > 0


def test_a_project_that_is_rebuilt_is_waited_for(post: Post, tmp_path: Path) -> None:
    filled(post)
    data = post.folder / "data"
    store = VersionStore(data / "projects" / "emails")
    with store.locked():
        with pytest.raises(DataError) as told:
            backup(post.database, data, tmp_path / "b.tar", patience=0.3)
        assert told.value.problem.code == "backup.busy"
        assert not [p for p in tmp_path.iterdir() if "b.tar" in p.name]
        timer = threading.Timer(0.5, lambda: None)
        timer.start()
    timer.join()
    backup(post.database, data, tmp_path / "b.tar", patience=5)


def test_where_a_backup_may_not_lie(post: Post, tmp_path: Path) -> None:
    data = post.folder / "data"
    with pytest.raises(UsageError, match="in the data folder"):
        backup(post.database, data, data / "sub" / "b.tar")
    (tmp_path / "b.tar").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        backup(post.database, data, tmp_path / "b.tar")
    assert (tmp_path / "b.tar").read_text() == "mine"


def test_data_that_is_there_is_replaced_only_if_told_so(post: Post, tmp_path: Path) -> None:
    filled(post)
    backup(post.database, post.folder / "data", tmp_path / "b.tar")
    there = tmp_path / "there"
    there.mkdir()
    (there / "mine").write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        restore(tmp_path / "b.tar", there, "", False)
    assert (there / "mine").read_text() == "mine"
    restore(tmp_path / "b.tar", there, "", True)
    assert not (there / "mine").exists() and (there / FILE).is_file()
    restore(tmp_path / "b.tar", there, "", True)


def test_the_data_of_a_service_at_work_is_not_replaced(post: Post, tmp_path: Path) -> None:
    data = post.folder / "data"
    backup(post.database, data, tmp_path / "b.tar")

    def at_work(node: str, seen: float) -> None:
        with post.database.writing() as connection:
            connection.execute(nodes.delete())
            row = {"id": node, "version": "0", "started_at": 1.0, "seen_at": seen}
            connection.execute(nodes.insert().values(row))

    for node in (f"{os.uname().nodename}-{os.getpid()}", "elsewhere-1"):
        at_work(node, time.time())
        with pytest.raises(UsageError, match="at work"):
            restore(tmp_path / "b.tar", data, "", True)
    at_work(f"{os.uname().nodename}-999999999", time.time())
    with (data / ".serving").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="at work"):
            restore(tmp_path / "b.tar", data, "", True)
    post.database.close()
    restore(tmp_path / "b.tar", data, "", True)


Members = list[tuple[tarfile.TarInfo, bytes]]


def members(path: Path) -> Members:
    with tarfile.open(path) as tar:
        return [(info, file.read() if (file := tar.extractfile(info)) else b"") for info in tar]


def write(path: Path, listed: Members) -> None:
    with tarfile.open(path, "w:") as tar:
        for info, content in listed:
            tar.addfile(info, io.BytesIO(content))


def plain(
    name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE, to: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    info.size = len(content) if kind == tarfile.REGTYPE else 0
    return info, content


def changed(listed: Members, change: Callable[[a.Manifest], None]) -> Members:
    manifest = msgspec.json.decode(listed[-1][1], type=a.Manifest)
    change(manifest)
    return [*listed[:-1], plain(a.MANIFEST, a.encode(manifest))]


def one_byte(listed: Members) -> Members:
    return [(i, c if i.name != "data/state/pseudonyms.key" else b"C" + c[1:]) for i, c in listed]


HOSTILE: dict[str, Callable[[Members], Members]] = {
    "up": lambda m: [plain("data/../../evil"), *m],
    "absolute": lambda m: [plain("/tmp/evil-labelwright"), *m],
    "dot": lambda m: [plain("data/./x"), *m],
    "backslash": lambda m: [plain("data/..\\evil"), *m],
    "drive": lambda m: [plain("data/C:/evil"), *m],
    "symbolic link": lambda m: [plain("data/secrets", kind=tarfile.SYMTYPE, to="/etc"), *m],
    "hard link": lambda m: [plain("data/x", kind=tarfile.LNKTYPE, to="/etc/passwd"), *m],
    "device": lambda m: [plain("data/x", kind=tarfile.CHRTYPE), *m],
    "pipe": lambda m: [plain("data/x", kind=tarfile.FIFOTYPE), *m],
    "folder": lambda m: [plain("data/x", kind=tarfile.DIRTYPE), *m],
    "other place": lambda m: [plain("etc/x"), *m],
    "the database's place": lambda m: [plain(f"data/{FILE}"), *m],
    "its journal": lambda m: [plain(f"data/{FILE}-wal"), *m],
    "twice": lambda m: [m[0], *m],
    "more than told": lambda m: [plain("data/more"), *m],
    "less than told": lambda m: m[1:],
    "after the end": lambda m: [*m, plain("data/late")],
    "no list": lambda m: m[:-1],
    "one byte": one_byte,
    "a file as a folder": lambda m: [plain("data/state"), *m],
    "link elsewhere": lambda m: changed(m, lambda f: f.links.update({"x/latest": "../../etc"})),
    "link of another name": lambda m: changed(m, lambda f: f.links.update({"secrets/x": "versions/1"})),
    "link up": lambda m: changed(m, lambda f: f.links.update({"../latest": "versions/1"})),
    "other format": lambda m: changed(m, lambda f: setattr(f, "format", 99)),
    "list is no list": lambda m: [*m[:-1], plain(a.MANIFEST, b"[")],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    post = Post(folder)
    filled(post)
    backup(post.database, folder / "data", folder / "b.tar")
    post.database.close()
    return folder / "b.tar"


@pytest.mark.parametrize("how", HOSTILE)
def test_what_no_backup_holds_is_refused_and_changes_nothing(whole: Path, tmp_path: Path, how: str) -> None:
    bad = tmp_path / "in" / "bad.tar"
    bad.parent.mkdir()
    write(bad, HOSTILE[how](members(whole)))
    data = tmp_path / "place" / "data"
    data.mkdir(parents=True)
    (data / "mine").write_text("mine")
    with pytest.raises(DataError) as told:
        restore(bad, data, "", True)
    assert told.value.problem.code == "backup.refused"
    assert (data / "mine").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["bad.tar", "data", "in", "mine", "place"]
    assert not Path("/tmp/evil-labelwright").exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_what_is_cut_off_is_refused(whole: Path, tmp_path: Path, share: float) -> None:
    content = whole.read_bytes()
    (tmp_path / "cut.tar").write_bytes(content[: int(len(content.rstrip(b"\0")) * share)])
    with pytest.raises(DataError):
        restore(tmp_path / "cut.tar", tmp_path / "data", "", False)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100, b"\x1f\x8b\x08\x00" + bytes(600)])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.tar").write_bytes(content)
    with pytest.raises(DataError):
        restore(tmp_path / "b.tar", tmp_path / "data", "", False)


def test_a_backup_of_a_newer_program_or_another_database_is_refused(whole: Path, tmp_path: Path) -> None:
    write(tmp_path / "n.tar", changed(members(whole), lambda f: setattr(f, "schema", VERSION + 1)))
    with pytest.raises(UsageError, match="restore it with that"):
        restore(tmp_path / "n.tar", tmp_path / "data", "", False)
    with pytest.raises(UsageError, match="is of sqlite"):
        restore(whole, tmp_path / "data", "postgresql://nobody@127.0.0.1:1/x", False)
    with pytest.raises(UsageError, match="there is no"):
        restore(tmp_path / "none.tar", tmp_path / "data", "", False)


def test_the_commands(tmp_path: Path) -> None:
    config = configured(tmp_path / "s")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "labelwright", *arguments, "--config", str(config)],
            env=environment(), capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    nothing = run("backup", str(tmp_path / "b.tar"))
    assert (nothing.returncode, "nothing in" in nothing.stderr) == (2, True)
    post = Post(tmp_path / "p")
    post.database.close()
    (tmp_path / "p" / "data").rename(tmp_path / "s" / "labelwright-data")
    done = run("backup", str(tmp_path / "b.tar"))
    assert done.returncode == 0 and "it holds secrets" in done.stderr
    again = run("restore", str(tmp_path / "b.tar"))
    assert again.returncode == 2 and "--force" in again.stderr
    forced = run("restore", str(tmp_path / "b.tar"), "--force")
    assert forced.returncode == 0 and "files restored" in forced.stderr


def test_a_backup_of_an_older_version_is_brought_to_this_one(tmp_path: Path) -> None:
    data = tmp_path / "old"
    data.mkdir()
    with contextlib.closing(sqlite3.connect(data / FILE)) as made:
        made.executescript((Path(__file__).parent / "version-1.sql").read_text())
    database = open_database("", data)
    assert backup(database, data, tmp_path / "b.tar").schema == 1
    database.close()
    restore(tmp_path / "b.tar", tmp_path / "new", "", False)
    database = open_database("", tmp_path / "new")
    assert migrate(database) == VERSION
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(deliveries)).scalar() == 2
    database.close()


SMALL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from labelwright.cli.main import run
sys.exit(run(sys.argv[2:]))
"""


@pytest.mark.parametrize("room", [0, 100_000])
def test_without_room_nothing_is_left_and_nothing_is_changed(tmp_path: Path, room: int) -> None:
    """Neither for the copy of the database nor for the archive, nor for what is restored."""
    config, other = configured(tmp_path / "one"), configured(tmp_path / "two")
    post = Post(tmp_path / "p")
    for number in range(30):
        deliver(post, f"k{number}", body=os.urandom(4000))
    post.database.close()
    (tmp_path / "p" / "data").rename(tmp_path / "one" / "labelwright-data")

    def run(*arguments: str, limit: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", SMALL, str(limit), *arguments],
            env=environment(), capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    out = tmp_path / "out"
    done = run("backup", str(out / "b.tar"), "--config", str(config), limit=room)
    assert done.returncode == 1 and "io.cannot-write" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and list(out.iterdir()) == []
    assert run("backup", str(out / "b.tar"), "--config", str(config), limit=10**9).returncode == 0
    before = sorted((tmp_path / "two").rglob("*"))
    done = run("restore", str(out / "b.tar"), "--config", str(other), limit=room)
    assert done.returncode == 1 and "io.cannot-write" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and sorted((tmp_path / "two").rglob("*")) == before
