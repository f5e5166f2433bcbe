"""Writes an order of items, and reads it again."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec

from labelwright.contracts import Template
from labelwright.formats.csv import guard, unguard
from labelwright.io.atomic import Pending, must_not_exist, writing
from labelwright.pipeline.opening import Opened
from labelwright.predicting.ordering.model import Ordering, Placed
from labelwright.predicting.ordering.problems import NOT_AN_ORDER
from labelwright.problems import DataError, Place, Problems, UsageError
from labelwright.report.json import encodable
from labelwright.report.words import clean, count, number

COLUMNS = ("rank", "item", "answers", "value", "uncertainty", "disagreement", "distance", "link")
ITEMS = ".jsonl"  # not the order alone, but what the items show, to be put into a tool anew
ENDINGS = (".csv", ".json", ITEMS)
SHOWN = 10


def as_json(found: Ordering) -> bytes:
    """As UTF-8 JSON with sorted keys, two spaces of indent and a last newline."""
    shown = encodable(msgspec.to_builtins(found))
    return msgspec.json.format(msgspec.json.encode(shown, order="sorted"), indent=2) + b"\n"


def as_csv(found: Ordering) -> bytes:
    """One row an item (RFC 4180), the first to answer first; ids that a spreadsheet would run are quoted."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in found.order:
        cells = [getattr(one, name) for name in COLUMNS]
        writer.writerow([guard(c) if isinstance(c, str) else "" if c is None else c for c in cells])
    return held.getvalue().encode("utf-8", "backslashreplace")


def as_items(found: Ordering, opened: Opened, template: Template) -> bytes:
    """What the items show, one JSON object a line, in their order: for tools that show items as they came."""
    items = {item.key.item: item.inputs for item in opened.tool.read(opened.source, template, Problems())}
    encode = msgspec.json.Encoder().encode
    return b"".join(encode(encodable(items[one.item])) + b"\n" for one in found.order if one.item in items)


def check(out: Path, force: bool) -> None:
    """Raise ``UsageError`` unless the file may be written."""
    if out.suffix not in ENDINGS:
        raise UsageError(f"-o {out}: name a file that ends in {', '.join(ENDINGS)}")
    must_not_exist(out, force)


def write(found: Ordering, out: Path, opened: Opened, template: Template) -> None:
    """Write the file, whole or not at all. Raises ``DataError``."""
    if out.suffix == ITEMS:
        content = as_items(found, opened, template)
    else:
        content = as_csv(found) if out.suffix == ".csv" else as_json(found)
    with Pending() as pending:
        handle = pending.file(out)
        with writing(out):
            handle.write(content)
        pending.commit()


def as_text(found: Ordering) -> str:
    """The order for a terminal: what it rests on, and the first items."""
    lines = [
        f"{count(len(found.order), 'item')} of {found.items:,} ordered by {found.by} ({found.model}, "
        f"seed {found.seed})",
    ]
    if found.learnt:
        lines.append(f"  it learnt of the answers there are: {clean(found.learnt, 300)}")
    for one in found.order[:SHOWN]:
        told = [
            f"{name} {number(value)}"
            for name in ("uncertainty", "disagreement", "distance")
            if (value := getattr(one, name)) is not None
        ]
        lines.append(f"  {one.rank:>4}  {clean(one.item, 60)}  {', '.join(told)}".rstrip())
    if len(found.order) > SHOWN:
        lines.append(f"  and {len(found.order) - SHOWN:,} more")
    return "\n".join(lines)


def read(path: Path) -> list[str]:
    """The ids of the items of a file, the first first, each once. Raises ``UsageError``, ``DataError``."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    place = Place(source=path.name)
    try:
        found = _of_csv(data.decode("utf-8-sig")) if path.suffix == ".csv" else _of_json(data)
    except (ValueError, csv.Error) as error:
        raise DataError(NOT_AN_ORDER.at(place, reason=str(error))) from None
    if not found:
        raise DataError(NOT_AN_ORDER.at(place, reason="it names no item"))
    return list(dict.fromkeys(found))


class _File(msgspec.Struct):
    order: list[Placed]


def _of_json(data: bytes) -> list[str]:
    return [one.item for one in sorted(msgspec.json.decode(data, type=_File).order, key=lambda p: p.rank)]


def _of_csv(text: str) -> list[str]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if "item" not in (rows.fieldnames or ()):
        raise ValueError("it has no column named item")
    return [unguard(row["item"]) for row in rows if row["item"]]
