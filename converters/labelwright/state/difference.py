"""What changed between two versions of a data set."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.problems import UsageError
from labelwright.state.manifest import Manifest

LISTED = 50


class RowsDifference(Struct):
    """Items by what became of their rows; lists are cut at 50, counts are not."""

    unchanged: int
    added: int
    removed: int
    changed: int
    added_items: list[str]
    removed_items: list[str]
    changed_items: list[str]


class Difference(Struct):
    """Two versions compared: ``settings``, ``counts`` and ``agreement`` hold [before, after] pairs."""

    before: str
    after: str
    same: bool
    inputs_changed: bool
    template_changed: bool
    settings: dict[str, list[Any]]
    counts: dict[str, list[int]]
    agreement: dict[str, list[float | None]]
    gate: list[str]
    rows: RowsDifference


def compare(before: Path, after: Path) -> Difference:
    """Compare two version folders (or manifests). Raises ``UsageError`` if one is none."""
    old_path, new_path = _manifest_path(before), _manifest_path(after)
    old, new = _load(old_path), _load(new_path)
    rows = _compare_rows(_rows(old_path, old), _rows(new_path, new))
    settings = _pairs({"target": old.target, **old.settings}, {"target": new.target, **new.settings})
    agreement = _pairs(_flat(old), _flat(new))
    inputs = [(f.name, f.sha256) for f in old.inputs] != [(f.name, f.sha256) for f in new.inputs]
    template = (old.template_sha256, old.label_config_sha256) != (
        new.template_sha256,
        new.label_config_sha256,
    )
    same = not (rows.added or rows.removed or rows.changed or settings)
    return Difference(
        str(before),
        str(after),
        same,
        inputs,
        template,
        settings,
        _pairs(old.counts, new.counts),
        agreement,
        [old.gate, new.gate],
        rows,
    )


def _manifest_path(path: Path) -> Path:
    if path.is_dir():
        found = sorted(path.glob("*manifest.json"))
        if len(found) != 1:
            raise UsageError(
                f"{path} holds {len(found)} manifests; name a version's folder or a manifest file"
            )
        return found[0]
    if path.is_file():
        return path
    raise UsageError(f"{path} does not exist")


def _load(path: Path) -> Manifest:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a manifest: {error}") from None


def _rows(path: Path, manifest: Manifest) -> dict[str, list[bytes]]:
    """Item -> digests of its rows, from the training files and their sidecars."""
    found: dict[str, list[bytes]] = {}
    for entry in manifest.outputs:
        if "/" in entry.name:  # one file per item, named after it
            found.setdefault(entry.name, []).append(entry.sha256.encode())
            continue
        rows = path.with_name(entry.name)
        sidecar = rows.with_name(rows.name.removesuffix(rows.suffix) + ".provenance.jsonl")
        if not rows.is_file() or not sidecar.is_file():
            raise UsageError(f"{path} names {entry.name}, but it or its provenance file is not beside it")
        with rows.open("rb") as lines, sidecar.open("rb") as origins:
            for line, origin in zip(lines, origins, strict=False):
                item = str(msgspec.json.decode(origin)["item"])
                found.setdefault(item, []).append(hashlib.blake2b(line.strip(), digest_size=8).digest())
    return found


def _compare_rows(old: dict[str, list[bytes]], new: dict[str, list[bytes]]) -> RowsDifference:
    added = sorted((i for i in new if i not in old), key=_natural)
    removed = sorted((i for i in old if i not in new), key=_natural)
    changed = sorted((i for i in new if i in old and old[i] != new[i]), key=_natural)
    unchanged = len(new) - len(added) - len(changed)
    return RowsDifference(
        unchanged,
        len(added),
        len(removed),
        len(changed),
        added[:LISTED],
        removed[:LISTED],
        changed[:LISTED],
    )


def _natural(item: str) -> tuple[int, str]:
    return (int(item), "") if item.isascii() and item.isdigit() and len(item) < 20 else (1 << 62, item)


def _flat(manifest: Manifest) -> dict[str, float | None]:
    return {
        f"{control}.{measure}": value
        for control, measures in manifest.agreement.items()
        for measure, value in measures.items()
    }


def _pairs(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[Any]]:
    return {k: [old.get(k), new.get(k)] for k in sorted({*old, *new}) if old.get(k) != new.get(k)}
