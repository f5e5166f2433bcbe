"""MOT Challenge ground truth: rows, folders, losses, and tracks read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapesets import EXPORTS, balanced, read, shapes_of

from labelwright.contracts import Control, Input, Source, Template
from labelwright.geometry.shapes import Box, Polygon
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import READ, WRITE, Problems
from labelwright.records import Film, Item, ItemKey, Kind, Resolved, Shape, Track
from labelwright.registry import formats

TEMPLATE = Template(
    "film",
    modality="video",
    inputs={"video": Input("video")},
    controls={
        "objects": Control(Kind.TRACKS, labels=["car", "road"], input="video"),
        "visibility": Control(Kind.NUMBER, on="objects", mutable=True),
    },
)


def film(
    tracks: list[Track], name: str = "clip.mp4", count: int = 6, start: int = 0, step: int = 1
) -> Resolved:
    films = {"video": Film(count, 25.0, start, step)}
    item = Item(ItemKey("", "", name), {"video": name}, [], sizes={"video": (160, 120)}, films=films)
    return Resolved(item, {"objects": tuple(tracks)})


def files_of(held: list[Resolved]) -> tuple[dict[str, str], Problems]:
    problems = Problems()
    form: Any = formats()["mot"]
    return {n: d.decode() for n, d in form.write_files(held, TEMPLATE, problems)}, problems


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


MOVING = Track(
    (
        Keyframe(0, Box(1, 2, 10, 20)),
        Keyframe(1, Box(3.5, 2, 10, 20), occluded=True),
        Keyframe(2, Box(4, 2, 10, 20), outside=True),
        Keyframe(4, Box(9, 9, 10, 20)),
        Keyframe(5, Box(9, 9, 10, 20), attributes=(("visibility", 0.25),)),
    ),
    "road",
    "7",
)


def test_a_film_is_rows_by_frame_and_id(tmp_path: Path) -> None:
    files, problems = files_of([film([MOVING], start=3, step=2)])
    assert len(problems) == 0 and problems.ledger(WRITE).given == 1
    assert files == {
        "gt/gt.txt": "1,7,1.0,2.0,10.0,20.0,1,2,1.0\n2,7,3.5,2.0,10.0,20.0,1,2,0.0\n"
        "5,7,9.0,9.0,10.0,20.0,1,2,1.0\n6,7,9.0,9.0,10.0,20.0,1,2,0.25\n",
        "gt/labels.txt": "car\nroad\n",
        "seqinfo.ini": "[Sequence]\nname=clip\nimDir=img1\nframeRate=25\nseqLength=6\nimWidth=160\n"
        "imHeight=120\nimExt=.jpg\n",
    }
    put(tmp_path, files)
    items, problems, template = read("mot", tmp_path)
    (item,) = items
    (track,) = shapes_of(item)
    assert (track.label, track.id) == ("road", "7")
    assert [(k.frame, k.outside, k.occluded, k.attributes) for k in track.keyframes] == [
        (0, False, False, ()),
        (1, False, True, ()),
        (2, True, False, ()),
        (4, False, False, ()),
        (5, False, False, (("visibility", 0.25),)),
    ]
    assert item.films["video"] == Film(6, 25.0) and item.sizes["video"] == (160, 120)
    assert template.controls["visibility"].kind is Kind.NUMBER
    assert len(problems) == 0 and problems.ledger(READ).given == 1


def test_several_films_are_folders_and_names_differ(tmp_path: Path) -> None:
    held = [film([MOVING], "a/one.mp4"), film([], "b/one.mp4"), film([], "two.mp4")]
    files, problems = files_of(held)
    folders = ["one", "one-2", "two"]
    assert [*files] == [f"{f}/{n}" for f in folders for n in ("gt/gt.txt", "gt/labels.txt", "seqinfo.ini")]
    assert problems.counts == {"image.renamed": 1}
    put(tmp_path, files)
    assert sorted(i.key.item for i in read("mot", tmp_path)[0]) == folders


def test_what_is_lost_has_a_code() -> None:
    turned = Track(
        (Keyframe(0, Box(50, 50, 20, 10, 90)), Keyframe(1, Box(0, 0, 0, 0), outside=True)), "car", "1"
    )
    between = Track((Keyframe(0, Box(0, 0, 5, 5)), Keyframe(2, Box(4, 0, 5, 5))), "car", "2")
    outline = Track((Keyframe(0, Polygon.of(((1, 1), (9, 1), (9, 9)))),), "boat", "3")
    files, problems = files_of([film([turned, between, outline], count=3)])
    assert problems.counts == {
        "shape.rotation-lost": 1,
        "shape.keyframes-lost": 1,
        "shape.label-undeclared": 1,
    }
    assert files["gt/gt.txt"].splitlines() == [
        "1,1,55.0,45.0,10.0,20.0,1,1,1.0",
        "1,2,0.0,0.0,5.0,5.0,1,1,1.0",
        "2,2,2.0,0.0,5.0,5.0,1,1,1.0",
        "3,2,4.0,0.0,5.0,5.0,1,1,1.0",
    ]
    assert problems.ledger(WRITE).lost == {"shape.label-undeclared": 1} and balanced(problems)


def test_a_shape_on_an_image_is_not_followed() -> None:
    template = Template(
        "both",
        inputs={"image": Input("image"), "video": Input("video")},
        controls={"boxes": Control(Kind.SHAPES, labels=["car"], input="image"), **TEMPLATE.controls},
    )
    held = film([MOVING])
    held.item.inputs["image"] = "a.jpg"
    held.answers["boxes"] = (Shape(Box(1, 1, 2, 2), "car"),)
    problems = Problems()
    b"".join(formats()["mot"].write([held], template, problems))
    assert problems.ledger(WRITE).lost == {"mot.not-followed": 1} and balanced(problems)


def test_one_file_holds_one_film() -> None:
    problems = Problems()
    b"".join(formats()["mot"].write([film([MOVING], "a.mp4"), film([MOVING], "b.mp4")], TEMPLATE, problems))
    assert problems.ledger(WRITE).lost == {"mot.several-films": 1} and balanced(problems)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,1,1,1,5,5\n", ""),
        ("1,-1,1,1,5,5,1,1,1\n1,-1,1,1,5,5,1,1,1\n", ""),
        ("1,1,1,1,5,5,1,-1,-1,-1\n", ""),
        ("1,1,1,1,5\n", "mot.columns"),
        ("1 1 1 1 5 5 1 1 1\n", "mot.columns"),
        ("1,1,1,1,x,5,1,1,1\n", "mot.not-a-number"),
        ("1,1,nan,1,5,5,1,1,1\n", "mot.not-a-number"),
        ("0,1,1,1,5,5,1,1,1\n", "mot.frame"),
        ("1.5,1,1,1,5,5,1,1,1\n", "mot.frame"),
        ("1,0,1,1,5,5,1,1,1\n", "mot.id"),
        ("1,1,1,1,0,5,1,1,1\n", "mot.no-extent"),
        ("1,1,1,1,5,5,1,0,1\n", "mot.class"),
        ("1,1,1,1,5,5,1,1,2\n", "mot.visibility"),
        ("1,1,1,1,5,5,0,1,1\n", "mot.row-ignored"),
        ("1,1,1,1,5,5,1,1,1\n1,1,2,1,5,5,1,1,1\n", "mot.row-repeated"),
    ],
)
def test_every_rule(text: str, code: str) -> None:
    problems = list(formats()["mot"].check([text.encode()], "gt.txt"))
    assert [p.code for p in problems] == ([code] if code else [])
    assert all(p.place.line == text.count("\n") for p in problems)


def test_cvats_own_export() -> None:
    path = EXPORTS / "task1__MOT_1.1.zip"
    form: Any = formats()["mot"]
    assert form.recognise(Source(str(path), name=path.name), b"PK\3\4") == "sequences"
    (item,), problems, _ = read("mot", path)
    tracks = shapes_of(item)
    # Shapes that are not followed have the id -1: each is on one frame alone.
    assert [(t.label, [(k.frame, k.outside) for k in t.keyframes]) for t in tracks] == [
        ("car", [(0, False), (1, True)]),
        ("car", [(0, False), (1, True)]),
        ("naïve—ярлык 你好", [(2, False), (3, True)]),
        ("any thing", [(2, False), (3, True)]),
        ("car", [(4, False), (5, True)]),
    ]
    assert [t.keyframes[0].geometry for t in tracks][:2] == [
        Box(20, 20, 60, 50),
        Box(30.5, 30.25, 29.5, 29.75),
    ]
    assert tracks[1].keyframes[0].occluded
    assert item.films["video"].frames == 6 and item.sizes["video"] == (160, 120)
    assert problems.ledger(READ).given == 5 and len(problems) == 0


def test_a_broken_row_is_lost_with_its_line(tmp_path: Path) -> None:
    put(tmp_path, {"gt/gt.txt": "1,1,1,1,5,5,1,1,1\n2,1,1,1,5,5,1,9,1\n", "gt/labels.txt": "car\n"})
    _, problems, _ = read("mot", tmp_path)
    assert problems.ledger(READ).lost == {"mot.class-range": 1}
    assert [p.place.line for p in problems] == [2]


@settings(max_examples=30)
@given(
    st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
def test_tracks_come_back(frames: list[set[int]], random: Any) -> None:
    import tempfile

    tracks = []
    for number, seen in enumerate(frames, 1):
        keys: list[Keyframe] = []
        for frame in sorted(seen):
            box = Box(
                random.uniform(-5, 50), random.uniform(0, 50), random.uniform(0.1, 50), random.uniform(1, 50)
            )
            keys.append(Keyframe(frame, box, occluded=random.random() < 0.5))
            if frame + 1 not in seen and frame < 9:
                keys.append(Keyframe(frame + 1, box, outside=True))
        tracks.append(Track(tuple(keys), random.choice(["car", "road"]), str(number)))
    files, problems = files_of([film(tracks, count=10)])
    assert len(problems) == 0
    with tempfile.TemporaryDirectory() as folder:
        put(Path(folder), files)
        (item,), problems, _ = read("mot", Path(folder), TEMPLATE)
    assert len(problems) == 0
    assert sorted(shapes_of(item), key=lambda t: t.id) == tracks
