"""IDF1 and HOTA of ours beside TrackEval's, which lives in an environment of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from track_scenes import FRAMES, SCENES, track

from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control
from labelwright.geometry.overlap import iou
from labelwright.geometry.tracks import at
from labelwright.records import Kind, Track

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
Film = tuple[tuple[Track, ...], tuple[Track, ...]]


def told(film: Film) -> dict[str, Any]:
    """A film as the reader's script takes it."""
    out: dict[str, Any] = {"left": [], "right": [], "like": [], "tracks": [len(own) for own in film]}
    for frame in range(FRAMES):
        seen = [[(n, k) for n, t in enumerate(own) if (k := at(t.keyframes, frame))] for own in film]
        out["left"].append([n for n, _ in seen[0]])
        out["right"].append([n for n, _ in seen[1]])
        out["like"].append([[iou(a.geometry, b.geometry) for _, b in seen[1]] for _, a in seen[0]])
    return out


def walked(chance: random.Random) -> tuple[Track, ...]:
    return tuple(
        track(
            first := chance.randrange(9),
            chance.randrange(first + 1, 11),
            chance.uniform(0, 20),
            chance.uniform(0, 5),
            chance.uniform(5, 15),
            chance.uniform(-2, 2),
        )
        for _ in range(4)
    )


def test_idf1_and_hota_are_those_of_the_published_program(tmp_path: Path) -> None:
    chance = random.Random(5)
    drawn: list[Film] = [(s.left, s.right) for s in SCENES.values()]
    drawn += [(walked(chance), walked(chance)) for _ in range(20)]
    source = tmp_path / "films.json"
    source.write_text(json.dumps([told(film) for film in drawn]))
    home = Path(os.environ.get("LABELWRIGHT_READERS") or ROOT / ".servers" / "readers")
    ran = subprocess.run(
        [home / "vision" / "bin" / "python", Path(__file__).parent / "readers" / "read_tracks.py", source],
        env={k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    theirs = json.loads(ran.stdout.splitlines()[-1])
    assert len(theirs) == len(drawn) == len(SCENES) + 20
    for (left, right), expected in zip(drawn, theirs, strict=True):
        state = AgreementState({"c": Control(Kind.TRACKS)})
        state.add("1", ["a", "b"], [{"c": left}, {"c": right}])
        found = state.result(resamples=0).controls["c"].measures
        assert [found[n].value for n in ("idf1", "hota", "deta", "assa")] == pytest.approx(expected, abs=1e-6)
