"""CVAT's XML: the recorded exports, every shape's true value, frames, people and bad files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from cvat_folder import CONSENSUS, RECORDINGS

from labelwright.contracts import Control, Source, Template
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.pipeline.opening import open_source
from labelwright.problems import READ, DataError, Problems
from labelwright.records import Item, Kind
from labelwright_plugins.cvat import plugin

HEAD = "<annotations><version>1.1</version><meta><task><id>4</id><size>{size}</size>{more}"
LABELS = (
    "<labels><label><name>car</name><type>any</type><attributes></attributes></label>"
    "<label><name>sky</name><type>tag</type><attributes></attributes></label></labels></task></meta>"
)
BOX = '<box label="car" source="manual" occluded="0" xtl="1" ytl="2" xbr="5" ybr="8" z_order="0"></box>'
IMAGE = '<image id="{id}" name="{name}" width="100" height="80">{shapes}</image>'


def read(path: Path, template: Template | None = None) -> tuple[list[Item], Problems]:
    source, problems = Source(str(path), name=path.name), Problems()
    used = plugin.adapt(source, template or plugin.infer(source, problems), problems)
    items = list(plugin.read(source, used, problems))
    assert problems.ledger(READ).missing == 0
    return items, problems


def file(path: Path, *images: str, size: int = 0, more: str = "") -> Path:
    path.write_text(HEAD.format(size=size, more=more) + LABELS + "".join(images) + "</annotations>", "utf-8")
    return path


def image(*shapes: str, id_: int = 0, name: str = "a.jpg") -> str:
    return IMAGE.format(id=id_, name=name, shapes="".join(shapes))


def shapes(item: Item) -> list[Any]:
    return [s for a in item.annotations for s in a.answers["objects"]]


@pytest.mark.parametrize(
    ("name", "items", "objects"),
    [
        ("task1_images.xml", 6, 16),
        ("task1_images.zip", 6, 16),
        ("task1_video.xml", 1, 15),
        ("video_images.xml", 20, 51),
        ("video_video.xml", 1, 4),
        ("project_images.xml", 29, 70),
        ("project_video.xml", 3, 22),
        ("job_images.xml", 3, 15),
        ("job_video.xml", 1, 14),
    ],
)
def test_every_recorded_export_is_read_whole(name: str, items: int, objects: int) -> None:
    found, problems = read(RECORDINGS / name)
    book = problems.ledger(READ)
    assert (len(found), book.taken, book.given) == (items, objects, objects)
    assert not problems.errors and "@" not in repr(found)


def test_the_numbers_of_objects_are_those_that_the_recorded_files_list() -> None:
    for name in ("task1", "video", "project", "job"):
        text = (RECORDINGS / f"{name}_images.xml").read_text("utf-8").partition("</meta>")[2]
        kinds = ("box", "polygon", "polyline", "mask", "cuboid", "ellipse", "skeleton", "tag")
        listed = sum(text.count(f"<{kind} ") for kind in kinds) + text.count('<points label="corner"')
        assert read(RECORDINGS / f"{name}_images.xml")[1].ledger(READ).given == listed


def test_every_kind_of_shape_has_its_true_value() -> None:
    items, _ = read(RECORDINGS / "task1_images.xml")
    first = {s.label: s for s in shapes(items[0])}
    assert first["lane"].geometry == Polyline(((10.0, 110.0), (80.0, 95.0), (150.0, 112.0)))
    assert first["road"].geometry == Polygon.of(
        ((0.0, 100.0), (60.0, 90.0), (159.0, 100.0), (159.0, 119.0), (0.0, 119.0))
    )
    assert first["road"].group == "1"
    turned = shapes(items[0])[-1]
    assert turned.geometry == Box(30.5, 30.25, 29.5, 29.75, 30.0)
    assert (turned.occluded, turned.z, turned.group) == (True, 2, "")
    joints = (Joint("head", 50, 20), Joint("hand", 40, 50, 1, (("glove", "true"),)), Joint("foot", 60, 90))
    assert first["person"].geometry == Skeleton(joints)  # in the label's order, not in the file's
    second = {s.label: s.geometry for s in shapes(items[1])}
    assert second["corner"] == Points(((10, 10), (20, 20), (30, 15)))
    corners = ((60, 40), (60, 80), (90, 35), (90, 85), (110, 30), (110, 75), (80, 32), (80, 72))
    assert second["box3"] == Cuboid(corners)
    mask = second["blob"]
    assert isinstance(mask, Mask)
    assert (mask.x, mask.y, mask.width, mask.height, sum(mask.counts)) == (40, 50, 22, 20, 440)
    assert second["person"].joints[2].visibility == 0
    assert shapes(items[2])[0].geometry == Ellipse(40.0, 60.0, 20.0, 10.0, 45.0)


def test_attributes_have_the_types_that_the_label_says() -> None:
    items, _ = read(RECORDINGS / "task1_images.xml")
    car = next(s for s in shapes(items[0]) if s.label == "car" and not s.occluded)
    said = {"color": "red", "parked": "true", "doors": 4, "plate": 'AB 12 "x" <&>', "size": "m"}
    assert dict(car.answers) == said
    assert items[0].annotations[0].answers["tags"] == ("weather",)
    assert items[0].annotations[0].answers["sev"] == "high"
    assert shapes(items[4])[0].origin == "prediction"


def test_the_template_is_made_of_the_labels() -> None:
    template = plugin.infer(Source(str(RECORDINGS / "task1_images.xml")), Problems())
    objects = template.controls["objects"]
    assert objects.kind is Kind.SHAPES and "weather" not in objects.labels and len(objects.labels) == 10
    assert objects.skeletons["person"].joints == ["head", "hand", "foot"]
    assert objects.skeletons["person"].edges == [["head", "hand"], ["hand", "foot"]]
    doors = template.controls["doors"]
    assert (doors.kind, doors.minimum, doors.maximum, doors.only) == (Kind.NUMBER, 2, 6, ["car"])
    assert template.controls["parked"].mutable and template.controls["parked"].labels == ["true", "false"]
    assert template.controls["tags"].labels == ["weather"] and template.controls["sev"].only == ["weather"]
    film = plugin.infer(Source(str(RECORDINGS / "video_video.xml")), Problems())
    assert film.controls["objects"].kind is Kind.TRACKS and list(film.inputs) == ["video"]


# --- frames


def test_frames_of_a_filtered_film_are_absolute_and_counted_from_the_first(tmp_path: Path) -> None:
    more = "<start_frame>3</start_frame><frame_filter>step=2</frame_filter>"
    rows = "".join(
        f'<box frame="{f}" keyframe="{int(f in (5, 9))}" outside="0" occluded="0" xtl="{f}" ytl="0" xbr="50"'
        f' ybr="10" z_order="0"></box>'
        for f in (5, 7, 9)
    )
    path = file(tmp_path / "a.xml", f'<track id="0" label="car">{rows}</track>', size=7, more=more)
    items, _ = read(path)
    film = items[0].films["video"]
    assert (film.frames, film.start, film.step) == (7, 3, 2)
    keys = shapes(items[0])[0].keyframes
    assert [(k.frame, k.outside) for k in keys] == [(1, False), (3, False), (4, True)]


def test_a_frame_of_a_film_is_named_as_in_its_frames_folder() -> None:
    items, _ = read(RECORDINGS / "video_images.xml")
    assert items[3].inputs == {"image": "vid/frame_000003.png"}
    assert items[3].key.item == "2/3"


def test_deleted_frames_leave_gaps(tmp_path: Path) -> None:
    images = [image(BOX, id_=n, name=f"{n}.jpg") for n in (0, 2, 3, 5)]
    items, problems = read(file(tmp_path / "a.xml", *images, size=6))
    assert [i.key.item for i in items] == ["4/0", "4/2", "4/3", "4/5"] and not problems.errors


def test_ids_that_begin_anew_with_each_task_do_not_collide() -> None:
    items, _ = read(RECORDINGS / "project_images.xml")
    keys = [i.key.item for i in items]
    assert len(set(keys)) == 29 and keys[:4] == ["3/0", "3/1", "3/2", "1/0"]
    assert {i.meta["subset"] for i in items} == {"default", "train", "val"}
    assert all(i.key.project == "1" for i in items)


def test_images_of_one_name_in_different_folders_are_two(tmp_path: Path) -> None:
    path = file(tmp_path / "a.xml", image(BOX, name="x/a.jpg"), image(BOX, id_=1, name="y/a.jpg"))
    assert [i.inputs["image"] for i in read(path)[0]] == ["x/a.jpg", "y/a.jpg"]


def test_single_shapes_of_a_film_end_after_their_frame() -> None:
    items, _ = read(RECORDINGS / "project_video.xml")
    tracks = {(i.key.item, t.id): t for i in items for t in i.annotations[0].answers["objects"]}
    assert [(k.frame, k.outside) for k in tracks["3", "3"].keyframes] == [(0, False), (1, True)]
    # The closing row that CVAT leaves out is put back.
    assert [(k.frame, k.outside) for k in tracks["3", "4"].keyframes] == [(1, False), (2, True)]
    assert [(k.frame, k.outside) for k in tracks["1", "20"].keyframes] == [(4, False), (5, True)]


def test_tracks_keep_keyframes_and_drop_what_lies_between() -> None:
    items, problems = read(RECORDINGS / "video_video.xml")
    car, road, person, _ = shapes(items[0])
    assert [(k.frame, k.outside) for k in car.keyframes] == [(0, False), (5, False), (9, False), (12, True)]
    assert car.keyframes[2].geometry == Box(40.0, 30.0, 30.0, 30.0, 10.0)
    assert [dict(k.attributes) for k in car.keyframes][:2] == [{"parked": "true"}, {"parked": "false"}]
    assert "parked" not in dict(car.answers)
    assert [k.frame for k in road.keyframes] == [3, 8]
    assert [k.frame for k in person.keyframes] == [0, 10]
    assert problems.counts == {"cvat.track-without-end": 2}


def test_a_film_read_by_frame_has_cvat_s_own_numbers_on_every_frame() -> None:
    frames = plugin.infer(Source(str(RECORDINGS / "video_images.xml")), Problems())
    by_frame, _ = read(RECORDINGS / "video_video.xml", frames)
    listed, _ = read(RECORDINGS / "video_images.xml", frames)

    def told(items: list[Item]) -> list[Any]:
        return [sorted(((s.geometry, s.label, s.answers) for s in shapes(i)), key=repr) for i in items]

    assert told(by_frame) == told(listed)
    assert [i.key for i in by_frame] == [i.key for i in listed]


def test_images_read_by_a_template_of_tracks_become_tracks_of_one_frame() -> None:
    film = plugin.infer(Source(str(RECORDINGS / "video_video.xml")), Problems())
    items, problems = read(RECORDINGS / "video_images.xml", film)
    assert len(items) == 1 and len(shapes(items[0])) == 50
    assert {len(t.keyframes) for t in shapes(items[0])} == {1, 2}
    assert problems.counts["cvat.shapes-for-tracks"] == 1 and problems.counts["cvat.tag-frame"] == 1


# --- people


def test_the_annotator_is_the_job_s_assignee() -> None:
    assert read(CONSENSUS / "replica.xml")[0][0].annotations[0].annotator == "annie"
    items, problems = read(RECORDINGS / "job_images.xml")
    assert items[0].annotations[0].annotator == "job-1"
    assert problems.counts == {"cvat.annotator-unknown": 1}


def test_a_task_s_assignee_stands_for_its_only_job() -> None:
    assert read(RECORDINGS / "video_images.xml")[0][0].annotations[0].annotator == "bobby"
    assert read(RECORDINGS / "task1_images.xml")[0][0].annotations[0].annotator == "unknown"


# --- bad files


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (
            '<mask label="car" rle="3, 1" left="0" top="0" width="3" height="3" z_order="0"></mask>',
            "cvat.mask-rle",
        ),
        (
            '<mask label="car" rle="a" left="0" top="0" width="3" height="3" z_order="0"></mask>',
            "cvat.mask-rle",
        ),
        (BOX.replace('xtl="1"', 'xtl="nan"'), "cvat.coordinate-not-finite"),
        (BOX.replace('xtl="1"', 'xtl="inf"'), "cvat.coordinate-not-finite"),
        (BOX.replace('xtl="1"', 'xtl="one"'), "cvat.shape-unreadable"),
        (BOX.replace('xtl="1"', 'xtl="9"'), "cvat.shape-unreadable"),
        (BOX.replace(' xtl="1"', ""), "cvat.shape-unreadable"),
        (BOX.replace("car", "ship"), "cvat.label-unknown"),
        ('<polygon label="car" points="1,2;3" z_order="0"></polygon>', "cvat.shape-unreadable"),
        ('<polygon label="car" points="1,2;3,4" z_order="0"></polygon>', "cvat.shape-unreadable"),
        ('<polygon label="car" points="1,2;3,4;nan,5" z_order="0"></polygon>', "cvat.coordinate-not-finite"),
        ('<blob label="car" points="1,2" z_order="0"></blob>', "cvat.shape-unreadable"),
        ('<tag label="sea" source="manual"></tag>', "cvat.label-unknown"),
        ('<skeleton label="car" z_order="0"></skeleton>', "cvat.shape-unreadable"),
    ],
)
def test_a_bad_shape_is_set_aside_with_its_code_and_place(tmp_path: Path, shape: str, code: str) -> None:
    items, problems = read(file(tmp_path / "a.xml", image(BOX, shape, BOX)))
    assert [s.geometry for s in shapes(items[0])] == [Box(1.0, 2.0, 4.0, 6.0)] * 2
    assert problems.ledger(READ).lost == {code: 1} and problems.ledger(READ).given == 2
    found = next(x for x in problems if x.code == code)
    assert found.place.source == "a.xml" and found.place.item == "a.jpg" and found.remedy


@pytest.mark.parametrize(
    ("shape", "inside"),
    [
        (BOX.replace('xbr="5"', 'xbr="120"'), False),
        (BOX.replace('xbr="5"', 'xbr="100.005"'), True),
        (BOX.replace('xbr="5"', 'xbr="99" rotation="90"'), False),
        ('<ellipse label="car" cx="50" cy="40" rx="45" ry="5" rotation="90" z_order="0"></ellipse>', False),
        ('<ellipse label="car" cx="50" cy="40" rx="45" ry="5" z_order="0"></ellipse>', True),
    ],
)
def test_a_shape_beyond_its_image_is_kept_and_said(tmp_path: Path, shape: str, inside: bool) -> None:
    items, problems = read(file(tmp_path / "a.xml", image(shape)))
    assert len(shapes(items[0])) == 1
    assert ("cvat.shape-outside-image" in problems.counts) is not inside


def test_an_image_outside_the_task_or_seen_before_is_left_out(tmp_path: Path) -> None:
    images = [image(BOX), image(BOX, BOX, name="b.jpg"), image(BOX, id_=500, name="c.jpg")]
    items, problems = read(file(tmp_path / "a.xml", *images, size=6))
    assert len(items) == 1
    assert problems.ledger(READ).lost == {"cvat.image-duplicate": 2, "cvat.frame-outside-task": 1}


def test_an_image_without_a_size_is_said(tmp_path: Path) -> None:
    path = file(tmp_path / "a.xml", f'<image id="0" name="a.jpg">{BOX}</image>')
    items, problems = read(path)
    assert problems.counts["cvat.size-missing"] == 1 and not items[0].sizes
    assert len(shapes(items[0])) == 1


def test_an_unknown_version_is_read_and_said(tmp_path: Path) -> None:
    path = file(tmp_path / "a.xml", image(BOX))
    path.write_text(path.read_text().replace("1.1", "9.0"))
    items, problems = read(path)
    assert len(items) == 1 and problems.counts["cvat.version-unknown"] == 1


def test_a_file_that_is_cut_short_names_the_place(tmp_path: Path) -> None:
    path = file(tmp_path / "a.xml", *(image(BOX, id_=n, name=f"{n}.jpg") for n in range(5)))
    text = path.read_text()
    path.write_text(text[: text.index("3.jpg")])
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.problem.code == "cvat.xml-broken"
    assert "ends before it is complete" in caught.value.problem.message
    assert caught.value.problem.place.line == 1


@pytest.mark.parametrize(
    "start",
    [
        '<!DOCTYPE annotations [<!ENTITY a "b">]>',
        '<!DOCTYPE annotations SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused(tmp_path: Path, start: str) -> None:
    path = file(tmp_path / "a.xml", image(BOX))
    path.write_text(start + path.read_text())
    assert plugin.recognise(Source(str(path)), path.read_bytes()) == "XML"
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.problem.code == "cvat.xml-entities"


def test_an_archive_that_leads_out_of_its_folder_or_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../annotations.xml", "<annotations/>")
    with pytest.raises(DataError) as caught:
        open_source(str(path))
    assert caught.value.problem.code == "archive.unsafe-name"
    whole = (RECORDINGS / "task1_images.zip").read_bytes()
    (tmp_path / "b.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError) as caught:
        open_source(str(tmp_path / "b.zip"))
    assert caught.value.problem.code == "archive.broken"


def test_a_bomb_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("annotations.xml", HEAD.format(size=1, more="") + " " * (80 << 20))
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.problem.code == "archive.too-large"


def test_a_track_s_bad_rows_are_said_and_a_track_without_any_is_lost(tmp_path: Path) -> None:
    row = '<box frame="{f}" keyframe="1" outside="0" xtl="{x}" ytl="0" xbr="5" ybr="5" z_order="0"/>'
    good = f'<track id="0" label="car">{row.format(f=0, x=1)}{row.format(f=900, x=1)}</track>'
    bad = f'<track id="1" label="car">{row.format(f=0, x="nan")}</track>'
    again = f'<track id="0" label="car">{row.format(f=0, x=1)}</track>'
    items, problems = read(file(tmp_path / "a.xml", good, bad, again, size=6))
    assert len(shapes(items[0])) == 1
    assert problems.ledger(READ).lost == {"cvat.track-empty": 1, "cvat.object-duplicate": 1}
    assert problems.counts["cvat.frame-outside-task"] == 1
    assert problems.counts["cvat.coordinate-not-finite"] == 1


def test_an_api_answer_without_labels_names_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "annotations.json"
    path.write_text('{"version": 0, "tags": [], "shapes": [{"id": 1}], "tracks": []}')
    with pytest.raises(DataError) as caught:
        open_source(str(path))
    assert caught.value.problem.code == "cvat.labels-missing"
    assert "pull cvat" in caught.value.problem.remedy


def test_forms_are_recognised(tmp_path: Path) -> None:
    for name in ("task1_images.xml", "task1_video.xml", "task1_images.zip"):
        opened = open_source(str(RECORDINGS / name))
        assert (opened.tool.name, opened.form) == ("cvat", "XML")
    (tmp_path / "annotations.xml").write_text((RECORDINGS / "task1_images.xml").read_text("utf-8"), "utf-8")
    assert open_source(str(tmp_path)).form == "XML"
    assert plugin.recognise(Source("a.xml"), b"<annotation><folder>x</folder></annotation>") == ""


# --- a template of the user's own


def test_a_user_s_template_takes_the_shapes_and_says_what_differs() -> None:
    template = Template("mine", controls={"things": Control(Kind.SHAPES, ["car", "ship"], shapes=["box"])})
    items, problems = read(RECORDINGS / "task1_images.xml", template)
    assert len([s for i in items for s in i.annotations[0].answers["things"]]) == 15
    assert problems.counts["cvat.labels-drift"] == 1
    assert problems.ledger(READ).lost == {"cvat.label-unknown": 1}  # the tag
    assert problems.counts["cvat.attribute-unknown"] == 15


def test_several_controls_share_shapes_by_label_and_kind() -> None:
    controls = {
        "boxes": Control(Kind.SHAPES, ["car", "any thing"], shapes=["box"]),
        "outlines": Control(Kind.SHAPES, ["road", "any thing"], shapes=["polygon"]),
    }
    items, problems = read(RECORDINGS / "task1_images.xml", Template("mine", controls=controls))
    count = {n: sum(len(i.annotations[0].answers[n]) for i in items) for n in controls}
    assert count == {"boxes": 4, "outlines": 2}
    assert problems.ledger(READ).lost == {"cvat.label-unknown": 10}


def test_a_bad_point_of_a_skeleton_takes_its_attributes_along(tmp_path: Path) -> None:
    figure = """<skeleton label="car" z_order="0">
        <points label="a" outside="0" occluded="0" points="1,1"><attribute name="x">1</attribute></points>
        <points label="b" outside="0" occluded="0" points="nan,1"><attribute name="x">2</attribute></points>
        </skeleton>"""
    items, problems = read(file(tmp_path / "a.xml", image(figure)))
    assert shapes(items[0])[0].geometry == Skeleton((Joint("a", 1, 1, 2, (("x", "1"),)),))
    assert problems.counts == {"cvat.annotator-unknown": 1, "cvat.coordinate-not-finite": 1}


def test_several_files_are_read_as_one_source(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        text = f"<annotations><version>1.1</version>{image(BOX)}</annotations>"
        (tmp_path / name / "annotations.xml").write_text(text)
    template = Template("mine", controls={"objects": Control(Kind.SHAPES, ["car"])})
    items, problems = read(tmp_path, template)
    assert [i.key.item for i in items] == ["one/0", "two/0"] and not problems.errors
    for name in ("one", "two"):
        source = (RECORDINGS / "video_video.xml").read_text("utf-8")
        (tmp_path / name / "annotations.xml").write_text(source, "utf-8")
    items, problems = read(tmp_path)
    assert len(items) == 1 and problems.ledger(READ).lost == {"cvat.image-duplicate": 4}
