"""What can go wrong between here and a Label Studio server, as problems with a remedy each."""

from __future__ import annotations

from labelwright.problems import ProblemType

UNREACHABLE = ProblemType(
    "label-studio.unreachable",
    "No connection to the server",
    "cannot reach {url}: {reason}",
    "Check that Label Studio runs and that --url or LABEL_STUDIO_URL names it.",
)
TIMED_OUT = ProblemType(
    "label-studio.timed-out",
    "The server did not answer in time",
    "{url} gave no answer within {seconds:g} s",
    "Try again when the server is less busy; nothing was written.",
)
TOKEN_REFUSED = ProblemType(
    "label-studio.token-refused",
    "The server refused the token",
    "{url} refused the token (HTTP 401): {detail}",
    "Create a personal access token in Label Studio (Account & Settings, Personal Access Token) and put "
    "it into LABEL_STUDIO_API_KEY or the file that LABEL_STUDIO_API_KEY_FILE names; for the service, into "
    "the token_file of labelwright.toml.",
)
LEGACY_TOKEN_DISABLED = ProblemType(
    "label-studio.legacy-token-disabled",
    "The organization does not accept legacy tokens",
    "{url} does not accept legacy tokens (HTTP 401)",
    "Create a personal access token (Account & Settings, Personal Access Token) and use it as "
    "LABEL_STUDIO_API_KEY (the service: in its token_file), or allow legacy tokens in "
    "the organization's access token settings.",
)
FORBIDDEN = ProblemType(
    "label-studio.forbidden",
    "The token's user may not do this",
    "{url} forbids it (HTTP 403): {detail}",
    "Use the token of a user who may change the project.",
)
NOT_FOUND = ProblemType(
    "label-studio.not-found",
    "The server knows no such thing",
    "{url} has nothing there (HTTP 404): {detail}",
    "Check the project's id or title, and that --url is the root of the Label Studio server.",
)
PROJECT_UNKNOWN = ProblemType(
    "label-studio.project-unknown",
    "There is no such project",
    "no project {project!r} on {url}; there are: {known}",
    "Give the project's exact title or its id (the number in the project's address).",
)
PROJECT_AMBIGUOUS = ProblemType(
    "label-studio.project-ambiguous",
    "Several projects have the same title",
    "{count} projects on {url} are called {project!r}: ids {ids}",
    "Give the project's id instead, or rename one of them.",
)
SERVER_ERROR = ProblemType(
    "label-studio.server-error",
    "The server failed",
    "{url} failed (HTTP {status}): {detail}",
    "Look into the server's log, then try again.",
)
REFUSED = ProblemType(
    "label-studio.refused",
    "The server refused a request",
    "{url} refused the request (HTTP {status}): {detail}",
    "Correct what the server names, then try again.",
)
NOT_AN_ANSWER = ProblemType(
    "label-studio.not-an-answer",
    "The answer is not one of Label Studio's",
    "{url} answered {what} instead of JSON",
    "Check that --url is the root of the Label Studio server and not a proxy's or log-in page.",
)
CUT_SHORT = ProblemType(
    "label-studio.cut-short",
    "The connection broke in the middle of an answer",
    "the connection to {url} broke in the middle of an answer",
    "Try again: nothing was written, and what was pulled before is as it was.",
)
