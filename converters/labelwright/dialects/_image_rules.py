"""Rules for image parts in a list of messages (``{"type": "image_url", "image_url": {"url": ...}}``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import EMBED, Broken, MediaRules
from labelwright.dialects._images import look, parse_data_uri
from labelwright.dialects._media import KIND_REFUSED
from labelwright.dialects._rules import broken, objects, rule, shown

ADDRESS_REFUSED = rule(
    "image.address-refused",
    "An image's address is of a kind that the target does not take",
    "{url!r} is not {wanted}",
    "Put the image into the row as data:image/png;base64,... with all its bytes; convert does with --media.",
)
NOT_BASE64 = rule(
    "image.not-base64",
    "A data URI does not say that it is base64",
    "the data URI has no ';base64' before the comma",
    "Write data:image/png;base64, followed by the encoded bytes.",
)
NOT_DECODABLE = rule(
    "image.not-decodable",
    "The bytes of an image cannot be decoded",
    "{reason}",
    "Encode the whole image file with base64; shortened examples do not train.",
)
TYPE_REFUSED = rule(
    "image.type-refused",
    "An image's media type is not one the target takes",
    "media type {type!r} is not one of: {types}",
    "Convert the image, and write its registered media type (image/jpeg, not image/jpg).",
)
TYPE_DIFFERS = rule(
    "image.type-differs",
    "An image's declared media type is not what its bytes are",
    "declared {declared!r}, but the bytes are {true!r}",
    "Declare the media type that the bytes have.",
)
IN_ASSISTANT = rule(
    "image.wrong-role",
    "An image is in a message of a role that may hold none",
    "a message of role {role!r} holds an image; only a user's message may",
    "Move the image into a user's message.",
)
TOO_MANY = rule(
    "image.too-many",
    "An example has more images than the target takes",
    "{count} images; at most {limit}",
    "Split the example.",
)
TOO_LARGE = rule(
    "image.too-large",
    "An image has more bytes than the target takes",
    "{size} bytes; at most {limit}",
    "Scale the image down.",
)
MODE_REFUSED = rule(
    "image.mode-refused",
    "An image is not RGB or RGBA",
    "the image is {mode}; the target takes RGB and RGBA",
    "Convert the image to RGB.",
)
WEIGHTED = rule(
    "image.weighted",
    "A message with an image has a weight",
    "a message with an image may not have a weight",
    "Remove the weight.",
)


# Parts that hold a film or a sound in the chat formats of one server or another.
OTHER_PARTS = {
    "video_url": "video",
    "video": "video",
    "audio": "audio",
    "audio_url": "audio",
    "input_audio": "audio",
}


def address_taken(url: str, limits: MediaRules, path: str) -> Iterator[Broken]:
    """An address is one of those that the target fetches."""
    if url.startswith(tuple(f"{scheme}://" for scheme in limits.schemes)):
        return
    kinds = ["a base64 data URI"] if limits.way == EMBED else []
    kinds += [f"an address that begins with {scheme}://" for scheme in limits.schemes]
    yield broken(ADDRESS_REFUSED, path, url=shown(url), wanted=" or ".join(kinds))


def _uri(url: str, limits: MediaRules, path: str) -> Iterator[Broken]:
    parsed = parse_data_uri(url)
    if parsed is None:
        yield from address_taken(url, limits, path)
        return
    refused = parsed.type not in limits.types
    if refused:
        types = ", ".join(limits.types)
        yield broken(TYPE_REFUSED, path, type=shown(parsed.type), types=types)
    if not parsed.base64:
        yield broken(NOT_BASE64, path)
    elif parsed.data is None:
        yield broken(NOT_DECODABLE, path, reason="what follows ';base64,' is not base64")
    else:
        yield from _bytes(parsed.data, "" if refused else parsed.type, limits, path)


def _bytes(data: bytes, declared: str, limits: MediaRules, path: str) -> Iterator[Broken]:
    picture = look(data)
    if picture is None:
        yield broken(NOT_DECODABLE, path, reason="the bytes are no image of a known type")
        return
    if declared and picture.type != declared:
        yield broken(TYPE_DIFFERS, path, declared=declared, true=picture.type)
    if not picture.whole:
        yield broken(NOT_DECODABLE, path, reason="the image file is cut off")
    if limits.modes and picture.mode and picture.mode not in limits.modes:
        yield broken(MODE_REFUSED, path, mode=picture.mode)
    if limits.size and len(data) > limits.size:
        yield broken(TOO_LARGE, path, size=len(data), limit=limits.size)


def image_parts(row: dict[str, Any], limits: MediaRules, *, weights: bool = True) -> Iterator[Broken]:
    """Every image of a conversation is one the target can see, in a place it may be.

    ``weights``: whether a message with an image may have one.
    """
    count = 0
    for index, message in objects(row.get("messages")):
        role, before = message.get("role"), count
        for at, part in objects(message.get("content")):
            path, kind = f"messages[{index}].content[{at}]", part.get("type")
            if isinstance(kind, str) and kind in OTHER_PARTS:
                yield broken(KIND_REFUSED, path, found=OTHER_PARTS[kind], kinds="image")
            if kind != "image_url":
                continue
            count += 1
            if role != "user":
                yield broken(IN_ASSISTANT, path, role=shown(role))
            image = part.get("image_url")
            url = image.get("url") if isinstance(image, dict) else None
            if isinstance(url, str):
                yield from _uri(url, limits, f"{path}.image_url.url")
        if not weights and count > before and message.get("weight") is not None:
            yield broken(WEIGHTED, f"messages[{index}].weight")
    if limits.count and count > limits.count:
        yield broken(TOO_MANY, "messages", count=count, limit=limits.count)
