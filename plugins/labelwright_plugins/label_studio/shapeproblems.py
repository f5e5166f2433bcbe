"""What can be wrong with what was drawn in Label Studio."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

_AGAIN = "Open the annotation in Label Studio, draw the region again and submit."

UNREADABLE = ProblemType(
    "label-studio.shape-unreadable",
    "A region's shape cannot be read",
    "the region of control {control!r} is no shape: {reason}; it is set aside",
    _AGAIN,
)
EMPTY = ProblemType(
    "label-studio.shape-empty",
    "A region covers nothing",
    "the region of control {control!r} covers nothing: {reason}; it is set aside",
    "Open the annotation in Label Studio and remove the region, or draw it again.",
)
NO_SIZE = ProblemType(
    "label-studio.size-missing",
    "A region's image or film has no known size",
    "its place is in percent, and nothing tells how many pixels the image has; it is set aside",
    "Import annotations with original_width and original_height; of a film, give width and height in the "
    "data or meta of its task.",
)
NO_LABEL = ProblemType(
    "label-studio.shape-unlabelled",
    "A region has no label",
    "the region of control {control!r} has no label; it is kept without",
    "Open the annotation in Label Studio and label the region.",
    Severity.WARNING,
)
OUTSIDE = ProblemType(
    "label-studio.shape-outside",
    "A shape reaches out of its image",
    "the shape spans {where}, the image has {width} x {height} pixels; it is kept as it is",
    "Open the annotation in Label Studio and move the region into the image.",
    Severity.WARNING,
)
SOFT_EDGE = ProblemType(
    "label-studio.mask-edge-soft",
    "A mask was drawn with a soft edge",
    "{pixels} pixels of the mask are covered in part; those covered by half or more are in it",
    "None needed: Label Studio's brush draws so.",
    Severity.NOTE,
    bound="0.5 of each pixel of the edge",
)
IMAGE_TURNED = ProblemType(
    "label-studio.image-turned",
    "An image was shown turned while it was annotated",
    "the page showed the image turned by {degrees} degrees; the shape is that of the image as it is stored",
    "None needed with Label Studio 1.8 or later; of older ones, compare a region with its image.",
    Severity.WARNING,
)
NO_FIGURE = ProblemType(
    "label-studio.figure-unfit",
    "A region is no part of a figure",
    "control {control!r} asks for figures of a box and points, and this is neither; it is set aside",
    _AGAIN,
)
JOINT_ALONE = ProblemType(
    "label-studio.joint-alone",
    "A point belongs to no figure",
    "the point {label!r} lies in no box of a figure and names none as its parent; it is set aside",
    "Open the annotation in Label Studio and drag the point under its figure in the list of regions.",
)
JOINT_AMBIGUOUS = ProblemType(
    "label-studio.joint-ambiguous",
    "A point lies in the boxes of several figures",
    "the point {label!r} lies in {count} boxes and names none as its parent; the smallest has it",
    "Open the annotation in Label Studio and drag the point under its figure in the list of regions.",
    Severity.WARNING,
)
JOINT_TWICE = ProblemType(
    "label-studio.joint-repeated",
    "A figure has the same point twice",
    "the figure {figure!r} has a second point {label!r}; it is set aside",
    _AGAIN,
)
JOINT_UNKNOWN = ProblemType(
    "label-studio.joint-unknown",
    "A figure does not have the point that was put on it",
    "a figure {figure!r} has no point {label!r}; it is set aside",
    _AGAIN,
)
VISIBILITY_UNKNOWN = ProblemType(
    "label-studio.visibility-unknown",
    "A point's visibility is none that is known",
    "{found!r} is none of visible, occluded and hidden; the point counts as visible",
    "Use these words, in small or capital letters, for the choices of the tag that asks for visibility.",
)
FRAME_OUTSIDE = ProblemType(
    "label-studio.frame-outside",
    "A track has a keyframe after the last frame of its film",
    "the track has a keyframe at frame {frame}, and the film has {frames}; it is kept as it is",
    "The film was replaced after it was annotated: restore it or annotate it again.",
    Severity.WARNING,
)
NO_RATE = ProblemType(
    "label-studio.frame-rate-missing",
    "The frame rate of a film is not known",
    "the stretch is in frames, and nothing tells how many a second has; it is set aside",
    "Pass the project's own configuration with --label-config.",
)
BAD_RANGE = ProblemType(
    "label-studio.range-unusable",
    "A stretch of a film has no usable frames",
    "it lasts from frame {start} to {end}; the stretch is set aside",
    _AGAIN,
)
RELATION_KIND = ProblemType(
    "label-studio.relation-mixed",
    "A relation joins regions of different sorts",
    "the relation from {head!r} to {tail!r} joins regions that have no relations; it is set aside",
    "Relations join spans of a text, or shapes of an image.",
)
