"""What can be wrong with a server that a predictor asks."""

from __future__ import annotations

from labelwright.problems import ProblemType

UNAUTHORISED = ProblemType(
    "remote.unauthorised",
    "A predictor's server does not accept the key",
    "{server} answered HTTP {status}{said}",
    "Name the right key with the option key_file or key_env, and see that it may use the model.",
)
NOT_FOUND = ProblemType(
    "remote.not-found",
    "A predictor's server has nothing at the address, or no such model",
    "{server} answered HTTP {status}{said}",
    "Correct the options url and model.",
)
BUSY = ProblemType(
    "remote.busy",
    "A predictor's server takes no more requests for now",
    "{server} answered HTTP {status} to the last try{said}",
    "Lower the option concurrency, raise retries and seconds, or ask again later.",
)
SERVER_FAILED = ProblemType(
    "remote.failed",
    "A predictor's server failed",
    "{server} answered HTTP {status} to the last try{said}",
    "Look at the server's own log, and ask again.",
)
MOVED = ProblemType(
    "remote.moved",
    "A predictor's server sends on to another address",
    "{server} answered HTTP {status}{said}; other addresses are not asked",
    "Set the option url to the address that the server itself answers at, with http or https as it wants.",
)
REFUSED = ProblemType(
    "remote.refused",
    "A predictor's server does not accept what it is asked",
    "{server} answered HTTP {status}{said}",
    "Correct what the server names: an option, the model, or the item's size.",
)
TOO_LATE = ProblemType(
    "remote.too-late",
    "A predictor's server took too long",
    "{server} gave no whole answer within {seconds:g} s",
    "Raise the options timeout and seconds, and with them the predictor's timeout; or ask for less.",
)
UNREACHABLE = ProblemType(
    "remote.unreachable",
    "A predictor's server cannot be reached",
    "{server} cannot be asked: {reason}",
    "See that it runs, and correct the option url.",
)
PRIVATE = ProblemType(
    "remote.private-address",
    "A predictor's server is in a private network",
    "{server} is not asked: {reason}",
    "If that is meant, set the option allow_private to yes.",
)
OPEN_KEY = ProblemType(
    "remote.key-exposed",
    "A key would go over the network for all to read",
    "{server} is not asked: it is public, and its address is no https one",
    "Use an https address.",
)
CUT = ProblemType(
    "remote.cut-off",
    "The answer of a predictor's server broke off",
    "{server} broke off in the middle of its answer",
    "Look at the server's own log, and ask again.",
)
TOO_LARGE = ProblemType(
    "remote.too-large",
    "The answer of a predictor's server is too large",
    "{server} answered more than {limit} bytes",
    "Ask for less at a time.",
)
NO_JSON = ProblemType(
    "remote.no-json",
    "The answer of a predictor's server is no JSON",
    "{server} answered what is no JSON: {reason}",
    "See that the option url is that of the API, not that of a page.",
)
OF_STATUS = {401: UNAUTHORISED, 403: UNAUTHORISED, 404: NOT_FOUND, 429: BUSY}
