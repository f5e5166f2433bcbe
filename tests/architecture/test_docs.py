"""The hand-written pages are true: their commands parse, their examples run, their links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import typer

from labelwright import registry
from labelwright.cli.main import build, run
from labelwright.contracts import Checks, Control, ExampleSpec, Input, Lint, Quality, Source, Template
from labelwright.examples import KINDS as EXAMPLES
from labelwright.examples import NONE, Chat, Message, Text
from labelwright.problems import Problems
from labelwright.records import Item, ItemKey, Kind, Resolved
from labelwright.render.load import load_template
from labelwright.service.config.model import EVENTS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [p for p in PAGES if "reference" not in p.parts]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
NAMED = re.compile(r"`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.M | re.S)
ENDS_COMMAND = {"|", "||", "&&", ";", ">", ">>", "2>", "2>>", "2>&1", "&"}
EXPORT = registry.template_folders()["email-classification"] / "export.json"


def page(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def command_words(line: str) -> list[str]:
    """What follows ``labelwright`` in a line of shell, up to a pipe or redirection."""
    found = re.search(r"(?:^|[\s/=])labelwright (?=[a-z-])", line)
    if found is None:
        return []
    words = shlex.split(line[found.end() :], comments=True)
    ends = [i for i, word in enumerate(words) if word in ENDS_COMMAND]
    return words[: ends[0]] if ends else words


def fenced_commands() -> Iterator[tuple[str, list[str]]]:
    for path in WRITTEN:
        for language, block in FENCE.findall(page(path)):
            if language not in {"", "console", "ini"}:
                continue
            for line in block.replace("\\\n", " ").splitlines():
                if words := command_words(line):
                    yield f"{path.relative_to(ROOT)}: {line}", words


def parse(words: list[str]) -> None:
    """Parse the whole command line with the real parsers, without running it."""
    command: Any = typer.main.get_command(build())
    context = command.make_context("labelwright", list(words))
    while rest := [*getattr(context, "_protected_args", ()), *context.args]:
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
        if not hasattr(command, "resolve_command"):
            return


def test_every_command_line_parses() -> None:
    found = list(fenced_commands())
    assert len(found) > 30
    broken = []
    for where, words in found:
        try:
            parse(words)
        except Exception as error:
            broken.append(f"{where}: {getattr(error, 'message', error)!s}")
    assert broken == []


def test_the_parser_of_command_lines_refuses() -> None:
    with pytest.raises(Exception, match="nonsense"):
        parse(["convert", "x.json", "--nonsense"])
    with pytest.raises(Exception, match="to"):
        parse(["convert", "x.json"])


def test_commands_and_options_named_in_passing_exist() -> None:
    main: Any = typer.main.get_command(build())
    options: set[str] = set()

    def collect(command: Any) -> None:
        options.update(o for p in command.params for o in [*p.opts, *p.secondary_opts] if o.startswith("--"))
        for name in getattr(command, "list_commands", lambda _: [])(context):
            collect(command.get_command(context, name))

    context = main.context_class(main, info_name="labelwright")
    collect(main)
    seen = set()
    for path in WRITTEN:
        prose = FENCE.sub("", page(path))
        for code in re.findall(r"`([^`\n]+)`", prose):
            if re.match(r"labelwright [a-z]", code):
                assert code.split()[1] in main.list_commands(context), f"{path.name}: {code}"
            seen |= set(re.findall(r"(?:^| )(--[a-z-]+)", code))
    assert len(seen) > 10
    assert seen - options - {"--help", "--function-module"} == set()  # the latter is cvat-cli's


def test_links_and_their_anchors_lead_somewhere() -> None:
    broken = []
    for path in PAGES:
        for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", page(path)):
            if "://" in target:
                continue
            there = path.parent / target if target else path
            if not there.exists():
                broken.append(f"{path.relative_to(ROOT)}: {target}")
            elif anchor and anchor not in headings(there):
                broken.append(f"{path.relative_to(ROOT)}: {target}#{anchor}")
    assert broken == []


def headings(path: Path) -> set[str]:
    """The anchors of a page, as they are made of its headings."""
    titles = re.findall(r"^#+ (.+)$", page(path), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_index_lists_every_page() -> None:
    index = ROOT / "docs/index.md"
    listed = {(index.parent / t).resolve() for t in re.findall(r"\]\(([^)#]+)\)", page(index))}
    assert {p for p in PAGES if "docs" in p.parts and p != index} <= listed


def test_readme_names_what_there_is() -> None:
    rows = dict(re.findall(r"^\| ([a-z ]+) \| (.+) \|$", page(ROOT / "README.md"), re.M))
    named = {part: row.split(";")[0].split(", ") for part, row in rows.items() if part != "part"}
    main: Any = typer.main.get_command(build())
    assert named == {
        "tools": list(registry.tools()),
        "templates": list(registry.template_folders()),
        "training files": list(registry.dialects()),
        "annotation formats": list(registry.formats()),
        "consensus rules": list(registry.consensus_rules()),
        "commands": sorted(main.list_commands(main.context_class(main, info_name="labelwright"))),
    }


def test_codes_named_in_the_pages_are_declared() -> None:
    declared = registry.problem_types()
    areas = {code.split(".")[0] for code in declared}
    found = set()
    for path in WRITTEN:
        prose = FENCE.sub(lambda block: "" if block[1] == "toml" else block[0], page(path))
        found |= set(re.findall(r"[`\[]([a-z0-9-]+\.[a-z0-9-]+)[`\],]", prose))
    codes = {
        c
        for c in found
        if c.split(".")[0] in areas and not c.endswith((".jsonl", ".json", ".py", ".toml", ".lint"))
    }
    assert len(codes) > 20
    assert codes - set(declared) - set(EVENTS) == set()


# --- what may be said in template.toml ----------------------------------------------------------


def test_every_key_of_a_template_is_listed_and_explained() -> None:
    reference = page(ROOT / "docs/reference/template-toml.md")
    sections = dict(re.findall(r"^## `?\[?(.+?)\]?`?\n(.*?)(?=^## |\Z)", reference, re.M | re.S))
    structs: dict[str, type[msgspec.Struct]] = {
        "the top of the file": Template, "inputs.NAME": Input, "controls.NAME": Control,
        "example": ExampleSpec, "checks": Checks, "quality": Quality, "quality.lint": Lint,
    }  # fmt: skip
    assert set(sections) == set(structs)
    for name, struct in structs.items():
        text, listed = sections[name].split("| key |")
        keys = {f.name for f in msgspec.structs.fields(struct)} - {"folder", "regions", "kept_above"}
        assert set(re.findall(r"^\| `(\w+)` \|", listed, re.M)) == keys
        assert keys - set(re.findall(r"\w+", "".join(re.findall(r"`.*?`", text)))) == set(), name


def test_the_page_on_templates_has_every_kind() -> None:
    text = page(ROOT / "docs/how-to/own-template.md")
    controls = text.split("## Kinds of controls")[1].split("## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", controls, re.M)) == sorted(Kind)
    examples = [
        tomllib.loads(block)["example"] for block in re.findall(r"```toml\n(\[example\].*?)```", text, re.S)
    ]
    assert sorted(e["kind"] for e in examples) == sorted({*EXAMPLES, NONE} - {"chat"})
    keys = {f.name for f in msgspec.structs.fields(ExampleSpec)}
    assert [e for e in examples if not set(e) <= keys] == []


# --- examples that run -------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with state of its own."""
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def transcripts(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of the console blocks with the lines it is said to print."""
    for language, block in FENCE.findall(text):
        if language == "console":
            for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
                command, *output = part.splitlines()
                yield command, output


def follow(text: str, capfd: pytest.CaptureFixture[str]) -> int:
    """Run the ``labelwright`` and ``head`` commands of a text; every line shown must be printed, in order."""
    followed, code = 0, 0
    for command, shown in transcripts(text):
        words = shlex.split(command)
        if words[0] == "labelwright":
            code = run([str(ROOT / w) if w.startswith("label_configs/") else w for w in words[1:]])
        elif words[0] in {"head", "cat"}:
            lines = Path(words[-1]).read_text(encoding="utf-8").splitlines()
            print("\n".join(lines[:1] if words[0] == "head" else lines))
        elif words == ["echo", "$?"]:
            print(code)
        else:
            continue
        captured = capfd.readouterr()
        printed = captured.err + captured.out
        pattern = ".*".join(re.escape(part) for part in "\n".join(shown).split("…"))
        assert re.search(pattern, printed, re.S), f"{command}\n{printed}"
        followed += 1
    return followed


def test_the_first_part_of_the_tutorial_is_what_happens(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, _, second = page(ROOT / "docs/tutorial.md").partition("## Part 2")
    assert second
    assert follow(first, capfd) == 7
    written = {p.name.removeprefix("train.") for p in (folder / "demo-out").glob("train*")}
    table = set(re.findall(r"`(?:train)?\.([\w.]+)`", first.split("### What was written")[1].split("###")[0]))
    assert {name.removeprefix("report.") for name in written} == table - {"report.html"} | {"html"}
    assert not (folder / "demo-out/strict.jsonl").exists()


@pytest.mark.parametrize(("name", "commands"), [("shapes", 6), ("move-datasets", 2), ("vision", 5)])
def test_the_pages_on_shapes_are_what_happens(
    name: str, commands: int, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert follow(page(ROOT / f"docs/how-to/{name}.md"), capfd) == commands


def test_the_page_on_templates_holds_a_whole_one(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = page(ROOT / "docs/how-to/own-template.md")
    files = NAMED.findall(text)
    assert len(files) == 6
    for name, content in files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    assert follow(text, capfd) == 3
    assert run(["validate", "urgency.jsonl", "--as", "openai"]) == 1  # two rows are fewer than it takes
    assert "file.too-few-rows" in capfd.readouterr().err


def test_the_page_on_sound_is_what_happens(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = page(ROOT / "docs/how-to/audio.md")
    assert follow(text, capfd) == 13
    rows = re.findall(r"^\| .+ \| `([\w-]+)` \| (.+) \|$", text, re.M)
    assert {name for name, _ in rows} == {n for n in registry.template_folders() if spoken(n)}
    for name, targets in rows:
        export = registry.template_folders()[name] / "export.json"
        for target in re.findall(r"`(.+?)`", targets):
            out = folder / f"{name}-{target}"
            lossy = ["--allow-loss"] if target == "srt" else []
            code = run(["convert", str(export), "-t", name, "--to", target, "-o", str(out), *lossy])
            assert code == 0, f"{name} to {target}: {capfd.readouterr().err}"


def spoken(name: str) -> bool:
    """Whether a template shows sound."""
    return load_template(registry.template_folders()[name]).modality == "audio"


def test_the_page_on_lint_and_review_is_what_happens(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "export.json").write_bytes(EXPORT.read_bytes())
    rows = [
        json.dumps({"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]})
        for q, a in (("Which day is it?", "It is Monday."), ("Where are we now?", "In the garden."))
    ]
    (folder / "train.jsonl").write_text("\n".join(rows) + "\n")
    (folder / "validation.jsonl").write_text(rows[0].replace("Which", "On which") + "\n")
    text = page(ROOT / "docs/how-to/lint-and-review.md")
    ran = 0
    for command, _ in transcripts(text):
        assert run(shlex.split(command)[1:]) == 0, capfd.readouterr().err
        ran += 1
    assert ran == 4
    assert {p.name for p in (folder / "review").iterdir()} == {"review.html", "review.csv"}
    (keys,) = [b for language, b in FENCE.findall(text) if language == "toml"]
    lint = msgspec.convert(tomllib.loads(keys)["quality"]["lint"], Lint)
    assert lint.groups and lint.slices and lint.synonyms and lint.negatives and lint.task


def test_the_page_on_gold_is_what_happens(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "inbox").mkdir()
    (folder / "inbox/export.json").write_bytes(EXPORT.read_bytes())
    codes = [run(shlex.split(c)[1:]) for c, _ in transcripts(page(ROOT / "docs/how-to/gold.md"))]
    said = capfd.readouterr().err
    assert len(codes) == 3 and codes[:2] == [0, 0], said
    assert codes[2] in (0, 1) and "target" in said


def test_the_page_on_bad_input_shows_what_validate_says(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.jsonl").write_text('{"messages":[{"role":"user","content":"a"}]}\n\n')
    assert follow(page(ROOT / "docs/how-to/bad-input.md"), capfd) == 1


def test_the_code_for_contributors_keeps_the_contracts(tmp_path: Path) -> None:
    plugins = {}
    for language, block in FENCE.findall(page(ROOT / "CONTRIBUTING.md")):
        if language == "python":
            space: dict[str, Any] = {"__name__": "example"}
            exec(block, space)
            plugins[space["plugin"].name] = space["plugin"]
    assert set(plugins) == {"more-than-half", "acme", "label-list", "notes"}
    template = load_template(registry.template_folders()["email-classification"])
    control = template.controls["category"]

    rule = plugins["more-than-half"]
    assert rule.resolve(control, [("a", "X"), ("b", "Y"), ("c", "X")]).value == "X"
    assert rule.resolve(control, [("a", "X"), ("b", "Y")]).tied == ("X", "Y")

    chat = Chat([Message("user", (Text("hello"),)), Message("assistant", (Text("good day"),))])
    row = plugins["acme"].row(chat)
    jsonschema.validate(row, registry.dialects()["openai"].schema())
    assert not list(plugins["acme"].check(row))

    (tmp_path / "a.notes").write_text("1\tann\tHello\tX\n1\tbob\tHello\tX\n2\tann\tBye\tY\n")
    source = Source(str(tmp_path / "a.notes"))
    assert plugins["notes"].recognise(source, b"")
    items = list(plugins["notes"].read(source, template, Problems()))
    assert [(i.key.item, i.inputs["text"], len(i.annotations)) for i in items] == [
        ("1", "Hello", 2),
        ("2", "Bye", 1),
    ]

    resolved = [Resolved(Item(ItemKey("", "", "1"), {}, []), {"category": "X"})]
    written = list(plugins["label-list"].write(resolved, template, Problems()))
    assert written == [b"X\n"] and not list(plugins["label-list"].check(written, "f"))
    assert [p.place.line for p in plugins["label-list"].check([b"X\n\n"], "f")] == [2]
