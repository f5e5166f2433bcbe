"""What can be wrong with a file of JSON before anybody looks at what it says."""

from __future__ import annotations

from labelwright.problems import ProblemType

EMPTY = ProblemType(
    "io.empty",
    "A source has no content",
    "the file is empty",
    "Export again: the download may have failed.",
)
NOT_JSON = ProblemType(
    "io.not-json",
    "A source is not the JSON it should be",
    "{reason}",
    "Export again as JSON and pass that file unchanged.",
)
TRUNCATED = ProblemType(
    "io.truncated",
    "A JSON file ends before it is complete",
    "the file ends inside item {number} (byte {offset}); {read} complete items came before it",
    "The download or copy was cut short: fetch the file again.",
)
ENCODING = ProblemType(
    "io.encoding",
    "A source is not UTF-8",
    "byte {offset} is not UTF-8 ({reason})",
    "Save the file as UTF-8 without converting its content.",
)
