"""What a user's file and class say of themselves: in its form, or one clear sentence and no traceback."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import predicted
import pytest
from predicted import queries, texts

from labelwright.contracts import Asked
from labelwright.predicting.binding import bind
from labelwright.predicting.finding import checked, find
from labelwright.predicting.listing import told
from labelwright.predicting.model import Model, versioned
from labelwright.problems import DataError, UsageError
from labelwright.records import Kind

FILE = """
class Odd:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        {does}

    def predict(self, batch):
        return []
"""


class Good:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def predict(self, batch: Any) -> Any:
        return []


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("options", {"a": "b"}),
        ("options", ["a"]),
        ("options", {"a": ("1", "2", "3")}),
        ("options", {"a": (1, "2")}),
        ("batch", "x"),
        ("batch", -5),
        ("batch", float("inf")),
        ("labels", "AB"),
        ("labels", None),
        ("labels", (1, 2)),
        ("labels", ("\ud800",)),
        ("name", 3),
        ("title", "\ud800"),
        ("title", "x\n"),
        ("version", property(lambda self: "1")),
        ("alike", ["a"]),
        ("alike", {"A": "BC"}),
        ("incidental", 3),
        ("paths", "file"),
        ("modules", "numpy"),
        ("predicts", "no"),
        ("fingerprint", "x"),
    ],
)
def test_what_is_not_in_its_form_is_one_sentence(what: str, value: Any) -> None:
    kind = type("Odd", (Good,), {what: value})
    with pytest.raises(UsageError, match=rf"^odd\.py:Odd: {what} has to be [^\n]*$"):
        checked(kind, "odd.py:Odd")


def test_what_only_the_loaded_predictor_knows_may_be_a_property() -> None:
    class Later(Good):
        @property
        def labels(self) -> tuple[str, ...]:
            return ("A",)

        @cached_property
        def batch(self) -> int:
            return 3

    model = Model("later", checked(Later, "later"), bind(Later, texts(Kind.CHOICE, ["A"])))
    assert not model.labels and told(Later).labels == []
    model.load()
    assert [*model.labels] == ["A"]
    model.predict(queries(model.template, ["a"]))


def test_one_that_is_false_is_loaded() -> None:
    class Empty(Good):
        labels: ClassVar[tuple[str, ...]] = ("A",)

        def __bool__(self) -> bool:
            raise RuntimeError

    model = Model("empty", Empty, bind(Empty, texts(Kind.CHOICE, ["A"])))
    model.load()
    assert (model.state, model.labels) == ("ready", ("A",))


def test_a_fingerprint_that_fails_is_told() -> None:
    class Fails(Good):
        @staticmethod
        def fingerprint(asked: Asked) -> str:
            raise RuntimeError("boom")

    with pytest.raises(UsageError, match=r"its fingerprint\(asked\) failed: RuntimeError: boom"):
        Model("fails", Fails, bind(Fails, texts(Kind.CHOICE, ["A"])))


def test_a_version_has_what_fits_a_version() -> None:
    assert versioned("a", "") == "a" and versioned("a", "12") == "a+12"
    odd = [versioned("a", text) for text in ("x" * 1000, "x" * 1001, "x\n", "\ud800")]
    assert len(set(odd)) == 4 and all(len(one) == 18 and one.isprintable() for one in odd)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit(7)", "cannot be used: SystemExit: 7"),
        ("import sys; sys.exit()", "cannot be used: SystemExit"),
        ("class E(Exception):\n  def __str__(self): raise RuntimeError\nraise E", "cannot be used: E"),
        (
            "raise ValueError('bob@example.com \\ud800\\n\\x1b' + 'x' * 100_000)",
            "cannot be used: ValueError: …",
        ),
        ("def f(:", "cannot be used: SyntaxError"),
    ],
)
def test_a_file_that_cannot_be_run_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "odd.py").write_text(text)
    with pytest.raises(UsageError) as error:
        find("./odd.py:Model", tmp_path)
    shown = str(error.value)
    assert said in shown and shown.isprintable() and "bob" not in shown and len(shown) < 800


def test_a_name_that_no_file_can_have_is_one_sentence(tmp_path: Path) -> None:
    for name in ("a" * 5000, "\x00", "../" * 3000):
        with pytest.raises(UsageError, match="there is no file"):
            find(f"{name}.py:Model", tmp_path)


def test_what_a_file_prints_is_no_output(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "odd.py").write_text("print('loud')\n" + FILE.format(does="pass"))
    find("./odd.py:Odd", tmp_path)
    assert capfd.readouterr() == ("", "loud\n")


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("self.labels = (1, 2)", "what it says of itself cannot be used: "),
        ("self.told = chr(0xd800)", "what it says of itself cannot be used: UnicodeEncodeError"),
        ("self.batch = 'x'", "what it says of itself cannot be used: ValueError"),
        ("raise SystemExit('no licence')", "SystemExit: no licence"),
        ("from labelwright.problems import UsageError; raise UsageError('a\\nb')", "loaded: a b"),
    ],
)
def test_what_a_loaded_predictor_says_of_itself_is_looked_at(tmp_path: Path, does: str, said: str) -> None:
    (tmp_path / "odd.py").write_text(FILE.format(does=does))
    template = texts(Kind.CHOICE, ["A"])
    apart = predicted.apart("./odd.py:Odd", tmp_path, template)
    apart.start()
    try:
        with pytest.raises(DataError) as error:
            apart.predict(queries(template, ["a"]))
        assert said in error.value.problem.message
        assert apart.state == "failed"
    finally:
        apart.close()
