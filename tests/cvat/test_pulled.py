"""Folders pulled from CVAT: frames, people, ground truth and everything that jobs share."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from cvat_folder import (
    API,
    CONSENSUS,
    SERVER,
    film,
    images,
    job,
    label,
    labeled,
    load,
    rectangle,
    write_folder,
)

from labelwright.contracts import Source, Template
from labelwright.geometry.shapes import Box, Ellipse, Mask, Skeleton
from labelwright.pipeline.convert import measure
from labelwright.pipeline.opening import open_source
from labelwright.pipeline.settings import Settings
from labelwright.problems import READ, DataError, Problems
from labelwright.records import Item
from labelwright_plugins.cvat import plugin

CAR = [label(1, "car")]
CATS = [
    label(
        17,
        "cat",
        "any",
        attributes=[
            {
                "id": 8,
                "name": "sex",
                "mutable": False,
                "input_type": "select",
                "default_value": "m",
                "values": ["m", "f"],
            }
        ],
    ),
    label(18, "dog", "any"),
    label(19, "scene", "tag"),
]


def read(folder: Path, template: Template | None = None) -> tuple[list[Item], Problems]:
    source, problems = Source(str(folder), name=folder.name), Problems()
    used = plugin.adapt(source, template or plugin.infer(source, problems), problems)
    items = list(plugin.read(source, used, problems))
    assert problems.ledger(READ).missing == 0
    return items, problems


def boxes(item: Item) -> list[Any]:
    return [s.geometry for a in item.annotations for s in a.answers["objects"]]


def by_frame(items: list[Item]) -> dict[str, Item]:
    return {i.key.item: i for i in items}


def test_the_recorded_tasks_say_in_the_api_what_they_say_in_the_xml(tmp_path: Path) -> None:
    labels = load(API / "labels_project.json")["results"]
    one = load(API / "tasks_1.json") | {"assignee": None}
    jobs = [load(API / f"jobs_{n}.json") for n in (1, 2)]
    held = {n: load(API / f"jobs_{n}_annotations.json") for n in (1, 2)}
    folder = write_folder(tmp_path / "p", labels, {1: (one, load(API / "task_1_data_meta.json"), jobs, held)})
    items, problems = read(folder)
    xml = plugin.infer(Source(str(API.parent / "task1_images.xml")), Problems())
    other = list(plugin.read(Source(str(API.parent / "task1_images.xml")), xml, Problems()))
    assert [i.key.item for i in items] == [i.key.item for i in other] == [f"1/{n}" for n in range(6)]
    assert [i.inputs for i in items] == [i.inputs for i in other]
    assert [i.link for i in items] == [i.link for i in other]

    def told(found: list[Item], frame: int) -> list[Any]:
        shapes = found[frame].annotations[0].answers["objects"]
        told = [(s.geometry, s.label, s.group, s.origin, s.occluded, s.z, s.answers) for s in shapes]
        return sorted(told, key=repr)  # CVAT gives the shapes of a frame in any order

    for frame in (0, 1, 2, 4):
        assert told(items, frame) == told(other, frame)
    scored = items[4].annotations[0].answers["objects"][0]
    assert (scored.score, scored.origin, scored.id) == (0.73, "prediction", "22")
    assert items[0].annotations[0].answers["tags"] == ("weather",)
    assert items[0].annotations[0].answers["sev"] == "high"
    assert problems.ledger(READ).given == 16


def test_every_shape_of_the_api_has_its_true_numbers(tmp_path: Path) -> None:
    labels = load(API / "labels_project.json")["results"]
    jobs = [job(1, 0, 5, 2)]
    held = {1: load(API / "tasks_1_annotations.json")}
    folder = write_folder(tmp_path / "p", labels, {1: ({}, images(6), jobs, held)})
    items, _ = read(folder)
    found = {type(g): g for i in items for g in boxes(i)}
    ellipses = [g for g in boxes(items[2]) if isinstance(g, Ellipse)]
    assert ellipses == [Ellipse(80.0, 60.0, 30.0, 20.0), Ellipse(40.0, 60.0, 20.0, 10.0, 45.0)]
    mask = found[Mask]
    assert (mask.x, mask.y, mask.width, mask.height) == (40, 50, 22, 20)
    assert Box(30.5, 30.25, 29.5, 29.75, 30.0) in boxes(items[0])
    figure = found[Skeleton]
    assert [(j.name, j.visibility) for j in figure.joints] == [("head", 2), ("hand", 1), ("foot", 0)]


def consensus(folder: Path, order: tuple[int, ...] = (8, 9, 10, 11)) -> Path:
    """The recorded task of three replicas, whose jobs are given to three people."""
    recorded = {j["id"]: j for j in load(CONSENSUS / "jobs.json")}
    people = {9: 2, 10: 3, 11: 4}
    jobs = []
    for number in order:
        given = dict(recorded[number], state="completed")
        if number in people:
            name = f"user{people[number]}"
            given["assignee"] = {"id": people[number], "username": name, "email": f"{name}@example.com"}
        jobs.append(given)
    held = {n: load(CONSENSUS / f"replica_{n}_annotations.json") for n in people}
    held[8] = load(CONSENSUS / "merged_job_annotations.json")
    data = images(2)
    return write_folder(folder, CATS, {8: (load(CONSENSUS / "task.json"), data, jobs, held)})


def test_three_replicas_are_three_annotations_of_each_frame(tmp_path: Path) -> None:
    items, problems = read(consensus(tmp_path / "p"))
    assert [[a.annotator for a in i.annotations] for i in items] == [["2", "3", "4"], ["2", "3", "4"]]
    assert [len(a.answers["objects"]) for i in items for a in i.annotations] == [1, 1, 1, 1, 1, 2]
    assert [a.answers["tags"] for a in items[0].annotations] == [("scene",), ("scene",), ()]
    assert problems.counts["cvat.consensus-result"] == 6
    assert problems.ledger(READ).lost == {"cvat.consensus-result": 6}
    assert problems.ledger(READ).given == 9


def test_no_address_of_anybody_is_read(tmp_path: Path) -> None:
    items, problems = read(consensus(tmp_path / "p"))
    assert "@" not in repr(items) and "@" not in " ".join(map(str, problems))
    named = job(1, 0, 0) | {"assignee": {"id": None, "username": "ann@example.com"}}
    folder = write_folder(tmp_path / "q", CAR, {1: ({}, images(1), [named], {1: labeled()})})
    items, _ = read(folder)
    assert items[0].annotations[0].annotator == "job-1"


def test_the_order_of_jobs_changes_nothing(tmp_path: Path) -> None:
    first, _ = read(consensus(tmp_path / "p"))
    for number, order in enumerate(permutations((8, 9, 10, 11))):
        found, _ = read(consensus(tmp_path / f"p{number}", order))
        assert found == first


def test_a_parent_that_was_annotated_by_hand_is_somebody_s_work(tmp_path: Path) -> None:
    jobs = [job(1, 0, 0, 7), job(2, 0, 0, 8, type="consensus_replica", parent_job_id=1)]
    held = {1: labeled(rectangle(1, 0)), 2: labeled(rectangle(2, 0))}
    items, _ = read(write_folder(tmp_path / "p", CAR, {1: ({}, images(1), jobs, held)}))
    assert [a.annotator for a in items[0].annotations] == ["7", "8"]


def test_filtered_frames_have_absolute_numbers(tmp_path: Path) -> None:
    data = film(7, start_frame=3, stop_frame=15, frame_filter="step=2")
    jobs = [job(n + 1, s, e, 2) for n, (s, e) in enumerate([(0, 2), (2, 4), (4, 6)])]
    held = {1: labeled(rectangle(1, 2)), 2: labeled(rectangle(2, 2)), 3: labeled(rectangle(3, 6))}
    items, problems = read(write_folder(tmp_path / "p", CAR, {5: ({}, data, jobs, held)}))
    assert [i.key.item for i in items] == [f"5/{n}" for n in (3, 5, 7, 9, 11, 13, 15)]
    assert [len(i.annotations) for i in items] == [1] * 7  # frames that two jobs share count once
    assert [len(boxes(i)) for i in items] == [0, 0, 1, 0, 0, 0, 1]
    assert problems.ledger(READ).lost == {"cvat.frame-repeated": 1}


def test_a_film_s_frames_are_named_as_cvat_names_them(tmp_path: Path) -> None:
    data = film(3, start_frame=3, stop_frame=7, frame_filter="step=2")
    template = plugin.infer(_one(tmp_path / "t", data), Problems())
    assert list(template.inputs) == ["video"]
    frames = plugin.infer(_one(tmp_path / "u", data, mode="annotation"), Problems())
    items, _ = read(tmp_path / "t", frames)
    assert [i.inputs["image"] for i in items] == [f"vid/frame_{n:06d}.png" for n in (3, 5, 7)]
    assert {i.sizes["image"] for i in items} == {(160, 120)}


def _one(
    folder: Path, data: dict[str, Any], mode: str = "interpolation", *shapes: Any, **more: Any
) -> Source:
    jobs = [job(1, 0, data["size"] - 1, 2)]
    held = {1: labeled(*shapes, **more)}
    return Source(str(write_folder(folder, CAR, {1: ({"mode": mode}, data, jobs, held)})))


def test_two_people_on_shared_frames_are_compared_there(tmp_path: Path) -> None:
    jobs = [job(1, 0, 2, 2), job(2, 2, 4, 3)]
    held = {1: labeled(rectangle(1, 2)), 2: labeled(rectangle(2, 2))}
    items, problems = read(write_folder(tmp_path / "p", CAR, {1: ({}, images(5), jobs, held)}))
    assert [[a.annotator for a in i.annotations] for i in items] == [["2"], ["2"], ["2", "3"], ["3"], ["3"]]
    assert not problems.ledger(READ).lost


def test_deleted_frames_are_left_out_and_what_is_on_them_is_counted(tmp_path: Path) -> None:
    data = images(6, deleted_frames=[1, 4])
    held = {1: labeled(*(rectangle(n, n) for n in range(6)))}
    items, problems = read(write_folder(tmp_path / "p", CAR, {1: ({}, data, [job(1, 0, 5, 2)], held)}))
    assert [i.key.item for i in items] == ["1/0", "1/2", "1/3", "1/5"]
    assert problems.ledger(READ).lost == {"cvat.frame-deleted": 2}
    assert problems.ledger(READ).given == 4


def test_honeypots_count_as_the_frames_they_are_copies_of(tmp_path: Path) -> None:
    # Frames 0-3 with a honeypot each at 2 and 5; the pool is 6 and 7, seen by the ground truth job.
    layout = {
        "mode": "gt_pool", "frames_per_job_count": 1, "validation_frames": [6, 7], "disabled_frames": [],
        "honeypot_count": 2, "honeypot_frames": [2, 5], "honeypot_real_frames": [7, 6],
    }  # fmt: skip
    jobs = [job(1, 0, 2, 2), job(2, 3, 5, 3), job(3, 0, 7, 4, type="ground_truth")]
    held = {
        1: labeled(rectangle(1, 2)),
        2: labeled(rectangle(2, 5)),
        3: labeled(rectangle(3, 6), rectangle(4, 7)),
    }
    folder = write_folder(tmp_path / "p", CAR, {1: ({}, images(8), jobs, held)}, {1: layout})
    found = by_frame(read(folder)[0])
    assert list(found) == [f"1/{n}" for n in (0, 1, 3, 4, 6, 7)]
    assert [(a.annotator, a.reference) for a in found["1/7"].annotations] == [("2", False), ("4", True)]
    assert [(a.annotator, a.reference) for a in found["1/6"].annotations] == [("3", False), ("4", True)]
    assert found["1/7"].inputs == {"image": "img_007.jpg"}


def test_a_ground_truth_job_is_the_reference_of_its_frames_alone(tmp_path: Path) -> None:
    layout = {"mode": "gt", "validation_frames": [0, 1, 4], "disabled_frames": [4]}
    jobs = [job(1, 0, 5, 2), job(2, 0, 5, 3, type="ground_truth")]
    held = {1: labeled(rectangle(1, 0)), 2: labeled(rectangle(2, 0), rectangle(3, 4))}
    folder = write_folder(tmp_path / "p", CAR, {1: ({}, images(6), jobs, held)}, {1: layout})
    items, problems = read(folder)
    assert [sum(a.reference for a in i.annotations) for i in items] == [1, 1, 0, 0, 0, 0]
    assert problems.ledger(READ).lost == {"cvat.reference-frame-unused": 1}


def test_empty_frames_of_an_unfinished_job_are_not_answered_yet(tmp_path: Path) -> None:
    jobs = [job(1, 0, 3, 2, state="in progress")]
    folder = write_folder(tmp_path / "p", CAR, {1: ({}, images(4), jobs, {1: labeled(rectangle(1, 2))})})
    items, problems = read(folder)
    assert [len(i.annotations) for i in items] == [0, 0, 1, 0]
    assert problems.counts == {"cvat.frames-unfinished": 1}


@pytest.mark.parametrize(
    ("stage", "state", "counts"),
    [
        ("annotation", "new", False),
        ("annotation", "in progress", False),
        ("annotation", "completed", True),
        ("validation", "new", True),
        ("validation", "rejected", False),
        ("acceptance", "completed", True),
    ],
)
def test_work_that_is_not_finished_is_set_aside_where_that_was_asked(
    tmp_path: Path, stage: str, state: str, counts: bool
) -> None:
    jobs = [job(1, 0, 3, 2, stage=stage, state=state), job(2, 0, 3, 3)]
    held = {1: labeled(rectangle(1, 2), rectangle(2, 2)), 2: labeled(rectangle(3, 1))}
    folder = write_folder(tmp_path / "p", CAR, {1: ({}, images(4), jobs, held)})
    assert len(read(folder)[0][2].annotations) == 2
    about = load(folder / "cvat.json") | {"finished_only": True}
    (folder / "cvat.json").write_text(json.dumps(about))
    items, problems = read(folder)
    assert [a.annotator for a in items[2].annotations] == (["2", "3"] if counts else ["3"])
    assert problems.ledger(READ).lost == ({} if counts else {"cvat.job-unfinished": 2})


def test_replicas_count_when_they_or_their_job_are_finished(tmp_path: Path) -> None:
    held = {n: labeled(rectangle(n, 0)) for n in (2, 3, 4)}

    def people(parent: str, *replicas: str) -> list[str]:
        replica = {"type": "consensus_replica", "parent_job_id": 1}
        jobs = [job(1, 0, 0, None, state=parent)]
        jobs += [job(n, 0, 0, n, state=s, **replica) for n, s in enumerate(replicas, 2)]
        folder = write_folder(tmp_path / f"{parent}", CAR, {1: ({}, images(1), jobs, held | {1: labeled()})})
        about = load(folder / "cvat.json") | {"finished_only": True}
        (folder / "cvat.json").write_text(json.dumps(about))
        return [a.annotator for a in read(folder)[0][0].annotations]

    assert people("new", "completed", "in progress", "new") == ["2"]
    assert people("completed", "in progress", "completed", "rejected") == ["2", "3"]


def test_a_film_is_cut_alike_whichever_job_is_finished(tmp_path: Path) -> None:
    keys = []
    for state in ("completed", "in progress"):
        jobs = [job(1, 0, 4, 2), job(2, 5, 9, 3, state=state)]
        held = {1: labeled(rectangle(1, 2)), 2: labeled(rectangle(2, 7))}
        folder = write_folder(
            tmp_path / state.replace(" ", "-"), CAR, {1: ({"mode": "interpolation"}, film(10), jobs, held)}
        )
        about = load(folder / "cvat.json") | {"finished_only": True}
        (folder / "cvat.json").write_text(json.dumps(about))
        items, _ = read(folder)
        keys.append([i.key.item for i in items])
    assert keys[0] == keys[1] and len(keys[0]) == 2
    assert [len(i.annotations) for i in items] == [1, 0]


def test_tracks_of_the_recorded_film(tmp_path: Path) -> None:
    labels = load(API / "labels_project.json")["results"]
    task, data = load(API / "tasks_2.json"), load(API / "task_2_data_meta.json")
    held = {3: load(API / "jobs_3_annotations.json")}
    folder = write_folder(tmp_path / "p", labels, {2: (task, data, [job(3, 0, 19, 3)], held)})
    items, problems = read(folder)
    assert [i.key.item for i in items] == ["2"]
    assert items[0].films["video"].frames == 20
    answers = items[0].annotations[0].answers
    cars = [t for t in answers["objects"] if t.label == "car"]
    moving = next(t for t in cars if len(t.keyframes) == 4)
    assert [k.frame for k in moving.keyframes] == [0, 5, 9, 12]
    assert [k.outside for k in moving.keyframes] == [False, False, False, True]
    assert [dict(k.attributes)["parked"] for k in moving.keyframes] == ["true", "false", "false", "false"]
    assert dict(moving.answers) == {"color": "red", "doors": 4, "plate": 'AB 12 "x" <&>', "size": "m"}
    person = next(t for t in answers["objects"] if t.label == "person")
    assert [k.frame for k in person.keyframes] == [0, 10]
    assert [j.visibility for j in person.keyframes[1].geometry.joints] == [1, 2, 2]
    assert problems.counts["cvat.tag-frame"] == 1
    assert problems.counts["cvat.track-without-end"] == 2
    assert problems.ledger(READ).given == 5


def test_a_track_inherits_what_a_keyframe_does_not_say(tmp_path: Path) -> None:
    spec = {"id": 2, "name": "parked", "mutable": True, "input_type": "checkbox",
            "default_value": "false", "values": ["false"]}  # fmt: skip
    shapes = [
        rectangle(1, 0, attributes=[{"spec_id": 2, "value": "true"}]),
        rectangle(2, 4),
        rectangle(3, 8, attributes=[{"spec_id": 2, "value": "false"}]),
    ]
    track = {"id": 1, "label_id": 1, "frame": 0, "shapes": shapes, "attributes": [], "elements": []}
    labels = [label(1, "car", attributes=[spec])]
    jobs, held = [job(1, 0, 9, 2)], {1: labeled(tracks=[track])}
    folder = write_folder(tmp_path / "p", labels, {1: ({"mode": "interpolation"}, film(10), jobs, held)})
    found = read(folder)[0][0].annotations[0].answers["objects"][0]
    assert [dict(k.attributes)["parked"] for k in found.keyframes] == ["true", "true", "false"]


def test_points_of_a_skeleton_track_move_between_their_own_keyframes(tmp_path: Path) -> None:
    sublabels = [label(12, "head", "points"), label(13, "hand", "points")]
    labels = [label(11, "person", "skeleton", sublabels=sublabels)]

    def element(number: int, *places: tuple[int, float, bool]) -> dict[str, Any]:
        shapes = [
            {"type": "points", "frame": f, "points": [x, 0.0], "outside": o, "occluded": False}
            for f, x, o in places
        ]
        return {"label_id": number, "frame": 0, "shapes": shapes}

    elements = [
        element(12, (0, 0.0, False), (10, 100.0, False)),
        element(13, (0, 5.0, False), (4, 9.0, True)),
    ]
    own = [{"type": "skeleton", "frame": 0, "points": []}]
    track = {"id": 1, "label_id": 11, "frame": 0, "shapes": own, "elements": elements}
    jobs, held = [job(1, 0, 19, 2)], {1: labeled(tracks=[track])}
    folder = write_folder(tmp_path / "p", labels, {1: ({"mode": "interpolation"}, film(20), jobs, held)})
    found = read(folder)[0][0].annotations[0].answers["objects"][0]
    assert [k.frame for k in found.keyframes] == [0, 4, 10]
    middle = {j.name: (j.x, j.visibility) for j in found.keyframes[1].geometry.joints}
    assert middle == {"head": (40.0, 2), "hand": (9.0, 0)}


def test_stretches_of_a_film_that_overlap_share_no_frame(tmp_path: Path) -> None:
    def track(number: int, *places: tuple[int, float, bool]) -> dict[str, Any]:
        shapes = [rectangle(number * 10 + f, f, points=[x, 0, x + 10, 10], outside=o) for f, x, o in places]
        return {"id": number, "label_id": 1, "frame": 0, "shapes": shapes}

    jobs = [job(1, 0, 9, 2), job(2, 5, 14, 2)]
    held = {
        1: labeled(tracks=[track(1, (0, 0.0, False), (9, 90.0, False))]),
        2: labeled(
            tracks=[track(2, (5, 50.0, False), (14, 140.0, False)), track(3, (5, 1, False), (7, 1, True))]
        ),
    }
    folder = write_folder(tmp_path / "p", CAR, {1: ({"mode": "interpolation"}, film(15), jobs, held)})
    items, problems = read(folder)
    assert [(i.key.item, i.films["video"].frames) for i in items] == [("1/0-9", 10), ("1/10-14", 5)]
    second = items[1].annotations[0].answers["objects"]
    assert [[(k.frame, k.geometry.x) for k in t.keyframes] for t in second] == [[(0, 100.0), (4, 140.0)]]
    assert problems.ledger(READ).lost == {"cvat.frame-repeated": 1}


def test_a_film_read_frame_by_frame_has_its_tracks_on_every_frame(tmp_path: Path) -> None:
    shapes = [rectangle(1, 2, points=[0, 0, 10, 10]), rectangle(2, 6, points=[40, 0, 50, 10], outside=True)]
    track = {"id": 1, "label_id": 1, "frame": 2, "shapes": shapes}
    source = _one(tmp_path / "p", film(8), "interpolation", tracks=[track])
    frames = plugin.infer(_one(tmp_path / "q", film(8), "annotation"), Problems())
    items, problems = read(Path(source.path), frames)
    assert [[s.x for s in boxes(i)] for i in items] == [[], [], [0.0], [10.0], [20.0], [30.0], [], []]
    assert problems.ledger(READ).given == 1


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (rectangle(1, 500), "cvat.frame-outside-task"),
        (rectangle(1, 0, label=99), "cvat.label-id-unknown"),
        (rectangle(1, 0, points=[50, 10, 10, 40]), "cvat.shape-unreadable"),
        (rectangle(1, 0, points=[1, 2, 3]), "cvat.shape-unreadable"),
        (rectangle(1, 0, points=[float("nan"), 2, 3, 4]), "cvat.coordinate-not-finite"),
        (rectangle(1, 0, points=["x"]), "cvat.shape-unreadable"),
        (rectangle(1, 0, type="mask", points=[3, 1, 0, 0, 1, 9]), "cvat.mask-rle"),
        (rectangle(1, 0, type="blob"), "cvat.shape-unreadable"),
    ],
)
def test_a_bad_shape_is_set_aside_with_its_code(tmp_path: Path, shape: dict[str, Any], code: str) -> None:
    held = {1: labeled(shape, rectangle(2, 0))}
    labels = [label(1, "car", "any")]
    items, problems = read(
        write_folder(tmp_path / "p", labels, {1: ({}, images(2), [job(1, 0, 1, 2)], held)})
    )
    assert problems.ledger(READ).lost == {code: 1}
    assert len(boxes(items[0])) == 1
    kept = next(x for x in problems if x.code == code)
    assert kept.place.item == "task 1, job 1" and kept.remedy


def test_an_id_that_occurs_twice_and_a_shape_beyond_its_image_are_said(tmp_path: Path) -> None:
    held = {1: labeled(rectangle(1, 0), rectangle(1, 1), rectangle(2, 1, points=[100, 10, 200, 50]))}
    items, problems = read(write_folder(tmp_path / "p", CAR, {1: ({}, images(2), [job(1, 0, 1, 2)], held)}))
    assert problems.counts == {"cvat.object-duplicate": 1, "cvat.shape-outside-image": 1}
    assert boxes(items[1]) == [Box(100.0, 10.0, 100.0, 40.0)]  # as it was drawn


def test_keys_that_newer_servers_add_are_passed_over_and_intervals_are_counted(tmp_path: Path) -> None:
    held = {1: labeled(rectangle(1, 0)) | {"intervals": [{"label_id": 1, "start": 0, "stop": 3}]}}
    task = {"media_type": "image", "initial_replicas": 2}
    jobs = [job(1, 0, 0, 2, media_type="image")]
    items, problems = read(write_folder(tmp_path / "p", CAR, {1: (task, images(1), jobs, held)}))
    assert len(boxes(items[0])) == 1
    assert problems.counts == {"cvat.intervals": 1}


def test_a_job_whose_file_is_missing_or_broken_is_an_error(tmp_path: Path) -> None:
    jobs = [job(1, 0, 0, 2), job(2, 1, 1, 2)]
    folder = write_folder(tmp_path / "p", CAR, {1: ({}, images(2), jobs, {1: labeled()})})
    (folder / "tasks/1/annotations/job_1.json").write_text('{"shapes": [')
    items, problems = read(folder)
    assert problems.counts == {"cvat.file-unreadable": 1, "cvat.job-missing": 1}
    assert problems.errors == 2 and len(items) == 2


def test_a_folder_of_another_form_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "p", CAR, {1: ({}, images(1), [job(1, 0, 0)], {1: labeled()})})
    (folder / "cvat.json").write_text(json.dumps({"format": "labelwright-cvat-9"}))
    with pytest.raises(DataError) as caught:
        read(folder)
    assert caught.value.problem.code == "cvat.folder-unknown"


def test_links_lead_to_the_frame_in_cvat(tmp_path: Path) -> None:
    jobs = [job(1, 0, 1, 2), job(2, 2, 3, 2)]
    held = {1: labeled(), 2: labeled()}
    items, _ = read(write_folder(tmp_path / "p", CAR, {7: ({}, images(4), jobs, held)}))
    assert items[3].link == f"{SERVER}/tasks/7/jobs/2?frame=3"


def test_a_task_of_point_clouds_is_left_out_and_said(tmp_path: Path) -> None:
    tasks = {
        n: ({"dimension": d}, images(1), [job(n, 0, 0, 2)], {n: labeled()}) for n, d in ((1, "3d"), (2, "2d"))
    }
    items, problems = read(write_folder(tmp_path / "p", CAR, tasks))
    assert [i.key.item for i in items] == ["2/0"] and problems.counts == {"cvat.task-dimension": 1}


def test_agreement_is_measured_between_the_people_of_three_replicas(tmp_path: Path) -> None:
    folder = consensus(tmp_path / "p")
    with open_source(str(folder)) as opened:
        result = measure(opened, Settings(plugin.infer(opened.source, Problems()), "csv"))
    found = result.report.agreement
    assert found.annotators == 3
    objects = found.controls["objects"]
    assert (objects.items, objects.answers) == (2, 6)
    # By hand: three pairs of people a frame, with 6 boxes on the first and 8 on the second; all but the one
    # that a single person drew match in place, and one pair of each frame in label too.
    assert objects.measures["shape_f1_place"].value == pytest.approx(12 / 14)
    assert objects.measures["shape_f1"].value == pytest.approx(4 / 14)
