"""Plain values of the command line are taken without pydantic, and as typer takes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.cli._plainvalues import take_plain_values

PROGRAM = """
import sys
from labelwright.cli.main import run
code = run(sys.argv[1:])
print(code, "pydantic" in sys.modules)
"""
VALUES = st.one_of(
    st.sampled_from(
        [
            "0",
            "-0",
            "007",
            "+1",
            " 1",
            "1_0",
            "1.0",
            "1e3",
            "nan",
            "inf",
            "-3",
            "12345678901",
            "0.5",
            ".5",
            "٣",
        ]
    ),
    st.integers(-20, 20).map(str),
    st.floats(-3, 3).map(str),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=6),
)


def app(seen: list[Any]) -> Any:
    """A command with one option of each kind."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)

    @made.command()
    def command(
        text: str = "",
        whole: Annotated[int, typer.Option(min=-5, max=10)] = 0,
        share: Annotated[float | None, typer.Option(min=0.0, max=1.0)] = None,
        many: Annotated[list[str] | None, typer.Option()] = None,
        place: Path | None = None,
        flag: bool = False,
    ) -> None:
        seen.append([text, whole, type(whole), share, type(share), many, place, flag])

    return typer.main.get_command(made)


def outcome(plain: bool, arguments: list[str]) -> Any:
    seen: list[Any] = []
    command = app(seen)
    if plain:
        take_plain_values(command)
    try:
        command(args=arguments, standalone_mode=False)
    except typer.BadParameter as error:
        return error.format_message()
    return seen


@settings(deadline=None)
@given(st.sampled_from(["--text", "--whole", "--share", "--many", "--place"]), VALUES)
def test_a_value_comes_out_as_typer_takes_it(option: str, value: str) -> None:
    given_so = [f"{option}={value}"]
    assert outcome(True, given_so) == outcome(False, given_so)


@pytest.mark.parametrize("value", [".", "/", "tests", "no such file", "-"])
def test_paths_come_out_as_typer_takes_them(value: str) -> None:
    assert outcome(True, ["--place", value]) == outcome(False, ["--place", value])


@pytest.mark.parametrize("arguments", [[], ["--many", "a"], ["--many", "a", "--many", "", "--many=-"]])
def test_texts_given_several_times_come_out_as_typer_takes_them(arguments: list[str]) -> None:
    assert outcome(True, arguments) == outcome(False, arguments)


def test_a_run_with_plain_values_loads_no_pydantic(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("[]")
    arguments = [
        "agreement",
        str(tmp_path / "none.json"),
        "--template",
        "email-classification",
        "--seed",
        "3",
    ]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    assert run.stdout.split()[-1] == "False", run.stderr
