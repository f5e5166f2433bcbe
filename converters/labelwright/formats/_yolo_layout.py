"""Which images and label files a YOLO data set has, whoever laid it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from labelwright.formats._dataset import is_image
from labelwright.formats._image_names import stem_of
from labelwright.formats._yolo_rows import DETECT, OBB, POSE, SEGMENT
from labelwright.formats._yolo_yaml import Described, describe, lines_of
from labelwright.io.archive import Archive
from labelwright.problems import Place, Problem

ULTRALYTICS, DARKNET, PLAIN = "ultralytics", "darknet", "pairs"
NAME_FILES = ("classes.txt", "obj.names", "names.txt", "_darknet.labels", "labels.txt")
SAMPLED = 20  # label files that are looked into to tell the task


class Pair(Struct, frozen=True):
    """An image and its labels: paths in the archive, empty where there is none. ``name`` is for people."""

    name: str
    image: str
    labels: str
    side: str


class Layout(Struct):
    """A data set: its form, what it says of itself, and its images."""

    form: str
    described: Described
    pairs: list[Pair]
    file: str = ""
    problems: list[Problem] = []
    task: str = ""


def find_layout(archive: Archive, source: str) -> Layout | None:
    """How a data set is laid out; None if it is none of YOLO's."""
    if archive.only:
        return None
    names = archive.names()
    held = set(names)
    for file in sorted((n for n in names if n.endswith((".yaml", ".yml"))), key=lambda n: (n.count("/"), n)):
        described, problems = describe(archive.read(file), Place(f"{source}/{file}"))
        if described.names or described.sides:
            pairs = list(_of_sides(archive, held, _folder(file), described))
            return _with_task(archive, Layout(ULTRALYTICS, described, pairs, file, problems))
    data = _named(names, ("obj.data",))
    listed = _named(names, NAME_FILES)
    if data:
        return _with_task(archive, _darknet(archive, held, data, listed))
    if not listed:
        return None
    pairs = list(_everything(held, set(), {listed}))
    if not any(pair.labels for pair in pairs):
        return None
    found = Described(list(lines_of(archive.read(listed))))
    return _with_task(archive, Layout(PLAIN, found, pairs, listed))


def _folder(file: str) -> str:
    return str(PurePosixPath(file).parent).removeprefix(".")


def _named(names: Iterable[str], wanted: tuple[str, ...]) -> str:
    found = [n for n in names if PurePosixPath(n).name in wanted]
    return min(found, key=lambda n: (n.count("/"), wanted.index(PurePosixPath(n).name)), default="")


def _of_sides(archive: Archive, held: set[str], root: str, described: Described) -> Iterator[Pair]:
    done: set[str] = set()
    used: set[str] = set()
    for side, entries in described.sides.items():
        for entry in entries:
            for image in _images(archive, held, root, described.root, entry):
                if image in done:  # val may be the same list as train
                    continue
                done.add(image)
                labels = _labels_of(image, held)
                used.add(labels)
                yield Pair(_short(image, side), image if image in held else "", labels, side)
    yield from _orphans(held, used, done)


def _images(archive: Archive, held: set[str], root: str, base: str, entry: str) -> Iterator[str]:
    """The images of one entry of data.yaml: a list or a folder, there or not."""
    if entry.endswith(".txt"):
        found = _resolved(entry, held, root, base)
        for line in lines_of(archive.read(found)) if found else ():
            yield _resolved(line, held, root, base) or _missing(line, held)
        return
    for folder in _candidates(entry, root, base):
        inside = sorted(n for n in held if n.startswith(f"{folder}/") and is_image(n))
        if inside:
            yield from inside
            return


def _candidates(path: str, root: str, base: str) -> Iterator[str]:
    """Where a path may be: from the file's folder, from its ``path``, then without its first folders."""
    plain = [p for p in path.replace("\\", "/").split("/") if p not in ("", ".", "..")]
    based = [p for p in base.replace("\\", "/").split("/") if p not in ("", ".", "..")]
    first = [root] if root else []
    yield "/".join([*first, *plain])
    yield "/".join([*first, *based, *plain])
    for skipped in range(len(plain)):
        yield "/".join([*first, *plain[skipped:]])
        yield "/".join(plain[skipped:])


