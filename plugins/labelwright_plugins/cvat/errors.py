"""What can go wrong between here and a CVAT server, as problems with a remedy each."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

UNREACHABLE = ProblemType(
    "cvat.unreachable",
    "No connection to the server",
    "cannot reach {url}: {reason}",
    "Check that CVAT runs and that --url or CVAT_URL names it.",
)
TIMED_OUT = ProblemType(
    "cvat.timed-out",
    "The server did not answer in time",
    "{url} gave no answer within {seconds:g} s",
    "Try again when the server is less busy; nothing was written.",
)
TOKEN_REFUSED = ProblemType(
    "cvat.token-refused",
    "The server refused the access token",
    "{url} refused the log-in (HTTP 401): {detail}",
    "Create a personal access token on your profile's page in CVAT and put it into CVAT_ACCESS_TOKEN or the "
    "file that CVAT_ACCESS_TOKEN_FILE names (for the service, into the token_file of labelwright.toml); it "
    "may have expired.",
)
LOGIN_REFUSED = ProblemType(
    "cvat.login-refused",
    "The server refused user name and password",
    "{url} refused the log-in of {username!r} (HTTP {status}): {detail}",
    "Correct CVAT_USERNAME and CVAT_PASSWORD, or use a personal access token in CVAT_ACCESS_TOKEN. For the "
    "service: username and password_file, or token_file, in labelwright.toml.",
)
FORBIDDEN = ProblemType(
    "cvat.forbidden",
    "The user may not do this",
    "{url} forbids it (HTTP 403): {detail}",
    "Log in as a user who may: the project's owner, a maintainer of its organization or an administrator. "
    "A read-only token cannot install. Annotators cannot read each other's replicas.",
)
NOT_FOUND = ProblemType(
    "cvat.not-found",
    "The server knows no such thing",
    "{url} has nothing there (HTTP 404): {detail}",
    "Check the id, that --url is the root of the CVAT server, and that --organization or "
    "CVAT_ORGANIZATION is the organization's short name.",
)
NOT_ACCEPTED = ProblemType(
    "cvat.not-accepted",
    "The server does not speak this version of its own protocol",
    "{url} has no answer in the form that was asked for (HTTP 406): {detail}",
    "Check that --url names a CVAT server of version 2.64 or newer.",
)
BUSY = ProblemType(
    "cvat.busy",
    "The server takes no more requests for now",
    "{url} asks to send fewer requests (HTTP 429): {detail}",
    "Wait a while, then try again: what was pulled before is as it was.",
)
SERVER_ERROR = ProblemType(
    "cvat.server-error",
    "The server failed",
    "{url} failed (HTTP {status}): {detail}",
    "Look into the server's log, then try again.",
)
REFUSED = ProblemType(
    "cvat.refused",
    "The server refused a request",
    "{url} refused the request (HTTP {status}): {detail}",
    "Correct what the server names, then try again.",
)
NOT_AN_ANSWER = ProblemType(
    "cvat.not-an-answer",
    "The answer is not one of CVAT's",
    "{url} answered {what} instead of what CVAT answers",
    "Check that --url is the root of the CVAT server and not a proxy's or log-in page.",
)
CUT_SHORT = ProblemType(
    "cvat.cut-short",
    "The connection broke in the middle of an answer",
    "the connection to {url} broke in the middle of an answer",
    "Try again: nothing was written, and what was pulled before is as it was.",
)
UNSTEADY = ProblemType(
    "cvat.list-unsteady",
    "A list changed every time it was read",
    "{url} had {count} entries, {found} were read: others come and go meanwhile",
    "Try again when nobody creates or deletes tasks and jobs.",
)
UNKNOWN = ProblemType(
    "cvat.project-unknown",
    "There is no such project",
    "no project {project!r} on {url}; there are: {known}",
    "Give the project's exact name or its id, or say what it is: project:ID, task:ID or job:ID. A project "
    "of an organization may need --organization.",
)
AMBIGUOUS = ProblemType(
    "cvat.project-ambiguous",
    "Several projects have the same name",
    "{count} projects on {url} are called {project!r}: ids {ids}",
    "Give the project's id instead, or rename one of them.",
)
EXPORT_FAILED = ProblemType(
    "cvat.export-failed",
    "The server could not export the images",
    "{url} could not export the images of task {task}: {detail}",
    "Look into the server's log. Annotations can be pulled without --media.",
)
EXPORT_LATE = ProblemType(
    "cvat.export-late",
    "The server did not finish an export in time",
    "{url} did not finish exporting the images of task {task} within {seconds:g} s",
    "Run the same command again: the server goes on meanwhile, and gives a finished export at once.",
)
MEDIA_TOO_LARGE = ProblemType(
    "cvat.media-too-large",
    "The images of a task are larger than allowed",
    "the images of task {task} have more than {limit:g} GB",
    "Allow more with --max-gb, or pull without --media.",
)
SERVER_OLD = ProblemType(
    "cvat.server-old",
    "The server is older than what was tried",
    "{url} runs CVAT {version}; {known} is the oldest that was tried",
    "Check that jobs and annotators are complete, or update CVAT.",
    Severity.WARNING,
)
