"""What can be wrong with what a chat model answers, or be in the way of asking it."""

from __future__ import annotations

from labelwright.problems import ProblemType, Severity

INPUT_MISSING = ProblemType(
    "chat.input-missing",
    "An item lacks what a chat model has to see",
    "the item has no {name!r}, which the template requires",
    "Give the item that input, or leave it to people.",
)
REFUSED = ProblemType(
    "chat.refused",
    "A chat model refuses to answer",
    "the model refuses{said}",
    "Leave the item to people, or choose another model.",
)
FILTERED = ProblemType(
    "chat.filtered",
    "A chat server's filter withheld the answer",
    "the answer was withheld by the server's content filter",
    "Leave the item to people, or choose another server.",
)
TRUNCATED = ProblemType(
    "chat.truncated",
    "A chat model's answer was cut off",
    "the answer was cut off at {tokens} tokens; it is not used",
    "Raise the option tokens.",
)
NO_ANSWER = ProblemType(
    "chat.no-answer",
    "A chat server's reply holds no answer",
    "the reply holds no answer: {reason}",
    "See that the option url is that of an OpenAI-compatible API.",
)
NO_JSON = ProblemType(
    "chat.no-json",
    "A chat model's answer is no JSON object",
    "the answer is no JSON object: {reason}",
    "Choose a model or server that holds to a JSON Schema.",
)
FAILED = ProblemType(
    "chat.item-failed",
    "An item cannot be asked about",
    "{reason}",
    "Look at the item, and at what is installed.",
)
MISSING = ProblemType(
    "chat.answer-missing",
    "A chat model did not answer a required control",
    "control {control!r} is required and has no answer",
    "Complete it when the suggestion is reviewed.",
    Severity.WARNING,
)
UNFIT = ProblemType(
    "chat.answer-unfit",
    "A chat model's answer is none that the control can have",
    "control {control!r}: {reason}",
    "Choose a model or server that holds to a JSON Schema.",
)
UNASKED = ProblemType(
    "chat.unasked",
    "A chat model answers what it was not asked",
    "the key {name!r} of the answer was not asked; it is left out",
    "Choose a model or server that holds to a JSON Schema.",
    Severity.WARNING,
)
QUOTE_UNKNOWN = ProblemType(
    "chat.quote-not-found",
    "A chat model quotes what the text does not say",
    "the text has no {quote!r}; the mark is left out",
    "Mark it by hand if it is meant.",
    Severity.WARNING,
)
OCCURRENCE = ProblemType(
    "chat.occurrence-unknown",
    "A chat model names a place of its quote that is not there",
    "{quote!r} stands {count} times and the answer means number {which}; it is left out",
    "Mark it by hand if it is meant.",
    Severity.WARNING,
)
PHRASE_UNKNOWN = ProblemType(
    "chat.phrase-not-found",
    "A chat model ties a place to words that the caption does not have",
    "the caption has no {phrase!r}; the shape is left out",
    "Draw it by hand if it is meant.",
    Severity.WARNING,
)
PLACE_UNFIT = ProblemType(
    "chat.place-unfit",
    "A chat model gives a place that cannot be on the image",
    "a shape is left out: {reason}",
    "See that the option boxes names the notation that the model was trained with.",
    Severity.WARNING,
)
TOO_LONG = ProblemType(
    "chat.item-too-long",
    "An item is longer than a chat model may be asked about",
    "the item has {length} characters; the option characters allows {limit}",
    "Raise the option characters, or cut the item.",
)
IMAGE_LARGE = ProblemType(
    "chat.image-too-large",
    "An image is larger than may be sent",
    "the image {name!r} has {size} bytes as it would be sent; {limit} are allowed",
    "Lower the option side.",
)
SPENT = ProblemType(
    "chat.cost-reached",
    "The cost that is allowed has been reached",
    "no more is asked: {told}; allowed are {limit:g}",
    "Raise the option max_cost to go on.",
)
