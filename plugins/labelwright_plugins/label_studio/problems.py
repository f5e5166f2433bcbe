"""What can be wrong with a Label Studio export."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

_CONFIG = "Pass the project's own configuration with --label-config, or correct the annotation."

UNKNOWN_CONTROL = ProblemType(
    "label-studio.control-unknown",
    "An answer belongs to a control that the configuration does not have",
    "the label config has no control {control!r} (result of type {type!r})",
    _CONFIG,
)
CONTROL_NOT_ASKED = ProblemType(
    "label-studio.control-not-in-template",
    "The project asks a control that the template does not use",
    "control {control!r} is in the project but not in template {template!r}; its answers are left out",
    "Add the control to the template if its answers are needed.",
    Severity.WARNING,
)
UNKNOWN_LABEL = ProblemType(
    "label-studio.label-unknown",
    "An answer uses a label that the configuration does not have",
    "{label!r} is not a label of control {control!r}; the answer is set aside",
    _CONFIG,
)
WRONG_TYPE = ProblemType(
    "label-studio.type-unexpected",
    "A result's type does not fit the kind of its control",
    "a result of type {type!r} is no answer of kind {kind}: {reason}",
    "Check that the export and the template belong together.",
)
OFFSET_MISMATCH = ProblemType(
    "label-studio.offset-mismatch",
    "A span's offsets do not match the text they point at",
    "characters {start} to {end} are {found!r}, but the annotation says {stored!r}; the span is set aside",
    "The task's text was changed after it was annotated: restore the text or annotate it again.",
)
OFFSET_OUTSIDE = ProblemType(
    "label-studio.offset-outside",
    "A span lies outside its text",
    "characters {start} to {end} are outside a text of {length}; the span is set aside",
    "The task's text was changed after it was annotated: restore the text or annotate it again.",
)
TURN_OUTSIDE = ProblemType(
    "label-studio.turn-outside",
    "An answer hangs on a turn that the dialogue does not have",
    "turns {start} to {end} are outside a dialogue of {length}; the answer is set aside",
    "The task's dialogue was changed after it was annotated: restore it or annotate it again.",
)
DUPLICATE_TASK = ProblemType(
    "label-studio.task-duplicate",
    "A task id occurs twice",
    "task {id} occurs again; the second is left out",
    "Export again; do not join exports of different servers into one file.",
)
DUPLICATE_ANNOTATION = ProblemType(
    "label-studio.annotation-duplicate",
    "An annotation id occurs twice",
    "annotation {id} occurs again; the second is left out",
    "Export again; do not join exports of different servers into one file.",
)
ANNOTATOR_UNKNOWN = ProblemType(
    "label-studio.annotator-unknown",
    "An annotation does not say who made it",
    "the annotation has no completed_by; it counts as the work of one unknown person",
    "Export again with users, or set completed_by when annotations are imported.",
    Severity.WARNING,
)
DUPLICATE_REGION = ProblemType(
    "label-studio.region-duplicate",
    "Two regions of one annotation have the same id and control",
    "region {id!r} of control {control!r} occurs twice; the second is left out",
    "Open the annotation in Label Studio, remove one of the two and submit again.",
)
SPAN_REPEATED = ProblemType(
    "label-studio.span-repeated",
    "One annotator marked the same span twice",
    "characters {start} to {end} are marked {label!r} twice; one is kept",
    "None needed; open the annotation in Label Studio and remove one of the two to silence this.",
    Severity.WARNING,
)
REGION_LOST = ProblemType(
    "label-studio.region-unknown",
    "An answer hangs on a region that is not there",
    "control {control!r} answers for region {id!r}, which the annotation does not have",
    "Open the annotation in Label Studio and submit it again.",
)
RELATION_LOST = ProblemType(
    "label-studio.relation-end-unknown",
    "A relation points at a region that is not there",
    "the relation from {head!r} to {tail!r} has an end that is no region of this annotation",
    "Open the annotation in Label Studio, draw the relation again and submit.",
)
BROKEN_TASK = ProblemType(
    "label-studio.task-unreadable",
    "A task is not of Label Studio's shape",
    "{reason}; the task is left out",
    "Export again with export type JSON.",
)
BROKEN_ANNOTATION = ProblemType(
    "label-studio.annotation-unreadable",
    "An annotation is not of Label Studio's shape",
    "{reason}; the annotation is left out",
    "Open the task in Label Studio and submit the annotation again.",
)
SEVERAL_TEXTS = ProblemType(
    "label-studio.several-texts",
    "A text control holds several submissions where one is asked",
    "control {control!r} holds {count} texts; they are joined by line breaks",
    'Set maxSubmissions="1" on the TextArea, or multiple = true on the control of the template.',
    Severity.WARNING,
)
TRIMMED = ProblemType(
    "label-studio.text-trimmed",
    "Blanks around a typed answer were removed",
    "control {control!r}: blanks around the answer were removed",
    "None needed: pressing Enter in Label Studio's text field adds a line break to the answer.",
    Severity.NOTE,
)
PARTIAL_PAGE = ProblemType(
    "label-studio.page-partial",
    "An API answer is one page of several",
    "the answer holds {held} tasks of {total}; the others are not in this file",
    "Fetch all pages, or use `labelwright pull label-studio`.",
)
STRAY_FILE = ProblemType(
    "label-studio.storage-file-stray",
    "A file of a storage folder is no annotation",
    "{name} is left out: {reason}",
    "Remove the file from the folder, or fetch it again if it was cut short.",
    Severity.WARNING,
)
LABELS_DRIFT = ProblemType(
    "label-studio.labels-drift",
    "The project's labels differ from the template's",
    "control {control!r}: the project has {extra}, the template has {missing}; the project's labels are used",
    "None needed if the project was edited on purpose; otherwise install the template again.",
    Severity.WARNING,
)
CONTROL_MISSING = ProblemType(
    "label-studio.control-missing",
    "The project lacks a control of the template",
    "the label config has no control {control!r} ({kind}) that template {template!r} asks",
    "Choose the template the project was made from, or add the control to the project.",
)
WRONG_TAG = ProblemType(
    "label-studio.tag-unfit",
    "A control's tag cannot collect its kind of answer",
    "control {control!r} is a <{tag}>, which collects no answer of kind {kind}",
    "Use one of: {fitting}.",
)
NO_MATCH = ProblemType(
    "label-studio.template-mismatch",
    "An export belongs to another template",
    "none of the export's controls ({found}) is asked by template {template!r} ({asked})",
    "Choose the template that the project was made from with --template, or pass your own template's folder.",
)
LOSSY_EXPORT = ProblemType(
    "label-studio.lossy-export",
    "An export type that has lost what is needed",
    "this is a {kind} export, which {lost}",
    "Export again with export type JSON (not JSON_MIN, CSV or TSV), or use `labelwright pull label-studio`.",
)
NO_CONFIG = ProblemType(
    "label-studio.no-config",
    "A template has no page for Label Studio",
    "there is no label_studio.xml in the template's folder",
    "Add the label config; or draw in another tool what Label Studio cannot draw.",
)
