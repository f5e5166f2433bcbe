"""What can be wrong with what CVAT hands out."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

_EXPORT = "Export again from CVAT, or use `labelwright pull cvat`."
_DRAW = "Open the frame in CVAT, draw the object again and save."
_TEMPLATE = "Add it to the template if it is needed, or choose the template that the project was made from."

XML_BROKEN = ProblemType(
    "cvat.xml-broken",
    "An XML file is not well-formed or ends too soon",
    "{reason} (line {line}, column {column}); {read} images or tracks were complete before it",
    "The export or its copy was cut short or edited: export it again.",
)
XML_ENTITIES = ProblemType(
    "cvat.xml-entities",
    "An XML file declares entities or a document type",
    "the file declares a document type or entities, which CVAT never does and which are not followed",
    "Do not use this file. Export again from CVAT.",
)
VERSION_UNKNOWN = ProblemType(
    "cvat.version-unknown",
    "An XML file is of a version that is not known",
    "the file says it is of version {version!r}; it is read as version 1.1",
    "Check the result, and export as 'CVAT for images 1.1' or 'CVAT for video 1.1' if it looks wrong.",
)
NO_ANNOTATIONS = ProblemType(
    "cvat.annotations-missing",
    "A source of CVAT holds no annotations",
    "there is no {name} in it",
    _EXPORT,
)
BARE_ANNOTATIONS = ProblemType(
    "cvat.labels-missing",
    "An API answer holds annotations without their labels",
    "this is the API's answer for one job or task: it has numbers for labels and no frames",
    "Use `labelwright pull cvat`, which fetches labels, frames and annotators too.",
)
FOLDER_VERSION = ProblemType(
    "cvat.folder-unknown",
    "A pulled folder is of a form that is not known",
    "cvat.json says {found!r}, not {known!r}",
    "Pull again with this version of labelwright.",
)
FILE_BROKEN = ProblemType(
    "cvat.file-unreadable",
    "A file of a pulled folder cannot be read",
    "{name}: {reason}",
    "Pull again: the file was cut short or edited.",
)
JOB_MISSING = ProblemType(
    "cvat.job-missing",
    "A job of a pulled folder has no annotations file",
    "there is no {name}; what job {job} says is not read",
    "Pull again, and let it run to its end.",
)
LABEL_UNKNOWN = ProblemType(
    "cvat.label-unknown",
    "An object has a label that is not asked for",
    "no control of template {template!r} asks for a {shape} of label {label!r}; the object is set aside",
    _TEMPLATE,
)
LABEL_ID_UNKNOWN = ProblemType(
    "cvat.label-id-unknown",
    "An object has a label that its project does not have",
    "the project has no label with the id {label}; the object is set aside",
    "Pull again: the project's labels were changed meanwhile.",
)
ATTRIBUTE_UNKNOWN = ProblemType(
    "cvat.attribute-unknown",
    "An object has an attribute that is not asked for",
    "label {label!r} has no attribute {attribute!r} in template {template!r}; it is left out",
    _TEMPLATE,
    Severity.WARNING,
)
ATTRIBUTE_VALUE = ProblemType(
    "cvat.attribute-value",
    "An attribute's value is none of those it may have",
    "{value!r} is no value of attribute {attribute!r} of label {label!r}; the value is set aside",
    "Open the object in CVAT, choose the value again and save.",
)
GEOMETRY = ProblemType(
    "cvat.shape-unreadable",
    "A shape's numbers make no shape",
    "the {shape} cannot be read: {reason}; it is set aside",
    _DRAW,
)
NOT_FINITE = ProblemType(
    "cvat.coordinate-not-finite",
    "A coordinate is no finite number",
    "the {shape} has a coordinate that is not a finite number; it is set aside",
    _DRAW,
)
MASK_RLE = ProblemType(
    "cvat.mask-rle",
    "A mask's run lengths do not fit its box",
    "the mask cannot be read: {reason}; it is set aside",
    _DRAW,
)
OUTSIDE_IMAGE = ProblemType(
    "cvat.shape-outside-image",
    "A shape reaches beyond its image",
    "the {shape} reaches from ({left:g}, {top:g}) to ({right:g}, {bottom:g}) on an image of {width}x{height}",
    "Check the shape in CVAT, and that the image is the one that was annotated.",
    Severity.WARNING,
)
SIZE_MISSING = ProblemType(
    "cvat.size-missing",
    "An image's size is not known",
    "the source does not say how large the image is",
    "Export again from CVAT; without sizes many formats cannot be written.",
    Severity.WARNING,
)
FRAME_OUTSIDE = ProblemType(
    "cvat.frame-outside-task",
    "An object is on a frame that the task does not have",
    "frame {frame} is outside the task's {frames} frames; the object is set aside",
    "The server takes such frames from scripts: correct what wrote them.",
)
FRAME_DELETED = ProblemType(
    "cvat.frame-deleted",
    "An object is on a frame that was deleted",
    "frame {frame} was deleted in CVAT; what is on it is set aside",
    "None needed; restore the frame in CVAT if it is wanted.",
    Severity.NOTE,
)
FRAME_REPEATED = ProblemType(
    "cvat.frame-repeated",
    "One annotator saw a frame more than once",
    "frame {frame} was annotated by the same person in another job; what job {job} has on it is set aside",
    "None needed: frames that jobs share count once for each person.",
    Severity.NOTE,
)
IMAGE_DUPLICATE = ProblemType(
    "cvat.image-duplicate",
    "An image occurs twice",
    "image {image} of task {task!r} occurs again; the second is left out with what is on it",
    "Do not join exports into one file; export the project instead.",
)
OBJECT_DUPLICATE = ProblemType(
    "cvat.object-duplicate",
    "Two objects have the same id",
    "{what} {id} occurs again; the second is left out",
    "Pull or export again; do not join files of different jobs.",
)
TRACK_OPEN = ProblemType(
    "cvat.track-without-end",
    "A track has no end",
    "the track is visible at its last keyframe (frame {frame}); it goes on to the last frame",
    "None needed if the object stays in sight; else mark it as outside in CVAT.",
    Severity.NOTE,
)
TRACK_STOPS = ProblemType(
    "cvat.track-stops",
    "A track stops without saying so",
    "nothing is said of the track after frame {frame}, not that it is outside; it ends there",
    "None needed if the object leaves there; else export again from CVAT.",
    Severity.NOTE,
)
TRACK_EMPTY = ProblemType(
    "cvat.track-empty",
    "A track has no keyframe that can be used",
    "the track has no usable keyframe; it is set aside",
    _DRAW,
)
NO_TRACKS = ProblemType(
    "cvat.shapes-for-tracks",
    "A source has shapes where the template asks for tracks",
    "the source does not say which shapes are one object; each becomes a track of one frame",
    "Export as 'CVAT for video 1.1', or use `labelwright pull cvat`.",
    Severity.WARNING,
)
SKELETON_POINTS = ProblemType(
    "cvat.skeleton-points",
    "A skeleton's points are not those of its label",
    "the skeleton {what} {points}",
    "Draw the skeleton again: its label was changed after it was drawn.",
    Severity.WARNING,
)
TAG_FRAME = ProblemType(
    "cvat.tag-frame",
    "A tag of one frame counts for the whole clip",
    "tag {label!r} is on frame {frame} alone; the clip as a whole gets it",
    'Use a template whose video has unit = "frame" where the frames of tags matter.',
    Severity.WARNING,
    loss=True,
)
TAG_SEVERAL = ProblemType(
    "cvat.tags-several",
    "An image has several tags where one is asked",
    "control {control!r} takes one tag, and the frame has {tags}; the first is taken",
    "Use a control of kind choices, or remove a tag in CVAT.",
)
TAG_ATTRIBUTES = ProblemType(
    "cvat.tag-attribute-repeated",
    "Two tags of one image give different values for one attribute",
    "attribute {attribute!r} is {first!r} and {second!r}; the first is taken",
    "Give the attributes of different tags different names.",
    Severity.WARNING,
    loss=True,
)
ANNOTATOR_UNKNOWN = ProblemType(
    "cvat.annotator-unknown",
    "Annotations do not say who made them",
    "{what} does not say who annotated it; it counts as the work of {annotator!r}",
    "Assign the jobs in CVAT and use `labelwright pull cvat`.",
    Severity.NOTE,
)
CONSENSUS_RESULT = ProblemType(
    "cvat.consensus-result",
    "What CVAT merged from replicas is nobody's own work",
    "job {job} holds what CVAT merged of its replicas; its {objects} objects are set aside",
    "None needed: the replicas are read, and the consensus is made of them.",
    Severity.NOTE,
)
UNFINISHED = ProblemType(
    "cvat.frames-unfinished",
    "Frames without objects of jobs that are not finished",
    "job {job} is in state {state!r}: its {frames} frames without objects count as not answered yet",
    "Set the job's state to completed in CVAT when its empty frames are meant to be empty.",
    Severity.NOTE,
)
JOB_UNFINISHED = ProblemType(
    "cvat.job-unfinished",
    "Work of a job that is not finished does not count yet",
    "job {job} is in stage {stage!r} and state {state!r}: its {objects} objects do not count yet",
    "Set the job's state to completed in CVAT; or set finished_only = false in labelwright.toml.",
    Severity.NOTE,
)
REFERENCE_CLIP = ProblemType(
    "cvat.reference-frames",
    "A ground truth job covers some frames of a clip only",
    "ground truth job {job} covers {frames} of {all} frames, which is no reference for the whole clip",
    'Use a template whose video has unit = "frame" to compare with ground truth.',
    Severity.NOTE,
)
REFERENCE_FRAME = ProblemType(
    "cvat.reference-frame-unused",
    "Ground truth is on a frame that is not compared",
    "frame {frame} is none of the frames that ground truth job {job} validates; what is on it is set aside",
    "None needed; enable the frame for validation in CVAT if it is wanted.",
    Severity.NOTE,
)
JOB_FRAMES = ProblemType(
    "cvat.job-frames-unknown",
    "A job's export does not say where its frames begin",
    "the job's frames are filtered and its task is not in the file; frames are numbered as in the film",
    "Use `labelwright pull cvat`, which knows the task.",
    Severity.NOTE,
)
INTERVALS = ProblemType(
    "cvat.intervals",
    "A job holds intervals, which are not read",
    "job {job} has {count} intervals, which no template takes from CVAT yet",
    "None needed for images and films; intervals belong to other media.",
    Severity.WARNING,
    loss=True,
)
LABELS_DRIFT = ProblemType(
    "cvat.labels-drift",
    "The project's labels differ from the template's",
    "control {control!r}: the project has {extra}, the template has {missing}; the project's labels are used",
    "None needed if the project was edited on purpose; otherwise install the template again.",
    Severity.WARNING,
)
CONFIG_DRIFT = ProblemType(
    "cvat.config-drift",
    "A template's cvat.json differs from its template.toml",
    "{what}",
    "Write cvat.json anew from the template.",
)
CANNOT_ASK = ProblemType(
    "cvat.control-unfit",
    "CVAT cannot ask what a template asks",
    "CVAT has no way to ask control {control!r} ({kind})",
    "Ask it of regions as a choice, number or text, or leave CVAT out for this template.",
)
NOT_FLAT = ProblemType(
    "cvat.task-dimension",
    "A task is of point clouds",
    "the task is of dimension {dimension!r}; it is left out",
    "Only images and films are read: pull the other tasks by themselves.",
)
DEFAULT_FILLED = ProblemType(
    "cvat.default-filled",
    "What nobody answered gets CVAT's default",
    "control {control!r} is not answered, and CVAT has no attribute of its kind without a value",
    "Answer it before the file is imported into CVAT, or allow the loss.",
    loss=True,
)
