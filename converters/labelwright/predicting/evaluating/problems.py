"""What an evaluation has to say beside its figures."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

SAME_ITEMS = ProblemType(
    "evaluation.learnt-of-these",
    "A predictor is evaluated on items that it learnt of",
    "{predictor} learnt of {seen} of these {items} items: what it says of them is no test of it",
    "Evaluate it on other items, or with --fit-on folds, where each item is answered by one that has not "
    "learnt of it.",
    Severity.WARNING,
)
PERHAPS_SAME = ProblemType(
    "evaluation.perhaps-learnt-of-these",
    "A predictor that learnt is evaluated, perhaps on what it learnt of",
    "{predictor} has learnt ({learnt}), and nobody knows of what: of these items, the figures are too good",
    "Evaluate it with --fit-on folds, where each item is answered by one that has not learnt of it.",
    Severity.WARNING,
)
NOT_TAUGHT = ProblemType(
    "evaluation.nothing-learnt",
    "A predictor that learns is evaluated before it learnt anything",
    "{predictor} learns of answers, and has learnt nothing yet",
    "Evaluate it with --fit-on folds, or name the folder of what it learnt with --learnt.",
    Severity.WARNING,
)
SUGGESTED = ProblemType(
    "evaluation.answers-were-suggested",
    "A predictor is held against answers that were made with suggestions",
    "{suggested} of {items} items were answered by people who had a model's suggestion before them, and "
    "people tend to take it: held against such answers, {predictor} seems better than it is if it suggested "
    "them",
    "Go by the accuracy on items that were answered without, or by known answers (--gold, --references), and "
    "keep a blind share with labelwright prelabel --share.",
    Severity.WARNING,
)
NOTHING_COMPARED = ProblemType(
    "evaluation.nothing-to-compare",
    "No answer of a predictor could be compared with anything",
    "of {items} items, {answered} were answered by {predictor}, and none of these has a reference",
    "Export items that people answered, name known answers with --gold or --references, and look at what "
    "the predictor failed on.",
)
BELOW_ASKED = ProblemType(
    "evaluation.below-asked",
    "A predictor is less accurate than was asked",
    "{predictor} is right in {value:.3f} on {control} (what it failed on taken for wrong), below {least:.2f}",
    "See which labels it confuses; a predictor of other options, or one that learns of more answers, may do.",
)
LEARNT_TOO_LITTLE = ProblemType(
    "evaluation.fold-too-small",
    "A predictor could not learn of the items of all other folds",
    "without the items of one of {folds} folds, {reason}",
    "Settle more answers, or choose fewer folds with --fit-on folds:2.",
)
