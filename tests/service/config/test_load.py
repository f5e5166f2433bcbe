"""labelwright.toml: everything wrong is named in one run, with its line; what is right is taken as it is."""

from __future__ import annotations

import json
import shutil
import string
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.problems import UsageError
from labelwright.registry import template_folders, tools
from labelwright.service.config import model, schema
from labelwright.service.config.findings import ConfigError, offered, spelled
from labelwright.service.config.lines import line_of, lines_of
from labelwright.service.config.load import Loaded, load, parsed

GOOD = """
[tools.label-studio]
url = "http://localhost:8080"
token_file = "secrets/token"
[projects.emails]
tool = "label-studio"
project = "Emails"
template = "email-classification"
[projects.emails.datasets.train]
to = "openai"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "token").write_text("x")
    (tmp_path / "secrets" / "token").chmod(0o600)
    return tmp_path


def said(text: str, folder: Path) -> list[str]:
    """Everything that is wrong with a text."""
    with pytest.raises(ConfigError) as caught:
        parsed(text, folder / "labelwright.toml")
    return str(caught.value).split(": ", 1)[1].split("\n")[-max(1, len(caught.value.details)) :]


def test_a_good_file_is_taken_as_it_is(folder: Path) -> None:
    (folder / "labelwright.toml").write_text(GOOD)
    loaded = load(folder / "labelwright.toml")
    assert loaded.warnings == []
    assert loaded.config.projects["emails"].datasets["train"].to == "openai"
    assert loaded.config.service == model.ServiceConfig()
    assert loaded.data == folder / "labelwright-data"
    assert loaded.path("secrets/token") == folder / "secrets/token"
    assert loaded.public_url == "http://127.0.0.1:8790"


def test_paths_are_relative_to_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "labelwright.toml").write_text(GOOD)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert load(Path("../labelwright.toml")).path("secrets/token").samefile(folder / "secrets/token")


@pytest.mark.parametrize("absolute", [False, True])
def test_a_template_of_ones_own_is_a_folder(folder: Path, absolute: bool) -> None:
    shutil.copytree(template_folders()["email-classification"], folder / "mine")
    named = str(folder / "mine") if absolute else "./mine"
    found = parsed(GOOD.replace('"email-classification"', f'"{named}"'), folder / "labelwright.toml")
    assert found.template(found.config.projects["emails"].template) == str(folder / "mine")


def test_options_of_predictors_may_be_written_as_what_they_are(folder: Path) -> None:
    text = """
