"""What every predictor of ours promises, whichever it is. A new one needs no new test."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from labelwright.contracts import Control, Input, Query, Template
from labelwright.predicting.binding import bind, fits
from labelwright.predicting.finding import checked, name_of
from labelwright.predicting.model import Model
from labelwright.problems import UsageError
from labelwright.records import Item, ItemKey, Kind
from labelwright.registry import predictors

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
ALL = predictors()
OF_TEXT = sorted(
    name for name, kind in ALL.items() if "text" in kind.inputs and not getattr(kind, "remote", False)
)
LABELLED = (Kind.CHOICE, Kind.CHOICES, Kind.SPANS)
FILES = {  # of predictors that cannot be without one
    "patterns": '[[pattern]]\nlabel = "A"\nregex = "[a-z]+"\n'
    '[[pattern]]\nlabel = "B"\nterms = ["\u0301", "\u05e9\u05dc\u05d5\u05dd"]\n',
    "labelling-functions": 'def lf_a(item):\n    return "A" if len(item.inputs["text"]) % 2 else None\n',
}
HOSTILE = {
    "blank": " \t\r\n\u200b",
    "one letter": "a",
    "no words": "!" * 300,
    "emoji": "😀👩‍👩‍👧‍👦🏳️‍🌈" * 20,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202e\u05e2\u05dc\u05dd\u202c \u0645\u0631\u062d\u0628\u0627 "
    * 10,
    "marks alone": "\u0301\u0300\u20e3" * 50,
    "half a pair": "\ud800 a \udfff b " * 5,
    "nothing that is printed": "\x00\x01\x1b[31m\x7f\ufffe" * 5,
    "markup": "<script>alert(1)</script>{{ 7*7 }} %s %(x)s {0}" * 5,
    "many lines": "word\n" * 2_000,
    "a megabyte": "ab " * 10 + "x" * 1_000_000,
    "words": "Angela Merkel met Tim Cook in Berlin. It was great and not at all bad!",
}


def options(name: str, folder: Path) -> dict[str, str]:
    """What a predictor cannot be without."""
    if name not in FILES:
        return {}
    file = folder / f"{name}.{'py' if 'def ' in FILES[name] else 'toml'}"
    file.write_text(FILES[name], encoding="utf-8")
    return {"file": str(file)}


def template(kind: type[Any], asked: Kind) -> Template:
    """A question whose labels are the predictor's own, or a language, or anything."""
    labels = list(getattr(kind, "labels", ()) or ("A", "B", "en", "de")) if asked in LABELLED else []
    return Template("t", inputs={"text": Input("text")}, controls={"c": Control(asked, labels)})


def loaded(name: str, asked: Kind, folder: Path) -> tuple[Model, Template]:
    kind = ALL[name]
    shown = template(kind, asked)
    made = Model(name, kind, bind(kind, shown, options=options(name, folder), folder=str(folder / "kept")))
    before = made.version
    made.load()
    assert made.state == "ready", made.reason
    assert made.version == before, "the version must be known while it loads"
    return made, shown


def queries(shown: Template, given: Mapping[str, str]) -> list[Query]:
    return [Query(Item(ItemKey("", "", name), {"text": text}, []), shown) for name, text in given.items()]


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_class_says_what_it_is(name: str) -> None:
    kind = checked(ALL[name], name)
    assert name_of(kind) == name and kind.title and kind.__doc__ and kind.version
    assert not getattr(kind, "extra", "") or kind.extra in EXTRAS
    assert isinstance(getattr(kind, "batch", 1), int) and getattr(kind, "batch", 1) > 0
    assert all(isinstance(label, str) and label for label in getattr(kind, "labels", ()))
    assert set(getattr(kind, "alike", {})) <= set(getattr(kind, "labels", ()))
    for option, (default, meaning) in getattr(kind, "options", {}).items():
        assert (
            option.isidentifier() and isinstance(default, str) and meaning[0].islower() and meaning[-1] != "."
        )


@pytest.mark.parametrize("name", sorted(ALL))
def test_nothing_heavy_is_imported_with_its_module(name: str) -> None:
    source = Path(str(importlib.import_module(ALL[name].__module__).__file__)).read_text(encoding="utf-8")
    at_top = {
        line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))
    }
    assert at_top - set(sys.stdlib_module_names) <= {"labelwright", "msgspec"}


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_it_cannot_do_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    kind = ALL[name]
    nothing = Template("n", inputs={"n": Input("none")}, controls={"c": Control(Kind.TEXT)})
    assert not fits(kind, nothing)
    with pytest.raises(UsageError, match="reads"):
        bind(kind, nothing)
    with pytest.raises(UsageError, match="has no option 'no-such'"):
        shown = {n: Input(n) for n in kind.inputs}
        asked = {"c": Control(next(iter(kind.kinds)))}
        bind(kind, Template("n", inputs=shown, controls=asked), options={"no-such": "1"})


@pytest.mark.parametrize("name", sorted(n for n in OF_TEXT if getattr(ALL[n], "extra", "")))
def test_a_missing_extra_is_the_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = ALL[name]
    needs = {canonicalize_name(Requirement(line).name) for line in EXTRAS[kind.extra]}
    modules = {
        m for m, of in metadata.packages_distributions().items() if needs & {canonicalize_name(d) for d in of}
    }
    assert modules, f"nothing of the extra {kind.extra} is installed"
    for module in {*modules, *(m for m in sys.modules if m.partition(".")[0] in modules)}:
        monkeypatch.setitem(sys.modules, module, None)
    shown = template(kind, next(iter(kind.kinds)))
    made = Model(name, kind, bind(kind, shown, options=options(name, tmp_path)))
    made.load()
    assert made.reason == f"the {kind.extra} extra is not installed: pip install 'labelwright[{kind.extra}]'"


CASES = [(name, kind) for name in OF_TEXT for kind in ALL[name].kinds]


@pytest.mark.parametrize(("name", "asked"), CASES, ids=[f"{n}-{k}" for n, k in CASES])
def test_hostile_texts_get_answers_that_fit_and_always_the_same(
    name: str, asked: Kind, tmp_path: Path
) -> None:
    made, shown = loaded(name, asked, tmp_path)
    if made.learns:
        (unlearnt, *_) = made.predict(queries(shown, {"a": "a"}))
        assert [p.code for p in unlearnt.problems] in ([], [f"{name}.nothing-learnt"])
    given = queries(shown, HOSTILE)
    outcomes = made.predict(given)
    for query, outcome in zip(given, outcomes, strict=True):
        codes = {p.code for p in outcome.problems}
        assert codes <= {f"{name}.nothing-learnt", "patterns.too-slow"}, query.item.key
        assert outcome.score is None or 0 <= outcome.score <= 1
    again, _ = loaded(name, asked, tmp_path)
    few = given[:4] + given[-1:]
    assert [o for query in few for o in again.predict([query])] == outcomes[:4] + outcomes[-1:]
    assert again.version == made.version


@pytest.mark.parametrize("name", OF_TEXT)
def test_an_empty_text_is_said_to_be_missing(name: str, tmp_path: Path) -> None:
    made, shown = loaded(name, next(iter(ALL[name].kinds)), tmp_path)
    (outcome,) = made.predict(queries(shown, {"empty": ""}))
    assert [p.code for p in outcome.problems] == ["predictor.input-missing"] and outcome.answers is None
