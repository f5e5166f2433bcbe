"""Exports of doccano before 1.5, whose records had other keys.

Up to 2018 each line was one annotator's: ``doc_id``, ``text``, ``username`` and ``labels``, ``entities`` or
``sentences``. Up to 1.4 a line had ``meta`` apart, who approved it (``annotation_approver``), and in the
plain JSONL numbers of labels without their names.
"""

from __future__ import annotations

from typing import Any

import msgspec

APPROVER, COMMENTS, USER, ID, WORDS = "annotation_approver", "comments", "username", "doc_id", "sentences"
NUMBERED = "annotations"
GONE = (APPROVER, COMMENTS, USER, ID, WORDS, "comment_count", "meta")
APPROVED = "approved"  # in an item's meta data


def renewed(fields: dict[str, Any]) -> dict[str, Any]:
    """The record with today's keys; no name of a person is in it, nor an older version's own key."""
    single = ID in fields and "id" not in fields
    if not single and APPROVER not in fields:
        return fields
    found = {key: value for key, value in fields.items() if key not in GONE}
    if single:
        found["id"] = fields[ID]
    if isinstance(words := fields.get(WORDS), list):
        found["label"] = words
    if isinstance(meta := fields.get("meta"), dict):
        found = {**meta, **found}
    if isinstance(comments := fields.get(COMMENTS), list):
        words = [x.get("text") if isinstance(x, dict) else x for x in comments]
        found["Comments"] = [x for x in words if isinstance(x, str)]
    return found


def approved(fields: dict[str, Any]) -> bool | None:
    """Whether somebody approved a record; None where the version does not tell."""
    return None if APPROVER not in fields else fields[APPROVER] is not None


def unnamed(fields: dict[str, Any]) -> bool:
    """Whether the answers of a record are numbers of labels, whose names are not in the export."""
    found = fields.get(NUMBERED)
    return isinstance(found, list) and "user" in str(found[:1]) and "label" not in fields


def by_user(data: bytes) -> dict[str, bytes]:
    """The lines of an export of one annotator a line, by annotator; empty for every other export.

    Lines of others are left blank, so that those that remain keep their numbers.
    """
    head = data.lstrip()[: 1 << 16].split(b"\n", 1)[0]
    if b'"doc_id"' not in head or b'"username"' not in head:
        return {}
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    owners = [_owner(line) for line in lines]
    names = sorted({name for name in owners if name is not None})
    # What cannot be read is told once, with the first of them.
    return {
        name: b"\n".join(
            line if owner == name or (owner is None and name == names[0]) else b""
            for line, owner in zip(lines, owners, strict=True)
        )
        for name in names
    }


def _owner(line: bytes) -> str | None:
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    name = found.get(USER) if isinstance(found, dict) else None
    return name if isinstance(name, str) else None