def _resolved(path: str, held: set[str], root: str, base: str) -> str:
    return next((c for c in _candidates(path, root, base) if c in held), "")


def _missing(path: str, held: set[str]) -> str:
    """The path of an image that is not there, from where its labels are, if they are."""
    plain = [p for p in path.split("/") if p not in ("", ".", "..")]
    for skipped in range(len(plain)):
        shorter = "/".join(plain[skipped:])
        if _labels_of(shorter, held):
            return shorter
    return "/".join(plain)


def _labels_of(image: str, held: set[str]) -> str:
    """The label file of an image: in ``labels`` where it is in ``images``, else beside it."""
    stem = stem_of(image)
    head, found, tail = f"/{stem}".rpartition("/images/")
    for candidate in (f"{head}/labels/{tail}.txt"[1:] if found else "", f"{stem}.txt"):
        if candidate in held:
            return candidate
    return ""


def _orphans(held: set[str], used: set[str], images: set[str]) -> Iterator[Pair]:
    """Label files under ``labels`` that no list and no folder of images leads to."""
    for name in sorted(held - used):
        parts = PurePosixPath(name).parts
        if name.endswith(".txt") and "labels" in parts[:-1]:
            image = "/images/".join(f"/{stem_of(name)}".rsplit("/labels/", 1))[1:]
            found = next((n for n in (f"{image}{s}" for s in (".jpg", ".png", ".jpeg")) if n in held), "")
            if found in images:
                continue
            yield Pair(_short(image, ""), found, name, "")


def _short(image: str, side: str) -> str:
    """A name for an image: its path inside the folder of images, without that of its side."""
    _, found, tail = f"/{image}".rpartition("/images/")
    name = tail if found else image
    first, _, rest = name.partition("/")
    return rest if rest and first in (side, "train", "val", "valid", "test", "obj_train_data") else name


def _darknet(archive: Archive, held: set[str], data: str, listed: str) -> Layout:
    """CVAT's "YOLO 1.1": ``obj.data`` names the lists and the classes."""
    root = _folder(data)
    split = (line.partition("=") for line in lines_of(archive.read(data)))
    keys = {key.strip(): value.strip() for key, _, value in split}
    named = _resolved(keys.get("names", ""), held, root, "") or listed
    names = list(lines_of(archive.read(named))) if named else []
    described = Described(names)
    for side, key in (("train", "train"), ("val", "valid"), ("test", "test")):
        if key in keys and _resolved(keys[key], held, root, ""):
            described.sides[side] = [keys[key]]
    pairs = list(_of_sides(archive, held, root, described)) or list(_everything(held, set(), {named}))
    return Layout(DARKNET, described, pairs, data)


def _everything(held: set[str], done: set[str], not_labels: set[str]) -> Iterator[Pair]:
    """All images with their labels, then labels without an image."""
    used = set(not_labels)
    for image in sorted(n for n in held if is_image(n) and n not in done):
        labels = _labels_of(image, held - not_labels)
        used.add(labels)
        yield Pair(_short(image, ""), image, labels, "")
    yield from _orphans(held, used, set())


def _with_task(archive: Archive, layout: Layout) -> Layout:
    """The layout with its task: as it says, else as the first rows look."""
    if layout.described.joints is not None:
        layout.task = POSE
    elif layout.described.task in (DETECT, SEGMENT, OBB):
        layout.task = layout.described.task
    else:
        layout.task = _looked(archive, layout)
    return layout


def _looked(archive: Archive, layout: Layout) -> str:
    """The task that the rows are of. Four points in every row are corners; there is no telling for sure."""
    counts: list[int] = []
    looked = 0
    for pair in layout.pairs:
        if not pair.labels or looked == SAMPLED:
            continue
        rows = [line for line in archive.read(pair.labels).splitlines() if line.strip()]
        looked += bool(rows)
        counts += [len(row.split()) for row in rows]
    if counts and all(count == 9 for count in counts):
        return OBB
    return SEGMENT if sum(count >= 7 for count in counts) * 2 > len(counts) else DETECT
