"""What is to be said of an order of items."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

NO_SCORES = ProblemType(
    "ordering.no-scores",
    "A predictor tells of no item how sure it is",
    "{predictor} gives no scores here, so that items are ordered {instead}",
    "Once some items are answered, a predictor that learns of them, such as classify, tells.",
    Severity.NOTE,
)
NO_FEATURES = ProblemType(
    "ordering.no-diversity",
    "Items cannot be told apart by what they show",
    "diversity is left out: {reason}",
    "Install what is missing, or order by uncertainty alone.",
    Severity.NOTE,
)
UNREADABLE = ProblemType(
    "ordering.nothing-shown",
    "Items show nothing that a predictor could read",
    "{count} items show nothing that {predictor} reads; they are left out",
    "Correct their data, or answer them apart.",
    Severity.WARNING,
)
UNTAUGHT = ProblemType(
    "ordering.nothing-learnt",
    "A predictor could not learn of the answers that there are",
    "{predictor} learnt nothing of {answered} answered items: {reason}",
    "Answer the first items of this order; then order again.",
    Severity.NOTE,
)
NOTHING_LEFT = ProblemType(
    "ordering.nothing-left",
    "There is no item left to answer",
    "each of {items} items has {wanted} answers or more",
    "Ask for more answers of each item with --answers, or export unanswered items too.",
)
NOT_AN_ORDER = ProblemType(
    "ordering.file-unreadable",
    "A file is no order of items",
    "{reason}",
    "Pass a .csv or .json file as labelwright predictors order writes it.",
)
