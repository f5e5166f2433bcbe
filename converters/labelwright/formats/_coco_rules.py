"""What must hold of the entries of a COCO file."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

_AGAIN = "Correct the entry, or export again."
ID_MISSING = ProblemType(
    "coco.id-missing", "An entry has no id", "the entry has no {name!r}", "Give every entry an id of its own."
)
ID_REPEATED = ProblemType(
    "coco.id-repeated",
    "Two entries have one id",
    "the id {id!r} is that of {other} too",
    "Give every entry an id of its own.",
)
IMAGE_UNKNOWN = ProblemType(
    "coco.image-unknown",
    "An annotation is on an image that the file does not have",
    "there is no image with the id {id!r}",
    "Add the image, or remove the annotation.",
)
CATEGORY_UNKNOWN = ProblemType(
    "coco.category-unknown",
    "An annotation has a category that the file does not have",
    "there is no category with the id {id!r}",
    "Add the category, or correct the annotation.",
)
NAME_MISSING = ProblemType(
    "coco.name-missing", "An image or category has no name", "the entry has no {name!r}", _AGAIN
)
NAME_TWICE = ProblemType(
    "coco.category-repeated",
    "Two categories have one name",
    "the name {name!r} is that of another category too",
    "None needed if they mean the same; else rename one.",
    Severity.WARNING,
)
FILE_TWICE = ProblemType(
    "coco.file-twice",
    "Two images of a file have one file name",
    "the file name {name!r} is that of another image too",
    "List each image once, with one id; give different files names or folders of their own.",
    Severity.WARNING,
)
SIZE_MISSING = ProblemType(
    "coco.size-missing",
    "An image has no width or height",
    "{name!r} is {found!r}, which is no number of pixels",
    "Write the width and height of the image in pixels.",
)
NOT_FINITE = ProblemType(
    "coco.not-finite",
    "A coordinate is no number",
    "{name!r} holds {found!r}, which is no finite number",
    _AGAIN,
)
BOX_MISSING = ProblemType(
    "coco.box-missing",
    "An annotation has no box, outline or keypoints",
    "the annotation has neither 'bbox' nor 'segmentation' nor 'keypoints'",
    "Remove the annotation, or give it a bbox.",
)
BOX_MALFORMED = ProblemType(
    "coco.box-malformed",
    "A box does not have four numbers",
    "'bbox' has {count} numbers; it must have x, y, width and height",
    _AGAIN,
)
BOX_EMPTY = ProblemType(
    "coco.box-empty",
    "A box has no width or no height",
    "the box is {width:g} wide and {height:g} high",
    "Remove the annotation, or correct the box: it is x, y, width, height.",
)
BOX_CORNERS = ProblemType(
    "coco.box-as-corners",
    "A box is written as two corners where width and height are meant",
    "the numbers {box} fit the outline or area as x1, y1, x2, y2",
    "Write x, y, width, height.",
)
BOX_DIFFERS = ProblemType(
    "coco.box-differs",
    "A box is not the one around its outline",
    "the box is {box} and the outline's {extent}",
    "None needed if they are of shapes that a tool made one (CVAT does with groups); else correct the box.",
    Severity.WARNING,
)
OUTSIDE = ProblemType(
    "coco.outside-image",
    "A shape reaches outside its image",
    "the box {box} reaches outside the image of {width:g} x {height:g} pixels",
    "Correct the annotation, or the image's width and height.",
    Severity.WARNING,
)
AREA = ProblemType(
    "coco.area-missing",
    "An annotation has no area; evaluators stop at it",
    "'area' is {found!r}, which is no number of square pixels",
    "Write the area of the mask, or of the box where there is none.",
)
CROWD = ProblemType(
    "coco.iscrowd-missing",
    "An annotation does not say whether it is a crowd; evaluators stop at it",
    "'iscrowd' is {found!r}; it must be 0 or 1",
    "Write 0 for a single object.",
)
POLYGON_ODD = ProblemType(
    "coco.polygon-odd",
    "A polygon has an odd number of numbers",
    "polygon {number} has {count} numbers; they are pairs of x and y",
    _AGAIN,
)
POLYGON_SHORT = ProblemType(
    "coco.polygon-short",
    "A polygon has fewer than three points",
    "polygon {number} has {count} numbers; three points have 6",
    "Remove the polygon, or draw it again.",
)
OUTLINE_MALFORMED = ProblemType(
    "coco.outline-malformed",
    "A segmentation is neither polygons nor a mask",
    "{reason}",
    "Write a list of polygons, or an object with 'size' and 'counts'.",
)
MASK_BROKEN = ProblemType(
    "coco.mask-broken",
    "A mask's run lengths are damaged or do not add up to its size",
    "{reason}",
    "Export the mask again.",
)
MASK_SIZE = ProblemType(
    "coco.mask-size",
    "A mask is not of its image's size",
    "the mask is {width} x {height} pixels and the image {image_width:g} x {image_height:g}",
    "Correct the size of the image or of the mask (it is height, width).",
    Severity.WARNING,
)
KEYPOINTS = ProblemType(
    "coco.keypoints-malformed",
    "Keypoints are not what their category says",
    "{reason}",
    "Write x, y and visibility (0, 1, 2) for each of the category's keypoints.",
)
EDGES = ProblemType(
    "coco.skeleton-malformed",
    "A line of a figure joins keypoints that it does not have",
    "{pair} are no two of {count} keypoints, counted from 1",
    "Count the keypoints from 1.",
)
