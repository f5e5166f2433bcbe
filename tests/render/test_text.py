"""Plain substitutions are joined directly; that must be what Jinja says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.problems import UsageError
from labelwright.records import Span
from labelwright.render.text import TextCompiler

COMPILER = TextCompiler({"text", "title"}, {"label", "score"}, {"label": ["A", "B"]})
PIECES = st.lists(
    st.sampled_from(
        [
            "{{ inputs.text }}",
            "{{inputs.title}}",
            "{{ answers.label }}",
            "{{  answers.score  }}",
            "{{ labels.label | join(', ') }}",
            "{{labels.label|join('}}')}}",
            "{{ labels.label | join( ' é' ) }}",
            "\n",
            "%}",
            "}}",
            "é😀",
        ]
    )
    | st.text(alphabet="ab {}\n%#'\"", max_size=6),
    max_size=8,
).map("".join)
VALUES = st.none() | st.text(max_size=8) | st.integers() | st.floats(allow_nan=False) | st.booleans()


@settings(max_examples=300, deadline=None)
@given(source=PIECES, inputs=st.tuples(VALUES, VALUES), answers=st.tuples(VALUES, VALUES))
def test_the_direct_join_is_what_jinja_says(
    source: str, inputs: tuple[Any, Any], answers: tuple[Any, Any]
) -> None:
    direct = COMPILER.direct(source)
    if direct is None:
        return
    scope = dict(zip(("text", "title"), inputs, strict=True))
    given_answers = dict(zip(("label", "score"), answers, strict=True))
    assert direct(scope, given_answers) == COMPILER.jinja(source)(scope, given_answers)


def test_plain_substitutions_are_indeed_joined_directly() -> None:
    for source in ("", "words", "{{ inputs.text }}", "Title: {{ inputs.title }}\nText: {{ answers.label }}."):
        assert COMPILER.direct(source) is not None


def test_labels_are_joined_directly() -> None:
    direct = COMPILER.direct("One of {{ labels.label | join(', ') }}: {{ inputs.text }}")
    assert direct is not None and direct({"text": "x"}, {}) == "One of A, B: x"
    for source in (
        "{{ labels.score | join(', ') }}",
        "{{ labels.label | join('\\n') }}",
        "{{ labels.label }}",
    ):
        assert COMPILER.direct(source) is None


def test_jinja_sees_spans_as_objects_and_json_unescaped() -> None:
    compiled = COMPILER.compile("{% for s in answers.label %}{{ s.text }}@{{ s.start }};{% endfor %}", "x")
    assert compiled({}, {"label": (Span(1, 3, "A", "ab"),)}) == "ab@1;"
    assert COMPILER.compile("{{ inputs.text | tojson }}", "x")({"text": "<é>"}, {}) == '"<é>"'


def test_what_depends_on_labels_alone_is_rendered() -> None:
    assert COMPILER.compile("One of {{ labels.label | join(', ') }}.", "x")({}, {}) == "One of A, B."


@pytest.mark.parametrize(
    "source",
    [
        "{{ inputs.nothing }}",
        "{{ labels.nothing.x }}",
        "{% if %}",
        "{{ inputs.text.__class__.__mro__ }}",
        "{{ x }}",
    ],
)
def test_what_cannot_work_is_misuse(source: str) -> None:
    with pytest.raises(UsageError, match="here"):
        COMPILER.compile(source, "here")({"text": "a"}, {})
