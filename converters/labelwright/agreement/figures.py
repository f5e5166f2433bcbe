"""Skeletons: COCO's sigmas, the scale of a figure, and the share of correct keypoints (PCK)."""

from __future__ import annotations

from math import hypot

from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import HIDDEN, Box, Skeleton

LEAST = 20.0  # pixels: the least side that a figure is taken to have
WITHIN = 0.1  # of the longer side of a figure: how far apart two people's same joint may lie

# As published with COCO's keypoint evaluation.
COCO = {
    "nose": 0.026,
    "left_eye": 0.025,
    "right_eye": 0.025,
    "left_ear": 0.035,
    "right_ear": 0.035,
    "left_shoulder": 0.079,
    "right_shoulder": 0.079,
    "left_elbow": 0.072,
    "right_elbow": 0.072,
    "left_wrist": 0.062,
    "right_wrist": 0.062,
    "left_hip": 0.107,
    "right_hip": 0.107,
    "left_knee": 0.087,
    "right_knee": 0.087,
    "left_ankle": 0.089,
    "right_ankle": 0.089,
}


def coco_sigmas(figure: Skeleton) -> dict[str, float]:
    """COCO's sigma of every joint, if all have names of COCO's 17; else none."""
    named = {joint.name: COCO.get(_plain(joint.name)) for joint in figure.joints}
    found = {name: sigma for name, sigma in named.items() if sigma is not None}
    return found if len(found) == len(named) else {}


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def scale(left: Skeleton, right: Skeleton, boxes: tuple[Box | None, Box | None] = (None, None)) -> float:
    """The area of a figure in square pixels: the mean of both annotators', at least 20 x 20.

    That of the boxes they drew around it where both did, else of the extents of its joints.

    Raises:
        ValueError: a skeleton has no joint.
    """
    one, other = boxes
    if one is not None and other is not None:
        areas = abs(one.width * one.height) + abs(other.width * other.height)
    else:
        areas = sum((e[2] - e[0]) * (e[3] - e[1]) for e in (extent(left), extent(right)))
    return max(areas / 2, LEAST**2)


def joints_within(left: Skeleton, right: Skeleton) -> tuple[int, int]:
    """Percentage of correct keypoints (PCK): how many joints of matched skeletons lie near each other.

    Near is within a tenth of the longer side of the figure (the mean of both annotators' extents, at least
    20 pixels). Joints are paired by name; one that only one annotator marked is not near, and one that
    neither did does not count. Gives how many are near, and how many count.

    Formula: joints within 0.1 x the longer side / joints that either marked, sums over pairs and items first.

    Range: 0 to 1.

    At 1: every joint of one lies near that of the other.

    At 0: none does.

    Below 0: never.

    Source: Yang and Ramanan 2013, Articulated human detection with flexible mixtures of parts.
    """
    one = {joint.name: joint for joint in left.joints if joint.visibility != HIDDEN}
    other = {joint.name: joint for joint in right.joints if joint.visibility != HIDDEN}
    either = one.keys() | other.keys()
    if not either:
        return 0, 0
    sides = [max(e[2] - e[0], e[3] - e[1]) for e in (extent(left), extent(right))]
    reach = WITHIN * max(sum(sides) / 2, LEAST)
    near = [hypot(one[n].x - other[n].x, one[n].y - other[n].y) <= reach for n in one.keys() & other.keys()]
    return sum(near), len(either)


MEASURES = {"pck": joints_within}
