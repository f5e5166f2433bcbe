"""The audit of what is installed at run time sees what it is there for."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]


def load() -> Any:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("labelwright_ci_audit", ROOT / ".ci/audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


audit = load()


class Installed(metadata.Distribution):
    """A distribution that says what a test wants."""

    def __init__(self, version: str = "1.0", **said: Any) -> None:
        self._about = Message()
        for name, value in {"Version": version, **said}.items():
            for one in [value] if isinstance(value, str) else value:
                self._about[name.replace("_", "-")] = one

    @property
    def metadata(self) -> Any:
        return self._about

    def read_text(self, filename: str) -> str | None:
        return "" if filename == "RECORD" else None

    def locate_file(self, path: Any) -> Any:
        return path


APACHE = "License :: OSI Approved :: Apache Software License"
GPL = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ({"License_Expression": "MIT"}, True),
        ({"License_Expression": "GPL-3.0-only"}, False),
        ({"License_Expression": "GPL-3.0-only OR MIT"}, True),
        ({"License_Expression": "MIT AND AGPL-3.0-only"}, False),
        ({"License_Expression": "MIT AND (GPL-3.0-only OR ISC)"}, True),
        ({"License_Expression": "GPL-3.0-only WITH GCC-exception-3.1"}, False),
        ({"License_Expression": "MIT)"}, False),
        ({"License_Expression": "(MIT"}, False),
        ({"License_Expression": "MIT AND"}, False),
        ({"Classifier": [APACHE, "Topic :: Security"]}, True),
        ({"Classifier": [APACHE, GPL]}, False),
        ({"Classifier": ["License :: OSI Approved"], "License": "MIT License\n\nCopyright"}, True),
        ({"License": "Business Source License 1.1"}, False),
        ({"License": "UNKNOWN"}, False),
        ({}, False),
    ],
)
def test_licences_are_taken_as_they_are_told(said: dict[str, Any], right: bool) -> None:
    assert audit.allowed(audit.licence(Installed(**said))) is right


def test_only_the_named_exceptions_pass_and_only_under_their_licence() -> None:
    driver = Installed(License_Expression="LGPL-3.0-only")
    both = {"psycopg": driver, "psycopg-binary": driver}
    assert list(audit.licence_faults(both)) == []
    (line,) = audit.licence_faults({**both, "another": driver})
    assert line.startswith("another 1.0: licence LGPL-3.0-only")
    (line,) = audit.licence_faults({**both, "psycopg": Installed(License_Expression="AGPL-3.0-only")})
    assert line.startswith("psycopg 1.0: licence AGPL-3.0-only")
    (line,) = audit.licence_faults({"psycopg": driver})
    assert line.startswith("psycopg-binary is an exception")


def test_versions_and_bounds_are_held_against_the_list() -> None:
    known = [audit.Advisory("jinja2", "3.1.6", ("GHSA-cpwx-vrp4-4pq7",), "a sandbox is left")]

    def bounds(*lines: str) -> Iterable[str]:
        return list(audit.bound_faults([Requirement(line) for line in lines], known))

    (line,) = audit.version_faults({"jinja2": Installed("3.1.5")}, known)
    assert "jinja2 3.1.5" in line and "GHSA-cpwx-vrp4-4pq7" in line
    assert list(audit.version_faults({"jinja2": Installed("3.1.6"), "other": Installed("0.1")}, known)) == []
    assert bounds("Jinja2>=3.1.6", "jinja2~=3.2", "other>=1", "jinja2>=3,>=3.1.6,<4") == []
    assert len(list(bounds("Jinja2>=3.1.5", "jinja2", "jinja2<4"))) == 3
    let_be = [audit.Advisory("jinja2", "3.1.6", ("X",), "it", accepted="for a reason")]
    assert list(audit.version_faults({"jinja2": Installed("3.1.5")}, let_be)) == []
    assert list(audit.bound_faults([Requirement("jinja2>=1")], let_be)) == []


def test_what_the_list_accepts_says_why_and_is_still_there() -> None:
    known = audit.advisories()
    found, _ = audit.closure(audit.requirements(ROOT / "pyproject.toml"))
    assert len(known) >= 10
    for one in known:
        assert one.package in found, f"{one.package} is needed no more: take its rows out"
        assert all(id_.startswith(("GHSA-", "CVE-", "PYSEC-")) for id_ in one.ids) and one.ids
        if one.accepted:  # and no longer than it is needed
            assert Version(found[one.package].version) < Version(one.fixed), one


def test_the_closure_follows_extras_and_names_what_is_not_there() -> None:
    found, missing = audit.closure([Requirement("jsonschema"), Requirement("no-such-distribution>=1")])
    assert {"jsonschema", "attrs", "referencing"} <= set(found) and missing == ["no-such-distribution"]
    plain, _ = audit.closure([Requirement("dbos")])
    assert "psycopg-binary" in plain  # by an extra of psycopg that dbos asks for
    nothing, missing = audit.closure([Requirement("msgspec; python_version < '3'")])
    assert (nothing, missing) == ({}, [])


def test_pip_audit_is_understood() -> None:
    rows = [
        {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]},
        {"name": "b", "version": "1", "vulns": []},
        {"name": "c", "version": "1", "skip_reason": "Dependency not found on PyPI"},
    ]
    assert audit.understood(json.dumps({"dependencies": rows})) == (2, ["a 1: PYSEC-1, mended by 2"])
    assert audit.understood(json.dumps({"dependencies": rows[2:]})) == (0, [])
    assert audit.understood("") == audit.understood("[]") == audit.understood("Traceback") == (0, [])


def answering(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str = "") -> list[list[str]]:
    """Let pip-audit answer; the commands that it was called by."""
    called: list[list[str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        del options
        called.append(command)
        return subprocess.CompletedProcess(command, 1, stdout, stderr)

    monkeypatch.setattr(audit.subprocess, "run", run)
    return called


def test_a_database_that_is_not_reached_is_said_and_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"a": Installed("1")}
    called = answering(monkeypatch, "", "requests.exceptions.ConnectionError")
    told, faults = audit.pip_audit(found, [])
    assert "NOT asked" in told and faults == []
    assert [c[-1] for c in called] == ["pypi", "osv"]
    answering(monkeypatch, "", "No module named pip_audit")
    assert audit.pip_audit(found, []) == ("pip-audit is not installed: not asked", [])


def test_what_pip_audit_finds_is_a_fault_unless_it_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": []}]}
    called = answering(monkeypatch, json.dumps({"dependencies": [row]}))
    let_be = audit.Advisory("b", "2", ("CVE-2",), "it", accepted="so")
    told, faults = audit.pip_audit({"a": Installed("1")}, [let_be])
    assert told == "pip-audit asked pypi about 1 of 1 distributions"
    assert faults == ["a 1: CVE-1, mended by no version yet"]
    (command,) = called
    assert command[command.index("--ignore-vuln") + 1] == "CVE-2"


def test_the_whole_of_it_fails_for_one_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "pip_audit", lambda found, known: ("not asked", []))
    assert audit.main() == 0, capsys.readouterr().out
    real = audit.advisories()
    worse = audit.Advisory("msgspec", "9999", ("CVE-0",), "made up")
    monkeypatch.setattr(audit, "advisories", lambda: [*real, worse])
    capsys.readouterr()
    assert audit.main() == 1
    said = capsys.readouterr().out
    assert "9999 mends CVE-0: made up" in said and "pyproject.toml: msgspec" in said


def test_make_and_ci_run_it() -> None:
    assert "\n\t$(PYTHON) .ci/audit.py\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\nmake audit\n" in (ROOT / ".ci/run").read_text(encoding="utf-8")
