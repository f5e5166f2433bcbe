"""Audits what is installed beside the package at run time: licences, and versions with known faults.

``python .ci/audit.py`` looks at the environment it runs in, by ``pyproject.toml`` with all its extras:

1. every distribution that the package needs says that its licence is one of ``ALLOWED``, or is named in
   ``EXCEPTIONS``;
2. no installed version, and no lower bound of ``pyproject.toml``, is below one that ``advisories.toml``
   names;
3. pip-audit finds nothing, where the database that it asks can be reached. Where it cannot, that is said,
   and is no failure: a closed network must not stop a change.

It believes what distributions say of themselves, and does not look into the libraries inside wheels.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
ADVISORIES = Path(__file__).with_name("advisories.toml")
ALLOWED = {
    *("Apache-2.0", "MIT", "MIT-0", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0"),
    *("PSF-2.0", "CNRI-Python"),  # of Python itself, and of what was taken from older ones
    "TCL",  # as free as BSD's; a few lines of it are in ujson
}
_DRIVER = (
    "PostgreSQL's driver, used as it is and as a library of its own, which LGPL-3.0 asks; it comes with dbos"
)
EXCEPTIONS = {"psycopg": ("LGPL-3.0-only", _DRIVER), "psycopg-binary": ("LGPL-3.0-only", _DRIVER)}
SAID = {  # how metadata write licences that are no SPDX expression, in small letters
    "apache software license": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "mit license": "MIT",
    "bsd license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "isc license": "ISC",
    "python software foundation license": "PSF-2.0",
    "psfl": "PSF-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}
PATIENCE = 300.0  # seconds for pip-audit


@dataclass(frozen=True)
class Advisory:
    """A published fault: versions of ``package`` below ``fixed`` have it.

    ``accepted``: why one that is installed is let be; empty: it is not.
    """

    package: str
    fixed: str
    ids: tuple[str, ...]
    what: str
    accepted: str = ""

    @property
    def named(self) -> str:
        """The ids and what it is."""
        return f"{', '.join(self.ids)}: {self.what}"


# --- what is needed at run time -----------------------------------------------------------------


def requirements(pyproject: Path) -> list[Requirement]:
    """What the package asks for, with all its extras."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    return [Requirement(one) for one in [*project["dependencies"], *(r for e in extras for r in e)]]


def closure(asked: Iterable[Requirement]) -> tuple[dict[str, metadata.Distribution], list[str]]:
    """Every distribution that they need here, by its name; and the names of those that are not installed."""
    found: dict[str, metadata.Distribution] = {}
    missing: set[str] = set()
    known: dict[str, set[str]] = {}  # the extras of each that were followed
    waiting = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name in known and one.extras <= known[name]:
            continue
        extras = known.setdefault(name, set())
        extras |= one.extras
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            missing.add(name)
            continue
        for line in found[name].requires or ():
            more = Requirement(line)
            if more.marker is None or any(more.marker.evaluate({"extra": e}) for e in {"", *extras}):
                waiting.append(more)
    return dict(sorted(found.items())), sorted(missing)


# --- licences -----------------------------------------------------------------------------------


def licence(found: metadata.Distribution) -> str:
    """What a distribution says of its licence, as an SPDX expression where that can be told; else empty."""
    about = found.metadata
    if expression := _field(about, "License-Expression"):
        return expression
    classified = [
        c.rpartition("::")[2].strip() for c in about.get_all("Classifier") or [] if c[:7] == "License"
    ]
    classified = [c for c in classified if c != "OSI Approved"]
    if classified:
        return " AND ".join(spdx(c) for c in classified)
    if said := _field(about, "License"):
        return spdx(said.splitlines()[0])
    for file in found.files or ():
        if re.fullmatch(r"LICEN[CS]E(\.\w+)?", file.name, re.I) and ".dist-info" in str(file):
            text = " ".join(Path(str(file.locate())).read_text(encoding="utf-8", errors="replace").split())
            if text.startswith("Apache License Version 2.0"):
                return "Apache-2.0"
    return ""


def _field(about: metadata.PackageMetadata, name: str) -> str:
    return str(next(iter(about.get_all(name) or ()), "")).strip()


def spdx(said: str) -> str:
    """The SPDX expression that a licence's name means; itself if it is none that is known."""
    return SAID.get(said.lower(), said)


def allowed(expression: str) -> bool:
    """Whether an SPDX expression gives a choice in which every licence is allowed.

    >>> allowed("MIT AND (GPL-3.0-only OR ISC)"), allowed("MIT AND GPL-3.0-only"), allowed("")
    (True, False, False)
    """
    words = re.findall(r"\(|\)|[^\s()]+", expression)

    def either() -> bool:
        right = both()
        while words and words[0].upper() == "OR":
            words.pop(0)
            right = both() or right
        return right

    def both() -> bool:
        right = single()
        while words and words[0].upper() == "AND":
            words.pop(0)
            right = single() and right
        return right

    def single() -> bool:
        if not words:
            return False
        word = words.pop(0)
        if word == "(":
            right = either()
            return bool(words) and words.pop(0) == ")" and right
        return word in ALLOWED

    right = either()
    return right and not words  # what is left over was not understood


