"""What can be wrong with doccano's exports, as problems with a remedy each."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

BROKEN_ROW = ProblemType(
    "doccano.row-broken",
    "A record of an export cannot be read",
    "{reason}",
    "Export again and pass the files unchanged.",
)
DUPLICATE = ProblemType(
    "doccano.example-twice",
    "An export has two records of one id",
    "id {id!r} was there before",
    "An example's meta data may have a key 'id', which doccano exports in place of its own: rename that key.",
)
ID_REPLACED = ProblemType(
    "doccano.id-replaced",
    "An example's id is not doccano's own",
    "the id {id!r} comes from the example's meta data, which doccano exports in place of its own",
    "Rename the meta key 'id' before uploading; until then the item is known by that id.",
    Severity.WARNING,
)
ID_ROUNDED = ProblemType(
    "doccano.id-rounded",
    "An id is too large to be exact",
    "the id {id} has more digits than the export can hold: it is known as rounded",
    "Write such ids as words (in quotes) into the meta data.",
    Severity.WARNING,
)
DIFFERS = ProblemType(
    "doccano.example-differs",
    "Two annotators' files show different examples under one id",
    "{annotator} was shown something else as example {id!r}: this answer is left out",
    "Pass the files of one project and one export together, and no others.",
)
NAMELESS = ProblemType(
    "doccano.labels-numbered",
    "An export has numbers in place of labels",
    "its labels are numbers, and nothing in it tells their names",
    "Export again as JSONL with text labels, or update doccano, whose exports have had names since 1.5.",
)
NO_ID = ProblemType(
    "doccano.no-ids",
    "An export has no ids",
    "{form} exports have no ids: items are known by their number in the file",
    "Export as JSONL, which keeps ids.",
    Severity.WARNING,
)
JOINED = ProblemType(
    "doccano.csv-joins",
    "A CSV export joins several labels without a mark",
    "several labels of an example stand in one cell, joined with '#': a label that has a '#' itself is told "
    "from them only where the template has it",
    "Export as JSONL, which keeps labels apart.",
    Severity.WARNING,
)
FLATTENED = ProblemType(
    "doccano.labels-joined",
    "Joined answers cannot be told apart",
    "{text!r} may be one answer or several: doccano joins them without a mark",
    "Export as JSONL, which keeps them apart.",
)
LABEL_UNKNOWN = ProblemType(
    "doccano.label-unknown",
    "An answer uses a label that is not asked for",
    "no control of kind {kind} has the label {label!r}",
    "Add the label to the template, or correct the annotation in doccano.",
)
SEVERAL = ProblemType(
    "doccano.several-labels",
    "An example has several labels where one is asked for",
    "control {control!r} takes one label, the example has {labels}",
    "Correct it in doccano, or use a template with multiple choice. Annotators who share one set of labels "
    "may disagree so: make the project an individual one to keep them apart.",
)
BAD_VALUE = ProblemType(
    "doccano.value-unreadable",
    "An answer has not the form that doccano writes",
    "{column!r} holds {found}",
    "Export again and pass the files unchanged.",
)
OUTSIDE = ProblemType(
    "doccano.span-outside",
    "A span lies outside its text",
    "the span {start} to {end} is not within the {length} characters of the text",
    "Delete the span in doccano and mark it again; doccano's API takes any numbers.",
)
RELATION_LOOSE = ProblemType(
    "doccano.relation-without-ends",
    "A relation joins spans that are not there",
    "the relation {label!r} joins {head} and {tail}, which are not both among the example's spans",
    "Delete the relation in doccano and draw it again.",
)
SHAPE_EMPTY = ProblemType(
    "doccano.shape-empty",
    "A shape has no area",
    "a {what} without area or with numbers that are none",
    "Delete the shape in doccano and draw it again.",
)
NOT_ASKED = ProblemType(
    "doccano.not-asked",
    "An export has answers that the template does not ask for",
    "{count} examples have {column!r}, which no control of the template takes",
    "Choose a template that asks for them.",
    Severity.WARNING,
)
NO_MATCH = ProblemType(
    "doccano.template-mismatch",
    "Nothing in the export answers what the template asks",
    "the export has {found}; the template {template!r} asks for {asked}",
    "Choose the template that fits the project's type.",
)
SHARED = ProblemType(
    "doccano.annotators-unknown",
    "Nothing says who answered",
    "annotators share one set of answers in this project: doccano does not export who gave which, so that "
    "agreement between them cannot be measured",
    "For work that is to be compared, make the project with 'Share annotations across all users' off.",
    Severity.WARNING,
)
UNANSWERED = ProblemType(
    "doccano.unanswered",
    "An annotator has left an example without an answer",
    "{annotator} has no answer for an example, which counts as not looked at",
    "Pull the project instead of exporting it: it is then known which of them were confirmed as empty.",
    Severity.NOTE,
)
UNCONFIRMED = ProblemType(
    "doccano.unconfirmed",
    "An answer was not confirmed",
    "{annotator} answered an example without confirming it: the answer counts as a draft",
    "Confirm them in doccano (the mark beside the example), then pull again.",
    Severity.WARNING,
)
NOBODY_CONFIRMS = ProblemType(
    "doccano.nothing-confirmed",
    "Nobody confirms in this project",
    "no example of the project is confirmed: every answer that is there counts as given",
    "Have annotators confirm what they are done with, so that empty and unfinished answers can be "
    "told apart.",
    Severity.WARNING,
)
TYPES_LOST = ProblemType(
    "doccano.labels-differ",
    "The project's labels differ from the template's",
    "control {control!r}: the project has {extra}, it lacks {missing}",
    "The project's own labels are used. Install the template again to add what it lacks.",
    Severity.WARNING,
)
NOT_PULLED = ProblemType(
    "doccano.folder-damaged",
    "A pulled folder is not as it was pulled",
    "{reason}",
    "Pull the project again into an empty folder.",
)
