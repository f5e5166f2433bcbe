"""What notations for places in images cannot hold, or hold only nearly: one vocabulary for all.

Messages take ``target``, the title of the notation, and ``label``, that of the object.
"""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

_OTHER = "Choose another notation with --boxes, or allow the loss."
_CORRECT = "Correct the annotation, or allow the loss."

SIZE_MISSING = ProblemType(
    "grounding.size-missing",
    "The size of an image is not known, so nothing in it can be placed",
    "{target} needs the image's width and height; they are {width} x {height}",
    "Give the images with --media, so that they are measured.",
)
TOO_LONG = ProblemType(
    "grounding.aspect",
    "An image has a form that the model's own preparation refuses",
    "{target} cannot take the image: {why}",
    "Cut the image into parts, or leave the item out.",
)
NOTHING = ProblemType(
    "grounding.nothing",
    "An image shows nothing, and the notation has no way to say so",
    "{target} has no way to say that there is nothing",
    _OTHER,
    loss=True,
)
SHAPELESS = ProblemType(
    "grounding.shapeless",
    "Something is pointed at without a usable shape; it is left out",
    "{label!r} has no shape that could be written",
    _CORRECT,
    loss=True,
)
OUTSIDE = ProblemType(
    "grounding.outside",
    "A shape lies wholly outside its image; it is left out",
    "a shape of {label!r} lies wholly outside the image of {width} x {height} pixels",
    _CORRECT,
    loss=True,
)
CLIPPED = ProblemType(
    "grounding.clipped",
    "A shape lies partly outside its image; that part is cut off",
    "a shape of {label!r} leaves the image of {width} x {height} pixels and is cut off at its edge",
    _CORRECT,
    loss=True,
)
EXTENT = ProblemType(
    "grounding.extent",
    "A shape is written as the upright box around it",
    "{target} holds upright boxes; the {shape} of {label!r} is written as the box around it",
    _OTHER,
    loss=True,
)
CENTRE = ProblemType(
    "grounding.centre",
    "A shape is written as its centre",
    "{target} holds points; the {shape} of {label!r} is written as the point at its centre",
    _OTHER,
    loss=True,
)
POINT = ProblemType(
    "grounding.point",
    "Points are left out: the notation holds boxes only",
    "{target} holds no points; that of {label!r} is left out",
    "Choose a notation of a model that points, such as molmo or qwen2.5-vl, or allow the loss.",
    loss=True,
)
WIDENED = ProblemType(
    "grounding.widened",
    "A box is thinner than a step of the notation and is written one step wide",
    "a box of {label!r} has no area in steps of {across:g} x {down:g} pixels; it is written one step wide",
    "Choose a finer notation with --boxes, or allow the loss.",
    loss=True,
)
ROUNDED = ProblemType(
    "grounding.rounded",
    "Places are rounded to the steps of the notation",
    "{label!r} is written in steps of {across:g} x {down:g} pixels",
    "Nothing need be done; the manifest tells the steps.",
    severity=Severity.NOTE,
    bound="one step of the notation",
)
LABEL_MISSING = ProblemType(
    "grounding.label-missing",
    "Something without a label is left out",
    "{target} holds nothing without a label",
    _CORRECT,
    loss=True,
)
OWN_TOKENS = ProblemType(
    "grounding.own-tokens",
    "A text holds what the notation writes places with; it is replaced by spaces",
    "{target} keeps {token!r} to itself; it is replaced by spaces in {text!r}",
    "Rename the label, reword the caption, or allow the loss.",
    loss=True,
)
ATTRIBUTES = ProblemType(
    "grounding.attributes",
    "What was asked of an object is left out",
    "{target} has no place for {names} of {label!r}",
    "Choose a notation that is a JSON list, such as box_2d, or allow the loss.",
    loss=True,
)
CAPTION = ProblemType(
    "grounding.caption",
    "A caption is left out: the notation writes the phrases alone",
    "{target} writes phrases and their places, not the caption around them",
    "Ask with the caption in the prompt, as such models do, or choose another notation.",
    loss=True,
)
PHRASE_ELSEWHERE = ProblemType(
    "grounding.phrase-elsewhere",
    "A phrase is not in its caption where it should be; it is left out",
    "the caption does not read {label!r} at characters {start} to {end}",
    _CORRECT,
    loss=True,
)
PHRASE_HIDDEN = ProblemType(
    "grounding.phrase-within-word",
    "A phrase is part of a word while it stands elsewhere as words of its own",
    "{label!r} is meant within a word, which {target} cannot say: the caption has it {count} times as a word",
    "Make the phrase whole words, choose a notation that marks it within the caption, or allow the loss.",
    loss=True,
)
PHRASES_OVERLAP = ProblemType(
    "grounding.phrases-overlap",
    "A phrase begins within another one; it is left out",
    "{label!r} begins within another phrase, and {target} cannot hold both",
    "Choose a notation that is a JSON list, such as box_2d, or allow the loss.",
    loss=True,
)