[predictors.a]
predictor = "chat"
template = "email-classification"
options = { allow_private = true, logprobs = false, retries = 2, max_cost = 0.5, model = "m" }
"""
    found = parsed(text, folder / "labelwright.toml").config.predictors["a"].options
    assert found == {
        "allow_private": "yes",
        "logprobs": "no",
        "retries": "2",
        "max_cost": "0.5",
        "model": "m",
    }
    for wrong in ("nan", "[1]", "{ a = 1 }"):
        (one,) = said(text.replace("0.5", wrong), folder)
        assert "predictors.a.options.max_cost" in one


def test_every_wrong_key_and_value_is_named_at_once(folder: Path) -> None:
    text = (
        GOOD + 'too = "x"\nties = "dorp"\nmin_agreement = 80\nlint = "yes"\n[service]\nquiet = -1\nprot = 1\n'
    )
    with pytest.raises(ConfigError) as caught:
        parsed(text, folder / "labelwright.toml")
    error = caught.value
    assert str(error.args[0]).endswith("labelwright.toml: 6 things are wrong")
    assert error.details == (
        "line 11: projects.emails.datasets.train.too: unknown key; did you mean 'to'?",
        "line 12: projects.emails.datasets.train.ties: 'dorp' is none of: drop, keep",
        "line 13: projects.emails.datasets.train.min_agreement: 80 is more than 1",
        "line 14: projects.emails.datasets.train.lint: 'yes' is not true or false",
        "line 16: service.quiet: -1 is less than 0",
        "line 17: service.prot: unknown key; did you mean 'port'?",
    )
    assert str(error).count("\n") == 6


CASES: list[tuple[str, str, str]] = [
    ("", "[srevice]\n", "line 11: srevice: unknown key; did you mean 'service'?"),
    ("", "[service]\nport = 70000", "service.port: 70000 is more than 65535"),
    ("", '[service]\nport = "8790"', "service.port: '8790' is not a whole number"),
    ("", "[service]\nport = true", "service.port: true is not a whole number"),
    ("", "[service]\ndata = 2020-01-01", "service.data: 2020-01-01 is not text"),
    ("", '[service]\ndata = ""', "service.data: is empty"),
    ("", '[service]\ndata = "secrets/token"', "service.data: secrets/token is no folder"),
    ("", "[service]\nworkers = 0", "service.workers: 0 is less than 1"),
    ("", "[service]\nquiet = nan", "service.quiet: nan is not a number that serves here"),
    ("", "[service]\nceiling = inf", "service.ceiling: inf is not a number"),
    ("", "[service]\nceiling = 1", "line 12: service.ceiling: 1 is less than quiet (5)"),
    ("", "[service]\nquiet = 61", "service.ceiling: 60 is less than quiet (61)"),
    ("", "[service]\nreconcile_every = -900", "service.reconcile_every: -900 is less than 0"),
    ("", '[service]\nlog_level = "loud"', "log_level: 'loud' is none of: debug, error, info, warning"),
    ("", '[service]\npublic_url = "labels.example"', "public_url: is no web address"),
    ("", '[service]\npublic_url = "https://h:99999"', "public_url: is no web address"),
    ("", '[service]\npublic_url = "https://me:pw@h"', "public_url: holds a user or a password"),
    ("", '[service]\npublic_url = "https://h/?a=b"', "public_url: must end with the host"),
    (
        "",
        '[service]\ndatabase_url = "postgresql://me:pw@h/x"',
        "holds a password; leave it out and set PGPASSWORD",
    ),
    ("", '[service]\ndatabase_url = "postgresql://h/x?password=pw"', "holds a password"),
    ("", '[service]\ndatabase_url = "mysql://h/x"', "mysql: is no database that serves"),
    ("", '[service]\ndatabase_url = "postgresql://h:x/y"', "database_url: is no address"),
    ("", '[login]\nproxy_header = "X-User"', "login.proxy_header: is believed from nobody"),
    (
        "",
        '[login]\nproxy_header = "X"\nproxies = ["10.0.0.0/8", "ten"]',
        "login.proxies[1]: 'ten' is no address",
    ),
    ("", '[login]\ntoken_file = "gone"', "login.token_file: there is no "),
    ("", "[login]\nsession_hours = 0", "login.session_hours: 0 is less than 1"),
    ("http://localhost:8080", "ftp://h", "tools.label-studio.url: is no web address"),
    ("http://localhost:8080", "http://me:pw@h", "tools.label-studio.url: holds a user or a password"),
    ("secrets/token", "secrets/gone", "line 4: tools.label-studio.token_file: there is no "),
    ("secrets/token", "secrets", "tools.label-studio.token_file: "),
    ("token_file =", 'username = "me"\ntoken_file =', "tools.label-studio.password_file: is missing"),
    ("[tools.label-studio]", "[tools.Label_Studio]", "tools.Label_Studio: a name is of small letters"),
    ("[tools.label-studio]", "[tools.acme]", "tools.acme.tool: is missing: which tool is it?"),
    ("[tools.label-studio]", '[tools.acme]\ntool = "label-studo"', "'label-studo' is no tool; did you mean"),
    (
        'tool = "label-studio"',
        'tool = "label-studioo"',
        "no [tools.label-studioo]; did you mean 'label-studio'?",
    ),
    (
        'project = "Emails"',
        "",
        "line 5: projects.emails.project: is missing (The project's title or id there)",
    ),
    ('project = "Emails"', "project = 3", "projects.emails.project: 3 is not text"),
    ("email-classification", "email-clasification", "did you mean 'email-classification'?"),
    ("email-classification", "./mine", "projects.emails.template: there is no template.toml in "),
    ('to = "openai"', "", "projects.emails.datasets.train.to: is missing"),
    ("openai", "opnai", "unknown dialect or format 'opnai'; did you mean 'openai'?"),
    ("openai", "coco", "train.to: coco holds no answers of the kinds that template"),
    ("openai", "trl-preference", "train.to: trl-preference takes"),
    ("", 'consensus = "majorty"', "unknown consensus rule 'majorty'; did you mean 'majority'?"),
    ("", 'consensus = "bradley-terry"', "train.consensus: "),
    ("", 'measure = "fleis_kappa"', "unknown measure 'fleis_kappa'; did you mean 'fleiss_kappa'?"),
    ("", 'measure = "wer"', "train.measure: 'wer' counts errors"),
    ("", 'split = "90/20"', "train.split: give two or three percentages"),
    ("", 'think_tag = "thnk"', "train.think_tag: 'thnk' is none of: "),
    ("", 'ties = "keep"', "train.ties: openai holds no ties"),
    ("", 'boxes = "qwen2.5-vl"', "train.boxes: "),
    ("", 'gold = "gold.jsonl"', "train.gold: there is no file "),
    ("", 'references = "r.jsonl"', "train.references: there is no file "),
    ("", 'media = ["pictures"]', "train.media[0]: there is no folder "),
    ("", 'media_base = "gs://b"', "train.media: template email-classification shows no media"),
    ("", "seed = -1", "train.seed: -1 is less than 0"),
    ("", "[notify.x]", "notify.x.url: is missing: give url, or url_file"),
    ("", '[notify.x]\nurl = "https://h"\nurl_file = "secrets/token"', "notify.x.url: two addresses"),
    ("", '[notify.x]\nurl = "h"', "notify.x.url: is no web address"),
    ("", '[notify.x]\nurl_file = "gone"', "notify.x.url_file: there is no "),
    ("", '[notify.x]\nurl = "https://h"\nsecret_file = "gone"', "notify.x.secret_file: there is no "),
    (
        "",
        '[notify.x]\nurl = "https://h"\nevents = ["item.done"]',
        "notify.x.events[0]: unknown: 'item.done'; ",
    ),
    (
        "",
        '[notify.x]\nurl = "https://h"\nprojects = ["emials"]',
        "projects[0]: unknown: 'emials'; did you mean",
    ),
    ("", '[notify.x]\nurl = "https://h"\nkind = "slak"', "notify.x.kind: 'slak' is none of: slack, standard"),
    ("", "[notify]\nx = 3", "notify.x: 3 is not a table"),
    ("", "[[notify.x]]", "notify.x: a list is not a table"),
]


@pytest.mark.parametrize(
    ("old", "new", "expected"), CASES, ids=[f"{n}-{c[2][:40]}" for n, c in enumerate(CASES)]
)
def test_each_wrong_thing_is_named(old: str, new: str, expected: str, folder: Path) -> None:
    text = GOOD.replace(old, new, 1) if old else GOOD + new
    assert text != GOOD and tomllib.loads(text)
    lines = said(text, folder)
    (line,) = [one for one in lines if expected in one]
    # A table of another name is missed by the project too; a folder that is not there, by the template.
    assert len(lines) == 1 + (old.startswith("[tools") or "pictures" in new)
    assert len(line) < 1200


def test_a_tool_without_webhooks_cannot_serve(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(dict(tools())["label-studio"].capabilities, "webhook")
    (line,) = said(GOOD, folder)
    assert "emails.tool: 'label-studio' sends no webhooks that can be received; " in line


def test_a_tool_without_webhooks_can_be_asked_for_files(folder: Path) -> None:
    login = 'username = "me"\npassword_file = "secrets/token"\n'
    text = GOOD + f'[tools.doccano]\nurl = "http://127.0.0.1:8000"\n{login}'
    assert "doccano" in parsed(text, folder / "labelwright.toml").config.tools
    (line,) = said(text.replace('tool = "label-studio"', 'tool = "doccano"'), folder)
    assert "emails.tool: 'doccano' sends no webhooks that can be received; " in line


def test_the_same_project_twice(folder: Path) -> None:
    again = GOOD[GOOD.index("[projects.emails]") :].replace("projects.emails", "projects.again")
    (line,) = said(GOOD + again, folder)
    place, _, told = line.rpartition(": ")
    assert place == "line 13: projects.again.project: is that of projects.emails"
    assert told == "one project can have several datasets"
    other = '[tools.other]\ntool = "label-studio"\nurl = "http://localhost:8080/"\n'
    (line,) = said(GOOD + other + again.replace('tool = "label', 'tool = "other" #'), folder)
    assert "is that of projects.emails" in line
    elsewhere = other.replace("8080", "8081")
    assert parsed(GOOD + elsewhere + again.replace('tool = "label', 'tool = "other" #'), folder / "f")


def test_times_of_a_project_go_with_those_of_the_service(folder: Path) -> None:
    own = GOOD.replace('project = "Emails"', 'project = "Emails"\nquiet = 120')
    (line,) = said(own, folder)
    assert line == "line 8: projects.emails.quiet: the ceiling (60) is less than quiet (120)"
    (line,) = said(own.replace("quiet = 120", "ceiling = 2"), folder)
    assert "projects.emails.ceiling: the ceiling (2) is less than quiet (5)" in line
    assert parsed(own.replace("quiet = 120", "quiet = 120\nceiling = 300"), folder / "f").warnings == []


def test_what_is_doubtful_is_a_warning(folder: Path) -> None:
    (folder / "secrets" / "token").chmod(0o644)
    text = GOOD + '[service]\nhost = "0.0.0.0"\n[tools.boxes]\ntool = "label-studio"\nurl = "http://b"\n'
    warnings = parsed(text, folder / "labelwright.toml").warnings
    assert [line.split(": ")[1] for line in warnings] == [
        "tools.label-studio.token_file",
        "service.host",
        "tools.boxes.token_file",
    ]
    assert "others can read" in warnings[0] and "chmod 600" in warnings[0]
    (folder / "labelwright-data").mkdir(mode=0o755)
    assert "others can enter" in parsed(text, folder / "labelwright.toml").warnings[1]
    (folder / "labelwright-data").chmod(0o750)
    assert parsed(text, folder / "labelwright.toml").warnings == warnings


def test_secrets_that_hold_nothing_or_cannot_be_read(folder: Path) -> None:
    (folder / "secrets" / "token").write_text("")
    assert said(GOOD, folder)[0].endswith("token is empty")
    (folder / "secrets" / "token").unlink()
    (folder / "secrets" / "token").symlink_to("token")
    assert "cannot be read:" in said(GOOD, folder)[0]


def test_no_value_of_a_secret_is_shown(folder: Path) -> None:
    text = (
        GOOD
        + '[service]\ndatabase_url = "postgresql://me:hunter2@h/x"\npublic_url = "https://me:hunter2@h"\n'
    )
    assert len(said(text, folder)) == 2
    assert "hunter2" not in "".join(said(text, folder))


def test_what_cannot_be_read_at_all(folder: Path) -> None:
    with pytest.raises(UsageError, match="make one with: labelwright init"):
        load(folder / "gone.toml")
    with pytest.raises(UsageError, match="IsADirectoryError"):
        load(folder)
    (folder / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UnicodeDecodeError"):
        load(folder / "bad.toml")
    for text, where in (
        ("[service\n", "line 1"),
        ("a = 1\na = 2\n", "line 2"),
        ("a = " + "[" * 5000, "TOML"),
    ):
        with pytest.raises(UsageError, match=f"is not valid TOML.*{where}|not valid TOML.*recursion"):
            parsed(text, folder / "x.toml")


def test_the_shipped_schema_is_that_of_the_structs() -> None:
    shipped = schema.shipped()
    assert shipped == json.loads(schema.text())
    jsonschema.Draft202012Validator.check_schema(shipped)
    assert shipped["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema.Draft202012Validator(shipped).is_valid(tomllib.loads(GOOD))
    for struct, part in shipped["$defs"].items():
        names = {f.encode_name for f in msgspec.structs.fields(getattr(model, struct))}
        assert set(part["properties"]) == names and part["additionalProperties"] is False
        bare = [n for n, one in part["properties"].items() if "description" not in one]
        assert set(bare) <= {
            "service",
            "login",
            "tools",
            "projects",
            "predictors",
            "listen",
            "notify",
            "datasets",
        }, struct
    assert "null" not in schema.text()


def test_names_are_offered_when_near() -> None:
    known = ["label-studio", "cvat"]
    assert offered("label_studio", known) == "did you mean 'label-studio'?"
    assert offered("CVAT", known) == "did you mean 'cvat'?"
    assert offered("zzz", known) == "there are: cvat, label-studio"
    assert offered("zzz", []) == "there are: none"


def test_paths_are_spelled_as_in_the_file() -> None:
    assert spelled(("a", "b-c", 3)) == "a.b-c[3]"
    assert spelled(("a b", "", 'q"\n')) == '"a b".""."q\\"\\n"'
    assert "\n" not in spelled(("x\ny",))


TOML = '''# a comment = with [brackets]
a = 1
"b c".d = """
[no]
x = 1
"""
[t."x.y"]  # here
list = [ # [
  "]", 'a"', {k = "}"},
]
lit = \'\'\'
[no]
\'\'\'
z.w = {k = 1}
[t]
e = "\\"["
'''


def test_each_key_has_its_line() -> None:
    found = lines_of(TOML)
    assert found == {
        ("a",): 2,
        ("b c",): 3,
        ("b c", "d"): 3,
        ("t",): 7,
        ("t", "x.y"): 7,
        ("t", "x.y", "list"): 8,
        ("t", "x.y", "lit"): 11,
        ("t", "x.y", "z"): 14,
        ("t", "x.y", "z", "w"): 14,
        ("t", "e"): 16,
    }
    assert line_of(("t", "x.y", "z", "w", "k"), found) == 14
    assert line_of(("t", "x.y", "list", 2, "k"), found) == 8
    assert line_of(("nowhere",), found) == 0
    assert lines_of(TOML.replace("\n", "\r\n")) == found


KEYS = st.text(string.ascii_letters + '-_.=[]"# ', min_size=1, max_size=6)
VALUES = st.one_of(
    st.text("ab\"'\\\n=[]{}#", max_size=8).map(json.dumps),
    st.integers(-9, 9).map(str),
    st.lists(st.text("a]\n", max_size=3).map(json.dumps), max_size=3).map(
        lambda v: "[\n" + ",\n".join(v) + "]"
    ),
    st.text('ab"=[]{}#\n', max_size=8).map(lambda v: f"'''{v}'''"),
)


@settings(max_examples=80)
@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_lines_are_those_where_it_was_written(tables: dict[str, dict[str, str]]) -> None:
    text = ""
    expected: dict[tuple[str, ...], int] = {}
    for name, rows in tables.items():
        expected[(name,)] = text.count("\n") + 1
        text += f"[{json.dumps(name)}] # x = 1\n"
        for key, value in rows.items():
            expected[(name, key)] = text.count("\n") + 1
            text += f"{json.dumps(key)} = {value}\n"
    tomllib.loads(text)
    assert lines_of(text) == expected


ANY = st.recursive(
    st.none().map(lambda _: 1) | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
TOP = st.sampled_from(["service", "login", "tools", "projects", "notify", "x"])


@settings(max_examples=60)
@given(st.dictionaries(TOP, ANY | st.dictionaries(st.sampled_from(["a", "B", "cvat"]), ANY, max_size=2)))
def test_whatever_a_file_says_it_is_taken_or_refused(raw: dict[str, Any]) -> None:
    from labelwright.service.config.check import check
    from labelwright.service.config.findings import Findings
    from labelwright.service.config.shape import shaped

    findings = Findings({})
    loaded = Loaded(shaped(raw, findings), Path("nowhere"))
    check(loaded, findings)
    valid = jsonschema.Draft202012Validator(schema.shipped()).is_valid(raw)
    assert valid or findings.errors
    assert all("\n" not in line for line in findings.errors)
