"""The house limits: size, annotations, cycles, layers, and what tracked files may say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = ("converters", "plugins", "label_configs")
FILE_LINES, FUNCTION_LINES = 300, 50


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@cache
def sources() -> dict[str, ast.Module]:
    found = {n for n in tracked() if n.endswith(".py") and not n.startswith("tests/")}
    return {n: ast.parse((ROOT / n).read_text(encoding="utf-8")) for n in sorted(found)}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def test_files_are_short() -> None:
    lengths = {n: len((ROOT / n).read_text(encoding="utf-8").splitlines()) for n in sources()}
    assert {n: length for n, length in lengths.items() if length > FILE_LINES} == {}


def test_functions_are_short() -> None:
    long = {}
    for name, tree in sources().items():
        for function in functions(tree):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES:
                long[f"{name}:{function.name}"] = lines
    assert long == {}


def test_every_function_is_annotated() -> None:
    bare = []
    for name, tree in sources().items():
        for function in functions(tree):
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            arguments += [a for a in (function.args.vararg, function.args.kwarg) if a is not None]
            missing = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
            if missing or function.returns is None:
                bare.append(f"{name}:{function.name}")
    assert bare == []


def module_name(path: str) -> str:
    parts = Path(path).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module, known: set[str]) -> set[str]:
    """Modules of ours imported at the top of a module; those for type checking alone do not count."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return found & known


def test_no_module_imports_itself_in_a_circle() -> None:
    trees = {module_name(n): t for n, t in sources().items() if n.startswith(SOURCE_ROOTS)}
    graph = {name: imported(tree, set(trees)) for name, tree in trees.items()}
    assert sum(map(len, graph.values())) > 50, "the graph was not read"
    # A package's __init__ may take up its own modules' names.
    graph = {n: {m for m in found if not n.startswith(f"{m}.")} for n, found in graph.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_layers_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:]


FORBIDDEN = {
    "absolute path": re.compile(r"(?<![\w.:/-])/(?:home|root|Users|work)/\w"),
    "package registry": re.compile("py" + r"pi\.org|python" + "hosted"),
    "unfinished": re.compile(r"\b(?:TO" + "DO|FIX" + "ME|NotImplemented" + r"Error)\b"),
    "skipped test": re.compile(r"pytest\.(?:mark\.)?(?:sk" + "ip|xf" + r"ail)|import" + "orskip"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_tracked_files_are_clean(what: str) -> None:
    texts = {}
    for name in tracked():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data and not name.startswith("tests/architecture/"):
            texts[name] = data.decode("utf-8", errors="replace")
    assert len(texts) > 50
    assert [name for name, text in texts.items() if FORBIDDEN[what].search(text)] == []
