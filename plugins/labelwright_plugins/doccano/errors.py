"""What can go wrong between here and a doccano server, as problems with a remedy each."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

UNREACHABLE = ProblemType(
    "doccano.unreachable",
    "No connection to the server",
    "cannot reach {url}: {reason}",
    "Check that doccano runs and that --url or DOCCANO_URL names it.",
)
TIMED_OUT = ProblemType(
    "doccano.timed-out",
    "The server did not answer in time",
    "{url} gave no answer within {seconds:g} s",
    "Try again when the server is less busy; what was pulled before is as it was.",
)
LOGIN_REFUSED = ProblemType(
    "doccano.login-refused",
    "The server refused user name and password",
    "{url} refused the log-in of {username!r}: {detail}",
    "Correct DOCCANO_USERNAME and DOCCANO_PASSWORD, or the file that DOCCANO_PASSWORD_FILE names.",
)
FORBIDDEN = ProblemType(
    "doccano.forbidden",
    "The user may not do this",
    "{url} forbids it (HTTP {status}): {detail}",
    "Log in as an administrator of the project: annotators may neither export nor change it.",
)
NOT_FOUND = ProblemType(
    "doccano.not-found",
    "The server knows no such thing",
    "{url} has nothing there (HTTP 404): {detail}",
    "Check the project's id, and that --url or DOCCANO_URL is the root of the doccano server.",
)
SERVER_ERROR = ProblemType(
    "doccano.server-error",
    "The server failed",
    "{url} failed (HTTP {status}): {detail}",
    "Look into the server's log, then try again.",
)
REFUSED = ProblemType(
    "doccano.refused",
    "The server refused a request",
    "{url} refused the request (HTTP {status}): {detail}",
    "Correct what the server names, then try again.",
)
NOT_AN_ANSWER = ProblemType(
    "doccano.not-an-answer",
    "The answer is not one of doccano's",
    "{url} answered {what} instead of what doccano answers",
    "Check that --url or DOCCANO_URL is the root of the doccano server and not a proxy's or log-in page.",
)
CUT_SHORT = ProblemType(
    "doccano.cut-short",
    "The connection broke in the middle of an answer",
    "the connection to {url} broke in the middle of an answer",
    "Try again: what was pulled before is as it was.",
)
TASK_FAILED = ProblemType(
    "doccano.task-failed",
    "The server could not do its work",
    "{url} could not {what}: {detail}",
    "Correct what the server names. An example whose meta data has a key 'text' or 'label' makes every "
    "export of its project fail: rename that key.",
)
TASK_LATE = ProblemType(
    "doccano.task-late",
    "The server did not finish its work in time",
    "{url} did not {what} within {seconds:g} s",
    "Check that doccano's task worker runs ('doccano task' beside 'doccano webserver'), then try again.",
)
UNKNOWN = ProblemType(
    "doccano.project-unknown",
    "There is no such project",
    "no project {project!r} on {url}; there are: {known}",
    "Give the project's exact name or its id (the number in the address of its page).",
)
AMBIGUOUS = ProblemType(
    "doccano.project-ambiguous",
    "Several projects have the same name",
    "{count} projects on {url} are called {project!r}: ids {ids}",
    "Give the project's id instead, or rename one of them.",
)
IDS_REPLACED = ProblemType(
    "doccano.ids-not-own",
    "The export has other ids than the project",
    "{count} examples are exported under ids that are not theirs, because their meta data have a key 'id'",
    "Rename the meta key; until then their items are known by those ids.",
    Severity.WARNING,
)
