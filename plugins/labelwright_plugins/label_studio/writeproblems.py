"""What cannot be written for Label Studio, and what is wrong with a file of its tasks."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

_ALLOW = "Choose a format that holds it, such as datumaro, or allow the loss."

NOT_HELD = ProblemType(
    "label-studio.answer-not-held",
    "Label Studio takes no answers of this kind by import",
    "an answer to control {control!r} (kind {kind}) is left out",
    _ALLOW,
    loss=True,
)
NO_TAG = ProblemType(
    "label-studio.tag-missing",
    "The label config has no tag for a shape",
    "the template's label config has no tag of control {control!r} that draws a {kind}",
    "Add the tag to the template's label_studio.xml, or allow the loss.",
    loss=True,
)
NO_FIGURE = ProblemType(
    "label-studio.figure-unseen",
    "A figure has no box and no point that is seen",
    "nothing tells where the figure is; it is left out",
    "Correct the annotation, or allow the loss.",
    loss=True,
)
BOX_MADE = ProblemType(
    "label-studio.figure-boxed",
    "A figure without a box is given one",
    "Label Studio hangs points on a box; the smallest around the points is written",
    "None needed; correct the box in Label Studio where the figure is larger than its points.",
    Severity.NOTE,
)
RANGE_NEAR = ProblemType(
    "label-studio.range-rounded",
    "A stretch of a film is written in whole frames",
    "it lasts from {start:g} to {end:g} seconds, which are no whole frames at {rate:g} a second",
    "None needed within the bound.",
    Severity.NOTE,
    bound="half a frame",
)
NOT_TASKS = ProblemType(
    "label-studio.tasks-malformed",
    "A file is no list of Label Studio tasks",
    "{reason}",
    "Write a JSON list of objects, each with an object as data.",
)
NO_GROUND_TRUTH = ProblemType(
    "label-studio.ground-truth-missing",
    "An annotation does not say whether it is a reference",
    "the annotation has no ground_truth, and Label Studio takes such a one for a reference",
    'Write "ground_truth": false.',
)
BAD_RESULT = ProblemType(
    "label-studio.result-malformed",
    "A result is not of Label Studio's shape",
    "{reason}",
    "Give each result id, from_name, to_name, type and value; a relation from_id and to_id.",
)
