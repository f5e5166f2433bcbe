"""``data.yaml``: where a YOLO data set's images are, and the names of its classes and joints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from msgspec import Struct

from labelwright.contracts import SkeletonSpec
from labelwright.formats._yolo_rows import DETECT, OBB, POSE, SEGMENT
from labelwright.problems import Place, Problem, ProblemType

SYNTAX = ProblemType(
    "yolo.data-yaml",
    "data.yaml cannot be read",
    "{reason}",
    "Correct the file; it names the folders of the images and the classes.",
)
NO_NAMES = ProblemType(
    "yolo.no-names",
    "data.yaml does not name its classes",
    "{reason}",
    "Write names as a list, or as numbers from 0 with a name each.",
)
NO_TRAIN = ProblemType(
    "yolo.no-split",
    "data.yaml does not say where images are",
    "there is no {key!r}",
    "Name the folder or list of images for train and for val.",
)
KPT_SHAPE = ProblemType(
    "yolo.kpt-shape",
    "data.yaml says nothing usable about joints",
    "{key} is {value!r}; {wanted}",
    "Write kpt_shape as [number of joints, 2 or 3], and flip_idx as the joints' order in a mirror.",
)
SIDES = ("train", "val", "test")
MOST = 1 << 20
MOST_JOINTS = 10_000


class _Plain(yaml.SafeLoader):  # type: ignore[misc]
    """The safe loader without aliases, of which a few lines make gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse an alias. Raises ``YAMLError``."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it uses aliases (*name), which are not followed")
        return super().compose_node(parent, index)


class Described(Struct):
    """What data.yaml says. ``joints``: how many, and the columns of each; ``joint_names`` by class."""

    names: list[str] = []
    sides: dict[str, list[str]] = {}
    root: str = ""
    task: str = ""
    joints: tuple[int, int] | None = None
    joint_names: dict[int, list[str]] = {}


def describe(text: bytes, place: Place) -> tuple[Described, list[Problem]]:
    """What a data.yaml says, and every rule that it breaks."""
    problems: list[Problem] = []
    if len(text) > MOST:
        return Described(), [SYNTAX.at(place, reason=f"it is larger than {MOST >> 20} MB")]
    try:
        held = yaml.load(text, _Plain)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        return Described(), [SYNTAX.at(place, reason=" ".join(str(error).split()))]
    if not isinstance(held, dict):
        return Described(), [SYNTAX.at(place, reason="it holds no keys")]
    found = Described(_names(held, place, problems))
    for side in SIDES:
        given = held.get(side) or (held.get("valid") if side == "val" else None)
        listed = given if isinstance(given, list) else [given]
        if any(listed):
            found.sides[side] = [str(one) for one in listed if one]
        elif side != "test":
            problems.append(NO_TRAIN.at(place, key=side))
    found.root = str(held.get("path") or "")
    given = held.get("task")
    found.task = given if given in (DETECT, SEGMENT, OBB, POSE) else ""
    _joints(held, found, place, problems)
    return found, problems


def _names(held: Mapping[Any, Any], place: Place, problems: list[Problem]) -> list[str]:
    given = held.get("names")
    if isinstance(given, dict):
        numbers = sorted(k for k in given if isinstance(k, int) and not isinstance(k, bool))
        if len(numbers) != len(given) or numbers != list(range(len(numbers))):
            problems.append(NO_NAMES.at(place, reason="the numbers of names are not 0, 1, 2 and so on"))
        given = [given[number] for number in numbers]
    if not isinstance(given, list) or not given:
        problems.append(NO_NAMES.at(place, reason="there are no names"))
        return []
    names = [str(name) for name in given]
    if len(set(names)) < len(names):
        problems.append(NO_NAMES.at(place, reason="two classes have one name"))
    count = held.get("nc")
    if count is not None and count != len(names):
        problems.append(NO_NAMES.at(place, reason=f"nc is {count}, and there are {len(names)} names"))
    return names


def _joints(held: Mapping[Any, Any], found: Described, place: Place, problems: list[Problem]) -> None:
    shape = held.get("kpt_shape")
    if shape is None:
        return
    whole = isinstance(shape, list) and len(shape) == 2 and all(type(n) is int for n in shape)
    if not (whole and 0 < shape[0] <= MOST_JOINTS and shape[1] in (2, 3)):
        wanted = f"it must be the number of joints, at most {MOST_JOINTS}, and then 2 or 3"
        problems.append(KPT_SHAPE.at(place, key="kpt_shape", value=shape, wanted=wanted))
        return
    found.joints = (shape[0], shape[1])
    found.task = found.task or POSE
    flip = held.get("flip_idx")
    if flip is not None and (
        not isinstance(flip, list) or sorted(map(str, flip)) != sorted(map(str, range(shape[0])))
    ):
        wanted = "it must name each joint once"
        problems.append(KPT_SHAPE.at(place, key="flip_idx", value=flip, wanted=wanted))
    named = held.get("kpt_names")
    for number, names in named.items() if isinstance(named, dict) else ():
        if type(number) is int and isinstance(names, list) and len(names) <= shape[0]:
            found.joint_names[number] = [str(name) for name in names]


def written(
    task: str, names: Sequence[str], sides: Sequence[str], skeletons: Mapping[str, SkeletonSpec]
) -> bytes:
    """A data.yaml. ``sides`` are those that have a list; val is train where there is none.

    It has no ``path``: readers then take its own folder.
    """
    held: dict[str, Any] = {"task": task}
    for side in SIDES:
        if side in sides:
            held[side] = f"{side}.txt"
    held.setdefault("val", held["train"])
    held["nc"] = len(names)
    held["names"] = dict(enumerate(names))
    if task == POSE:
        most = max([len(s.joints) for s in skeletons.values()], default=0)
        held["kpt_shape"] = [most, 3]
        flip = flipped(skeletons, most)
        if flip is not None:
            held["flip_idx"] = flip
        held["kpt_names"] = {n: list(skeletons[x].joints) for n, x in enumerate(names) if x in skeletons}
    text: str = yaml.safe_dump(held, sort_keys=False, allow_unicode=True, default_flow_style=None, width=1000)
    return text.encode()


def flipped(skeletons: Mapping[str, SkeletonSpec], most: int) -> list[int] | None:
    """The order of the joints in a mirror, if some are named left and right, and alike in all figures."""
    orders = [_mirrored(spec.joints) for spec in skeletons.values()]
    longest = max(orders, key=len, default=[])
    if longest == list(range(len(longest))) or any(order != longest[: len(order)] for order in orders):
        return None
    return longest + list(range(len(longest), most))


def _mirrored(joints: Sequence[str]) -> list[int]:
    places = {name.lower(): number for number, name in enumerate(joints)}
    return [places.get(other, number) for number, other in enumerate(map(_other_side, joints))]


def _other_side(name: str) -> str:
    name = name.lower()
    for this, that in (("left", "right"), ("right", "left")):
        for join in ("_", "-", " "):
            if name.startswith(this + join):
                return that + name.removeprefix(this)
            if name.endswith(join + this):
                return name.removesuffix(this) + that
    return name


def lines_of(text: bytes) -> Iterator[str]:
    """The paths of a list of images, each on a line."""
    for line in text.decode("utf-8-sig", "replace").splitlines():
        if line.strip():
            yield line.strip().replace("\\", "/")
