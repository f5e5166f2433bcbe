"""What gold can show to be wrong."""

from __future__ import annotations

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.gold import FEWEST, MOST

HELD_OUT = ProblemType(
    "gold.held-out",
    "A gold item was kept out of the training file",
    "this item is gold: it scores annotators and is not in the training file",
    "None needed. To train on gold items all the same, pass --train-on-gold.",
    Severity.NOTE,
)
UNREADABLE_GOLD = ProblemType(
    "gold.file-unreadable",
    "Nobody can tell which items are gold, since a line of the gold file cannot be read",
    "{reason}; the item it names might be trained on, so nothing was written",
    "Correct the line, or pass --train-on-gold if gold items may be trained on.",
)
REJECTED = ProblemType(
    "adjudication.rejected",
    "A reviewer found an item unusable",
    "a reviewer rejected this item; it gives no example",
    "None needed; skip or delete the item in the tool if nobody should see it again.",
    Severity.NOTE,
)
EVERYTHING_FLAGGED = ProblemType(
    "gold.everything-flagged",
    "More than half of the items are marked as ground truth, so the marks were not used",
    "{marked} of {annotated} annotated items are marked as ground truth; Label Studio marks every "
    "annotation so that is imported without the flag. No item was taken for gold",
    'Import annotations with "ground_truth": false, or name the gold items with --gold; if the marks '
    "are meant, pass --trust-flags.",
    Severity.WARNING,
)
ITEM_ALL_FLAGGED = ProblemType(
    "gold.item-all-flagged",
    "Each annotator's annotation of an item is marked as ground truth",
    "all {count} annotations are marked as ground truth, so none stands out; the marks were not used",
    "Mark one annotation only, or name the answer in a gold file.",
    Severity.WARNING,
)
SIZE = ProblemType(
    "gold.size",
    "There are fewer than 100 or more than 500 gold items",
    "the number of gold items is {items}; {why}",
    "Keep between 100 and 500 gold items: make some with gold make, or leave some out.",
    Severity.WARNING,
)
NO_GOLD = ProblemType(
    "gold.none",
    "There is no gold item",
    "no item is marked as ground truth, and no item of a gold file is in the export",
    "Make a gold file with gold make and pass it with --gold, or mark annotations as ground truth.",
)
TARGET_UNUSED = ProblemType(
    "gold.target-unmeasured",
    "There are no gold items to hold annotators' work against",
    "the gold target of {target:.2f} could not be asked of anybody: there is no gold item",
    "Pass a gold file with --gold, or mark annotations as ground truth.",
    Severity.WARNING,
)
BELOW_TARGET = ProblemType(
    "gold.below-target",
    "An annotator does not reach the gold target, and their work was left out",
    "{annotator} got {value:.3f} of the gold answers right, which is below {target:.2f}; their work was "
    "left out of agreement and training file",
    "Look at their mistakes on gold items together, then have more gold items answered.",
    Severity.WARNING,
)
NOT_MEASURED = ProblemType(
    "gold.not-measured",
    "An annotator has answered too few gold items, and their work was left out",
    "{annotator} answered {items} gold items, of {least} that the target of {target:.2f} asks for; their "
    "work was left out of agreement and training file",
    "Have them answer more gold items, or lower --gold-least.",
    Severity.WARNING,
)
NO_CANDIDATES = ProblemType(
    "gold.no-candidates",
    "No item can be made gold",
    "no item is marked as ground truth, and on none do {least} annotators agree in every answer",
    "Have more annotators answer the same items, or lower --min-annotators.",
)


def size_problem(items: int) -> list[Problem]:
    """What is wrong with a number of gold items, if anything; none at all is another problem."""
    if 0 < items < FEWEST:
        return [SIZE.at(items=items, why="so few tell good annotators from poor ones only roughly")]
    if items > MOST:
        return [SIZE.at(items=items, why="more cost work that the training file does not get")]
    return []
