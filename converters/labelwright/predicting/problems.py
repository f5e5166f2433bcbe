"""What can be wrong with a predictor's answers."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

FAILED = ProblemType(
    "predictor.item-failed",
    "A predictor failed on an item",
    "{predictor} failed: {reason}",
    "Look at the item; the others were answered. If it fails on all, look at the predictor.",
)
NOT_LOADED = ProblemType(
    "predictor.not-loaded",
    "A predictor could not be loaded",
    "{predictor} could not be loaded: {reason}",
    "Correct what is named, then start the service again.",
)
MISCOUNTED = ProblemType(
    "predictor.miscounted",
    "A predictor gave another number of answers than it was asked for",
    "{predictor} gave {found} answers for {asked} items",
    "Its predict must return one guess for each query, in order.",
)
NO_GUESS = ProblemType(
    "predictor.no-guess",
    "A predictor's answer is no guess",
    "{predictor} gave {found} where a Guess is wanted",
    "Return a Guess for each query, or a Problem.",
)
INPUT_MISSING = ProblemType(
    "predictor.input-missing",
    "An item lacks what a predictor reads",
    "{predictor} reads {missing}, which the item does not have",
    "Give the item that input, or leave it to people.",
)
UNKNOWN_LABEL = ProblemType(
    "predictor.label-unknown",
    "A predictor's label is none of the project's",
    "control {control!r} has no label {label!r}; answers with it that are left out: {count}",
    "Map it with labels = { ... } of the predictor's configuration, or add the label to the project.",
    Severity.WARNING,
)
UNKNOWN_CONTROL = ProblemType(
    "predictor.control-unknown",
    "A predictor answers what the template does not ask",
    "there is no control {control!r} that {predictor} was asked to answer",
    "Answer the controls of Asked.controls, and what is asked of their regions.",
)
MISFIT = ProblemType(
    "predictor.value-misfits",
    "A predictor's answer is none that the control can have",
    "control {control!r}: {reason}",
    "Correct the predictor; values are described in the reference of records.",
)
CUT = ProblemType(
    "predictor.box-cut",
    "A predictor's box reaches beyond its image",
    "a box of control {control!r} reaches beyond its image and is cut at the edge",
    "Nothing has to be done; a predictor that means pixels of another size would show it so.",
    Severity.NOTE,
)
BAD_SCORE = ProblemType(
    "predictor.score-unusable",
    "A predictor's score is no share",
    "the score {score} is no number from 0 to 1; scores left out: {count}",
    "Give scores from 0 to 1, or none.",
    Severity.WARNING,
)
NO_PLACES = ProblemType(
    "predictor.frame-unusable",
    "A predictor that follows things gave no places",
    "{predictor} gave {found} for {asked} things",
    "Its track must return one Followed for each thing, in order, with shapes that lie somewhere.",
)
DIED = ProblemType(
    "predictor.process-died",
    "A predictor's process ended while it answered an item",
    "the process of {predictor} ended with {how} when it was asked about this item alone",
    "Look at the item, and at the machine's memory. It is not asked again for an hour.",
)
HOPELESS = ProblemType(
    "predictor.process-dies-always",
    "A predictor's process ends at whatever it is asked",
    "the process of {predictor} ended at {count} items one after the other, the last time with {how}",
    "Look at the predictor, at what it wrote to standard error, and at the machine's memory.",
)
LATE = ProblemType(
    "predictor.too-late",
    "A predictor took too long for an item",
    "{predictor} gave {how} when it was asked about this item alone",
    "Look at the item, or raise timeout of the predictor. It is not asked again for an hour.",
)
REFUSED = ProblemType(
    "predictor.item-refused",
    "An item is not asked again, since it ended a predictor's process before",
    "{predictor} is not asked again about an item at which its process ended before ({how})",
    "Correct the item or the predictor; it is asked again after an hour, or when the service starts anew.",
)
BUSY = ProblemType(
    "predictor.busy",
    "A predictor did not come to answer",
    "{predictor} has been at work for others for {seconds:g} s",
    "Ask for fewer items at a time, or give it a faster machine.",
)
UNSENDABLE = ProblemType(
    "predictor.item-unsendable",
    "An item cannot be given to a predictor's process",
    "the item cannot be passed to {predictor}: {reason}",
    "Correct the item's data.",
)
UNRETURNABLE = ProblemType(
    "predictor.answer-unsendable",
    "A predictor's answer cannot be passed on by its process",
    "what {predictor} answered cannot be passed on: {reason}",
    "Correct the predictor: its answers need texts that UTF-8 can encode, and numbers of 64 bits.",
)
NO_FILES = ProblemType(
    "predictor.files-unreachable",
    "The places of a predictor's files cannot be opened",
    "{reason}",
    "Correct media and tool of the predictor in labelwright.toml.",
)
ASKS_OTHERWISE = ProblemType(
    "predictor.project-asks-otherwise",
    "A project asks nothing that the predictor answers",
    "{predictor} answers {answers}; the project asks {asks}",
    "Name a predictor for this project, or the template that the project was made of with --template.",
)