def licence_faults(found: Mapping[str, metadata.Distribution]) -> Iterator[str]:
    """A line for each distribution whose licence is not allowed, and each exception that nobody needs."""
    for name, one in found.items():
        said = licence(one)
        if name in EXCEPTIONS and said == EXCEPTIONS[name][0]:
            continue
        if not allowed(said):
            yield f"{name} {one.version}: licence {said or 'not told'} is not one of those allowed"
    for name in EXCEPTIONS:
        if name not in found:
            yield f"{name} is an exception to the licences, and is not needed: take it out"


# --- known faults -------------------------------------------------------------------------------


def advisories(path: Path = ADVISORIES) -> list[Advisory]:
    """The kept list."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["advisory"]
    return [Advisory(**{**row, "ids": tuple(row["ids"])}) for row in rows]


def version_faults(found: Mapping[str, metadata.Distribution], known: Iterable[Advisory]) -> Iterator[str]:
    """A line for each installed version that is below a fix."""
    for one in known:
        there = found.get(one.package)
        if there is not None and Version(there.version) < Version(one.fixed) and not one.accepted:
            yield f"{one.package} {there.version} is installed, and {one.fixed} mends {one.named}"


def bound_faults(asked: Iterable[Requirement], known: Iterable[Advisory]) -> Iterator[str]:
    """A line for each lower bound that lets a version in which is below a fix."""
    listed = list(known)
    for one in asked:
        least = [Version(s.version) for s in one.specifier if s.operator in (">=", "==", "~=", ">")]
        for advisory in listed:
            if advisory.package != canonicalize_name(one.name) or advisory.accepted:
                continue
            if not least or max(least) < Version(advisory.fixed):
                yield f"pyproject.toml: {one} lets in what {advisory.fixed} mends ({advisory.named})"


# --- pip-audit ----------------------------------------------------------------------------------


def pip_audit(found: Mapping[str, metadata.Distribution], known: Iterable[Advisory]) -> tuple[str, list[str]]:
    """Ask pip-audit: what is to be said of it, and a line for each fault."""
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder, "installed.txt")
        pinned.write_text(
            "".join(f"{name}=={one.version}\n" for name, one in found.items()), encoding="utf-8"
        )
        command = [sys.executable, "-m", "pip_audit", "-r", str(pinned), "--no-deps", "--disable-pip"]
        command += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
        for id_ in sorted({id_ for one in known if one.accepted for id_ in one.ids}):
            command += ["--ignore-vuln", id_]
        for service in ("pypi", "osv"):
            try:
                done = subprocess.run(
                    [*command, "--vulnerability-service", service],
                    capture_output=True, text=True, timeout=PATIENCE, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                continue
            if "No module named pip_audit" in done.stderr:
                return "pip-audit is not installed: not asked", []
            asked, faults = understood(done.stdout)
            if asked:
                return f"pip-audit asked {service} about {asked} of {len(found)} distributions", faults
    return "pip-audit: its databases (pypi, osv) cannot be reached from here: NOT asked", []


def understood(answer: str) -> tuple[int, list[str]]:
    """How many distributions an answer of pip-audit is about, and a line for each fault.

    One that it skipped, because the database did not know it, is not counted: where all were, none was asked.
    """
    try:
        rows: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 0, []
    asked = [row for row in rows if "skip_reason" not in row]
    faults = []
    for row in asked:
        for one in row.get("vulns", ()):
            fixed = ", ".join(one.get("fix_versions", ())) or "no version yet"
            faults.append(f"{row['name']} {row['version']}: {one['id']}, mended by {fixed}")
    return len(asked), faults


def main() -> int:
    """Print every fault; 1 if there is any."""
    asked, known = requirements(ROOT / "pyproject.toml"), advisories()
    found, missing = closure(asked)
    faults = [f"{name} is needed and not installed: nothing is known of it" for name in missing]
    faults += [*licence_faults(found), *version_faults(found, known), *bound_faults(asked, known)]
    told, more = pip_audit(found, known)
    for line in [*faults, *more]:
        print(f"audit: {line}")
    for name, (said, reason) in EXCEPTIONS.items():
        print(f"licence excepted: {name} ({said}): {reason}")
    for one in known:
        if one.accepted:
            print(f"fault accepted: {one.package} < {one.fixed} ({one.named}): {one.accepted}")
    print(told)
    print(f"audit: {len(found)} distributions, {len(known)} advisories, {len(faults) + len(more)} faults")
    return int(bool(faults or more))


if __name__ == "__main__":
    sys.exit(main())
