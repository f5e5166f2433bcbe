"""What a run can find wrong that no reader or dialect sees."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

NO_ANSWER = ProblemType(
    "item.no-answer",
    "An item has no submitted annotation",
    "everybody skipped the item, or only drafts exist; it gives no example",
    "None needed if the item is unusable; otherwise put it back into the queue.",
    Severity.NOTE,
)
SET_ASIDE = ProblemType(
    "render.objects-set-aside",
    "An item gives no example, since objects that people drew on it could not be read",
    "{count} of the objects drawn on it could not be read; an example would teach that they are not there",
    "Mend or delete the objects that the other problems of this item name, and export again.",
)
REPEATED = ProblemType(
    "item.annotator-repeated",
    "One annotator answered an item more than once",
    "{annotator} answered this item more than once; only the newest counts",
    "Delete the older annotation in the tool if it was a mistake.",
    Severity.WARNING,
)
TIE = ProblemType(
    "consensus.tie",
    "Annotators are tied on an item",
    "the annotators are tied between {values}; the item waits for adjudication",
    "Decide it: add one more annotation, or write it into a file for --references (docs: consensus).",
    Severity.WARNING,
)
OUTVOTED = ProblemType(
    "consensus.shape-outvoted",
    "What too few annotators drew is left out",
    "{drawn} of {people} annotators drew it, too few for the quorum, so it is not in the data",
    "It is in the adjudication list: look at the item if it should be there; a reference annotation decides.",
    Severity.NOTE,
)
TOGETHER = ProblemType(
    "consensus.together",
    "Answers that belong together are those of one annotation",
    "one annotation was picked for all controls that belong together; other answers left out here: {count}",
    "None needed. A template asks for this under [quality] together (docs: consensus).",
    Severity.NOTE,
)
OVERRULED = ProblemType(
    "consensus.overruled",
    "A model decided for an answer that nobody gave",
    "the model takes {value} for right; the annotators gave {given}",
    "Look at the item; mark the right answer as ground truth if the model is wrong (docs: consensus).",
    Severity.WARNING,
)
DUPLICATE_ROWS = ProblemType(
    "dataset.duplicate-rows",
    "Two rows of the training file are the same",
    "rows {first} and {second} are the same",
    "Remove one of the two items, or import each item once.",
    Severity.WARNING,
)
CONTRADICTION = ProblemType(
    "dataset.contradictory-targets",
    "Two rows have the same input and different targets",
    "rows {first} and {second} ask the same and teach different answers",
    "Compare the two items (see the provenance file) and correct one of them.",
)
LOSS_REFUSED = ProblemType(
    "dataset.loss-refused",
    "The target cannot hold everything",
    "the target cannot hold {count} parts of the data, so nothing was written",
    "Choose another target, or pass --allow-loss to write what it can hold.",
)
UNACCOUNTED = ProblemType(
    "objects.unaccounted",
    "Objects went missing without a word",
    "{missing} of {taken} objects were neither passed on nor said to be lost ({leg})",
    "This is a bug of ours, and the file is not to be trusted. Please report it with the data's kind.",
)
NOT_FOUND_AGAIN = ProblemType(
    "objects.not-found-again",
    "The row of an item, read again, does not have its objects as they were drawn",
    "of {taken} objects {given} are found again where they were drawn, and {lost} are said to be lost",
    "This is a bug of ours, and the file is not to be trusted. Please report it with target and notation.",
)
NO_EXAMPLES = ProblemType(
    "dataset.empty",
    "A run gave no example",
    "no item gave an example; nothing was written",
    "See the problems above: the items may be unanswered, tied or refused.",
)
