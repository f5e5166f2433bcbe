"""Files as a whole: encodings, marks, lines, shapes, repetitions, numbers."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path

import pytest

from labelwright import registry
from labelwright.problems import Problems
from labelwright.quality.validate import ValidationSummary, validate_file

GOLDEN = Path(__file__).parent / "golden" / "formats" / "_file_level"
BOM = b"\xef\xbb\xbf"


def row(question: str, answer: str = "b") -> bytes:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": messages}).encode()


def rows(count: int) -> bytes:
    return b"".join(row(f"question {n}") + b"\n" for n in range(count))


def run(data: bytes, name: str = "openai") -> tuple[Problems, ValidationSummary]:
    problems = Problems()
    found = registry.dialects().get(name) or registry.formats()[name]
    return problems, validate_file(io.BytesIO(data), "f.jsonl", found, problems)


def places(problems: Problems) -> list[tuple[str, int]]:
    return [(p.code, p.place.line) for p in problems]


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("good_*.jsonl")), ids=lambda p: p.stem)
@pytest.mark.parametrize("name", ["ionos", "together", "trl-messages"])
def test_good_file_passes(path: Path, name: str) -> None:
    problems, summary = run(path.read_bytes(), name)
    assert places(problems) == []
    assert summary.valid == summary.rows > 1
    assert summary.bytes == path.stat().st_size


@pytest.mark.parametrize(
    ("stem", "code", "line"),
    [
        ("bad_blank_line", "file.blank-line", 6),
        ("bad_contradictory_labels", "file.contradictory-target", 12),
        ("bad_empty", "file.empty", 0),
        ("bad_latin1", "file.encoding", 1),
        ("bad_mixed_string_and_parts_lines", "file.mixed-content", 0),
    ],
)
def test_bad_file_is_refused_for_its_reason(stem: str, code: str, line: int) -> None:
    problems, summary = run((GOLDEN / f"{stem}.jsonl").read_bytes(), "ionos")
    assert (code, line) in places(problems)
    assert summary.errors == 1


def test_ten_lines_are_enough_for_openai_and_nine_are_not() -> None:
    assert places(run(rows(10))[0]) == []
    assert places(run(rows(9))[0]) == [("file.too-few-rows", 0)]


def test_azure_needs_the_mark_and_others_refuse_it() -> None:
    assert places(run(BOM + rows(10), "azure")[0]) == []
    assert places(run(rows(10), "azure")[0]) == [("file.byte-order-mark-missing", 1)]
    assert places(run(BOM + rows(10), "openai")[0]) == [("file.byte-order-mark", 1)]
    inside = rows(1) + BOM + rows(10).split(b"\n", 1)[1]
    assert ("file.byte-order-mark", 2) in places(run(inside, "ionos")[0])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[\n" + row("a") + b"\n]\n", "file.json-array"),
        (b"<!DOCTYPE html>\n<html>" + b"<p>502</p>\n" * 500, "file.web-page"),
        (rows(20).decode().encode("utf-16"), "file.encoding"),
        (rows(20).decode().encode("utf-16-le"), "file.encoding"),
        (b"PK\x03\x04" + b"\n" * 500, "file.not-text"),
        (b"\x7fELF\x02" + bytes(50) + b"ab\n" * 500, "file.not-text"),
        (b"", "file.empty"),
    ],
)
def test_hopeless_file_gets_one_problem(data: bytes, code: str) -> None:
    problems, summary = run(data)
    assert [p.code for p in problems] == [code]
    assert len(problems) == summary.errors == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"messages": [], "messages": []}', "json.duplicate-key"),
        (b'{"messages": Infinity}', "json.not-a-number"),
        (b'{"messages": [', "json.several-lines"),
        (b'  "messages": [', "json.several-lines"),
        (b"{'messages': []}", "json.single-quotes"),
        (b'{"messages": [],}', "json.syntax"),
        (b"3", "json.not-an-object"),
        (b"[" * 100_000, "json.syntax"),
        (b" \t", "file.blank-line"),
        (b'{"messages": "\\ud83d"}', "row.lone-surrogate"),
        (b'{"a": "caf\xe9"}', "file.encoding"),
        (b'{"n": ' + b"9" * 5000 + b"}", "json.syntax"),
    ],
)
def test_bad_line_is_named(line: bytes, code: str) -> None:
    problems, summary = run(row("a") + b"\n" + line + b"\n" + row("b") + b"\n", "ionos")
    assert (code, 2) in places(problems)
    assert summary.valid == 2


def test_latin_1_names_the_byte() -> None:
    problems, _ = run(b'{"a": "caf\xe9"}\n', "ionos")
    assert "byte 11 of the line (0xe9)" in next(iter(problems)).message


def test_every_broken_rule_of_every_line_is_named() -> None:
    bad = b'{"messages": [{"role": "bot", "content": ""}, {"role": "user", "content": 3}]}'
    found = places(run(bad + b"\n" + rows(10) + bad + b"\n", "ionos")[0])
    for code in ("row.value-refused", "row.type-wrong", "content.empty", "messages.no-assistant"):
        assert (code, 1) in found
        assert (code, 12) in found


def test_repeated_row_is_a_warning() -> None:
    problems, summary = run(row("a") + b"\n" + row("c") + b"\n" + row("a"), "ionos")
    assert places(problems) == [("file.duplicate-row", 3)]
    assert (summary.errors, summary.warnings, summary.valid) == (0, 1, 3)


def test_two_shapes_in_one_file() -> None:
    data = row("a") + b'\n{"prompt": "a", "completion": "b"}\n'
    assert [p.code for p in run(data, "together")[0]] == ["file.two-shapes"]
    text = row("a") + b'\n{"text": "b"}\n'
    assert [p.code for p in run(text, "trl-messages")[0]] == ["file.two-shapes"]


def test_row_that_is_too_many() -> None:
    line = {"schemaVersion": "bedrock-conversation-2024"}
    data = b"".join(
        json.dumps(
            {
                **line,
                "messages": [
                    {"role": "user", "content": [{"text": f"q {n}"}]},
                    {"role": "assistant", "content": [{"text": "a"}]},
                ],
            }
        ).encode()
        + b"\n"
        for n in range(20_001)
    )
    assert places(run(data, "nova")[0]) == [("file.too-many-rows", 0)]


@pytest.mark.parametrize("name", sorted(registry.formats()))
def test_web_page_is_one_problem_for_formats_too(name: str) -> None:
    problems, _ = run(b"<!DOCTYPE html>\n" + b"<p>502</p>\n" * 500, name)
    assert problems.counts == {"file.web-page": 1}


@pytest.mark.parametrize("name", sorted(registry.formats()))
def test_formats_are_checked_too(name: str) -> None:
    problems, summary = run(b"\xff\xfe\x00junk,\n", name)
    assert summary.errors == problems.errors >= 1
    # A label file with nothing in it says that nothing is on the image.
    empty = {} if getattr(registry.formats().get(name), "may_be_empty", False) else {"file.empty": 1}
    assert run(b"", name)[0].counts == empty


def test_memory_is_bounded_by_rows_not_bytes() -> None:
    class Large(io.RawIOBase):
        """Rows of 100 kB, made as they are read."""

        def __init__(self) -> None:
            self.made, self.rest = 0, b""

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            if not self.rest and self.made < 200:
                self.made += 1
                self.rest = row(f"{self.made} " + "x" * 100_000) + b"\n"
            out, self.rest = self.rest[:size], self.rest[size:]
            return out

    problems = Problems()
    tracemalloc.start()
    source: io.RawIOBase = Large()
    summary = validate_file(source, "f", registry.dialects()["ionos"], problems)  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert summary.valid == 200
    assert peak < 5_000_000
