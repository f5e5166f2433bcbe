"""CPU and memory of embedding images, beside reading them and encoding them to base64 alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import measuring
import photos
import pytest

IMAGES = int(os.environ.get("LABELWRIGHT_BENCHMARK_IMAGES", "2000"))
BYTES = 1_000_000
MOST_TIMES = 1.5
MOST_MB = 80.0  # above the start

REFERENCE = """
import base64, json, sys
from pathlib import Path
folder, target = Path(sys.argv[1]), sys.argv[2]
with open(target, "wb") as out:
    for name in sorted(p.name for p in folder.iterdir()):
        data = (folder / name).read_bytes()
        url = "data:image/jpeg;base64," + base64.b64encode(data).decode()
        out.write(b'{"url": "' + url.encode() + b'"}\\n')
"""
# What a run imports, without images: the start.
START = """
import sys
import msgspec
from pathlib import Path
from labelwright.contracts import MediaRules
from labelwright.examples import Media
from labelwright.media.room import open_room
from labelwright.problems import Place, Problems
"""
OURS = (
    START
    + """
folder, target = Path(sys.argv[1]), sys.argv[2]
room, problems = open_room([str(folder)], MediaRules(modes=("RGB", "RGBA"), size=10_000_000)), Problems()
with open(target, "wb") as out:
    for name in sorted(p.name for p in folder.iterdir()):
        prepared = room.prepare(Media(name), (1024, 768), Place(item=name), problems)
        line = msgspec.json.encode({"url": prepared.media.address})
        out.write(room.finish(line, [prepared]) + b"\\n")
assert not problems.counts, problems.counts
"""
)


def make_images(folder: Path, count: int) -> None:
    """JPEG files of a megabyte: a true image's headers, and noise in its scan."""
    whole = photos.jpeg(1024, 768)
    scan = whole.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(whole[scan + 2 : scan + 4], "big")
    noise = Random(1).randbytes(BYTES).replace(b"\xff", b"\xfe")
    folder.mkdir()
    for number in range(count):
        body = number.to_bytes(4, "big").replace(b"\xff", b"\xfe") + noise[number % 5000 :]
        room = BYTES - start - 2
        data = whole[:start] + (body + noise)[:room] + b"\xff\xd9"
        (folder / f"{number:05}.jpg").write_bytes(data)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that leaves nothing behind: its files have gigabytes."""
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.mark.benchmark
def test_embedding_costs_little_more_than_base64(folder: Path) -> None:
    make_images(folder / "in", IMAGES)
    ours, theirs = folder / "ours.jsonl", folder / "theirs.jsonl"
    commands = {
        "embedded": measuring.python(OURS, folder / "in", ours),
        "read, base64, written": measuring.python(REFERENCE, folder / "in", theirs),
        "start": measuring.python(START),
    }
    costs = measuring.interleaved(commands)
    measuring.show(f"{IMAGES:,} images of {BYTES:,} bytes into rows", costs)
    times = measuring.ratio(costs, "embedded", "read, base64, written")
    over = max(c.peak_mb for c in costs["embedded"]) - max(c.peak_mb for c in costs["start"])
    print(f"  {times:.2f} times reading and base64; {over:.0f} MB above the start")
    with ours.open("rb") as mine, theirs.open("rb") as other:
        rows = [line.replace(b'": "', b'":"') for line in (next(other), other.readlines(1)[0])]
        assert [next(mine), next(mine)] == rows
    assert ours.stat().st_size == theirs.stat().st_size - IMAGES
    assert times <= MOST_TIMES
    assert over <= MOST_MB
