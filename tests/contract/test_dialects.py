"""What every dialect promises, and what each says about good and bad lines."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from labelwright import registry
from labelwright.contracts import Dialect
from labelwright.dialects._rules import declared, is_error
from labelwright.examples import (
    KINDS,
    Chat,
    Completion,
    Example,
    Grounded,
    Media,
    Message,
    Preference,
    Ranking,
    Rated,
    Text,
    kind_of,
)
from labelwright.problems import Place, Problems, Severity
from labelwright.quality.validate import RowChecker, validate_file

GOLDEN = Path(__file__).parents[1] / "golden" / "formats"
DIALECTS = registry.dialects()
FOLDERS = {
    "ionos_text": "ionos",
    "ionos_multimodal": "ionos",
    "openai_sft_chat": "openai",
    "openai_vision_sft": "openai",
    "azure_openai": "azure",
    "mistral_instruct": "mistral",
    "together_conversation": "together",
    "together_instruction": "together",
    "fireworks_sft": "fireworks",
    "trl_language_modeling": "trl-messages",
    "trl_prompt_completion": "trl-prompt-completion",
    "llamafactory_sharegpt": "sharegpt",
    "llamafactory_alpaca": "alpaca",
    "vertex_gemini_tuning": "gemini",
    "bedrock_nova_converse": "nova",
    "hh_rlhf": "hh-rlhf",
    "openai_dpo": "openai-dpo",
    "llamafactory_sharegpt_ranking": "llamafactory-ranking",
    "llamafactory_kto": "llamafactory-kto",
    "trl_preference": "trl-preference",
    "trl_unpaired_preference": "trl-unpaired",
    "ranking": "reward-pairs",
    "reward_pairs": "reward-pairs",
    "ultrafeedback": "ultrafeedback",
    "bedrock_claude3": "claude",
    "trl_vision": "trl-vision",
    "ms_swift_grounding": "ms-swift",
    "llava_conversations": "llava",
    "datature_vi_phrase_grounding": "vi",
    "datature_vi_vqa": "vi",
    "datature_vi_freeform": "vi",
}
# Folders whose lines other dialects judge alike.
FOLDERS_TOO = [
    ("openai_dpo", "together-preference"),
    ("trl_preference", "trl-preference-implicit"),
    ("hh_rlhf", "reward-pairs"),
    ("trl_vision", "trl-vision-prompt-completion"),
]
JUDGED = [*FOLDERS.items(), *FOLDERS_TOO]
# The rule a bad line breaks: our code, and where in the row.
REASONS = {
    "json.syntax.single_quotes": ("json.single-quotes", ""),
    "jsonl.multiline_object": ("json.several-lines", ""),
    "messages.missing": ("row.key-missing", ""),
    "message.role_missing": ("row.key-missing", r"messages\[0\]"),
    "message.role_unknown": ("row.value-refused", r"messages\[\d\]\.role"),
    "messages.no_assistant": ("messages.no-assistant", "messages"),
    "content.null": ("row.type-wrong", r"messages\[1\]\.content"),
    "assistant.label_outside_set": ("target.label-outside-set", r"messages\[2\]\.content"),
    "content.image_placeholder": ("content.image-placeholder", r"messages\[1\]\.content"),
    "messages.two_systems": ("messages.second-system", r"messages\[1\]\.role"),
    "json.nan": ("json.not-a-number", ""),
    "json.lone_surrogate": ("row.lone-surrogate", r"messages\[0\]\.content"),
    "content.mixed_string_and_parts": ("content.mixed-shapes", r"messages\[1\]\.content"),
    "image.placeholder_dots": ("image.address-refused", r".*\.image_url\.url"),
    "image.no_base64_marker": ("image.not-base64", r".*\.image_url\.url"),
    "image.truncated_literal": ("image.not-decodable", r".*\.image_url\.url"),
    "image.mime_mismatch": ("image.type-differs", r".*\.image_url\.url"),
    "image.mime_alias_jpg": ("image.type-refused", r".*\.image_url\.url"),
    "image.in_assistant": ("image.wrong-role", r"messages\[2\]\.content\[\d\]"),
    "part.type_unknown": ("row.value-refused", r".*content\[1\]\.type"),
    "part.text_missing": ("row.key-missing", r".*content\[0\]"),
    "boxes.json_invalid": ("target.json-invalid", r"messages\[2\].*text"),
    "boxes.inverted": ("boxes.inverted", r".*\[0\]\.box_2d"),
    "boxes.zero_area": ("boxes.zero-area", r".*\[0\]\.box_2d"),
    "messages.last_not_assistant": ("messages.last-not-assistant", r"messages\[\d\]\.role"),
    "weight.float": ("row.value-refused", r"messages\[1\]\.weight"),
    "weight.all_zero": ("weight.all-zero", "messages"),
    "tool_calls.arguments_not_json": ("tools.arguments-not-json", r".*\.arguments"),
    "tool.unknown_id": ("tools.id-unknown", r"messages\[2\]\.tool_call_id"),
    "content.empty": ("content.empty", r"messages\[1\]\.content"),
    "image.count": ("image.too-many", "messages"),
    "image.mode_cmyk": ("image.mode-refused", r".*\.url"),
    "part.responses_api": ("row.value-refused", r".*\.type"),
    "image.gs": ("image.address-refused", r".*\.url"),
    "images65": ("image.too-many", "messages"),
    "last_user": ("messages.last-not-assistant", r"messages\[2\]\.role"),
    "weight": ("row.value-refused", r"messages\[1\]\.weight"),
    "both": ("tools.content-and-calls", r"messages\[1\]"),
    "starts_assistant": ("messages.first-role", r"messages\[0\]\.role"),
    "tool_count": ("tools.call-unanswered", r"messages\[1\]\.tool_calls\[0\]"),
    "user_after_tool_missing": ("tools.answer-misplaced", r"messages\[1\]\.role"),
    "extra_column": ("row.key-refused", ""),
    "two_formats": ("row.key-refused", ""),
    "image_weight": ("image.weighted", r"messages\[0\]\.weight"),
    "image_http": ("image.address-refused", r".*\.url"),
    "role": ("row.value-refused", r"messages\[0\]\.role"),
    "bom": ("file.byte-order-mark", ""),
    "missing": ("row.key-missing", ""),
    "extra": ("row.key-refused", ""),
    "system_not_first": ("messages.system-not-first", r"messages\[1\]\.role"),
    "image_webp": ("image.type-refused", r".*\.url"),
    "messages.empty": ("row.too-short", "messages"),
    "extra_type_keys": ("row.key-refused", ""),
    "prompt_last_system": ("prompt.last-role", r"prompt\[0\]\.role"),
    "completion_missing": ("row.key-missing", ""),
    "adjacent_human": ("conversations.position", r"conversations\[1\]\.from"),
    "openai_roles": ("row.value-refused", r"conversations\[0\]\.from"),
    "image_count2": ("media.count-differs", "images"),
    "typed_parts": ("row.type-wrong", r"conversations\[0\]\.value"),
    "output_missing": ("row.key-missing", ""),
    "output_not_string": ("row.type-wrong", "output"),
    "openai_shape": ("row.key-missing", ""),
    "content_key": ("row.key-missing", r"contents\[0\]"),
    "mime_key": ("row.key-missing", r".*\.fileData"),
    "system_in_contents": ("row.value-refused", r"contents\[0\]\.role"),
    "image_url_part": ("row.key-refused", r"contents\[0\]\.parts\[0\]"),
    "images31": ("image.too-many", "contents"),
    "schemaVersion.missing": ("row.key-missing", ""),
    "system_in_messages": ("row.value-refused", r"messages\[0\]\.role"),
    "alternate": ("messages.not-alternating", r"messages\[1\]\.role"),
    "https_media": ("row.form-wrong", r".*\.s3Location\.uri"),
    "images11": ("image.too-many", "messages"),
    "image_format": ("row.value-refused", r".*\.image\.format"),
    "empty_text": ("content.empty", r"messages\[0\]\.content\[0\]\.text"),
    "prefix": ("preference.prompts-differ", "rejected"),
    "ends_human": ("transcript.last-turn|conversations.last-not-answer", "chosen|conversations"),
    "input.ends_assistant": ("prompt.last-role", r"input\.messages\[1\]\.role"),
    "output.string": ("row.type-wrong", "preferred_output"),
    "output.two_messages": ("row.too-long", "preferred_output"),
    "keys.trl": ("row.key-missing", ""),
    "output.missing": ("row.key-missing", ""),
    "output.content_empty": ("content.empty", r"preferred_output\[0\]\.content"),
    "even_count": ("conversations.prompt-answered", "conversations"),
    "rejected_missing": ("row.key-missing", ""),
    "implicit_no_common_prefix": ("preference.prompts-differ", "rejected"),
    "mixed_types": ("preference.kind-differs", "prompt|rejected"),
    "label_missing": ("row.key-missing", ""),
    "label_null": ("rated.no-verdict", "label"),
    "perm": ("ranking.not-a-permutation", "ranking"),
    "dup": ("ranking.same-responses", r"responses\[1\]"),
    "tag_missing": ("row.key-missing", ""),
    "tag_null": ("rated.no-verdict", "kto_tag"),
    "tag_string": ("row.type-wrong", "kto_tag"),
    "tag_number": ("row.type-wrong", "kto_tag"),
    "scores_inverted": ("preference.scores-inverted", "score_chosen"),
    "score_missing": ("row.key-missing", ""),
    "score_string": ("row.type-wrong", "score_chosen"),
    "prompt_id_form": ("row.form-wrong", "prompt_id"),
    "prompt_differs": ("ultrafeedback.prompt-differs", "prompt"),
    "messages_differ": ("ultrafeedback.messages-differ", "messages"),
    "chosen_string": ("row.type-wrong", "chosen"),
    "sides_differ": ("preference.prompts-differ", "rejected"),
    "same_answer": ("preference.same-answer", "rejected"),
    "answer_missing": ("preference.answer-missing", "rejected"),
    "margin_negative": ("preference.margin-negative", "margin"),
    "margin_string": ("row.type-wrong", "margin"),
    "index_outside": ("ranking.not-a-permutation", "ranking"),
    "one_message": ("row.too-short", "messages"),
    "count": ("media.count-differs", "images"),
    "openai_only": ("row.value-refused", r"messages\[0\]\.content\[1\]\.type"),
    "bbox_arity": ("objects.box-numbers", r"objects\.bbox\[0\]"),
    "ref_count": ("objects.count-differs", r"objects\.ref"),
    "inverted": ("boxes.inverted", r"objects\.bbox\[0\]"),
    "rejected_equal": ("preference.same-answer", "rejected_response"),
    "no_image_token": ("media.count-differs", "image"),
    "token_in_gpt": ("media.token-misplaced", r"conversations\[1\]\.value"),
    "id.not_string": ("row.type-wrong", "id"),
    "keys.flat_phrases": ("row.key-missing", ""),
    "contents.type_missing": ("row.key-missing", "contents"),
    "asset.type": ("row.value-refused", r"asset\.type"),
    "bounds.xywh_dict": ("row.type-wrong", r"contents\.groundedPhrases\[0\]\.bounds\[0\]"),
    "bounds.arity": ("boxes.not-four-numbers", r".*\.bounds\[0\]"),
    "bounds.pixels": ("boxes.not-normalised", r".*\.bounds\[0\]"),
    "phrase.not_in_caption": ("vi.phrase-not-in-caption", r".*groundedPhrases\[0\]\.phrase"),
    "phrase.span_range": ("vi.span-outside-caption", r".*\.endTokenIndex"),
    "phrase.span_other": ("vi.span-differs", r".*\.startTokenIndex"),
    "phrases.none": ("row.too-short", r"contents\.groundedPhrases"),
    "interaction.order_missing": ("row.key-missing", r"contents\.interactions\[0\]"),
    "interaction.answer_missing": ("row.key-missing", r"contents\.interactions\[0\]"),
    "interaction.order_dup": ("vi.order-repeated", r"contents\.interactions\[1\]\.order"),
    "cot.no_final_answer": ("think.no-answer", r".*\.answer"),
    "cot.answer_before": ("think.unbalanced", r".*\.answer"),
    "cot.in_question": ("vi.think-in-question", r".*\.question"),
    "answer.one_word": ("vi.answer-only-yes-or-no", r".*\.answer"),
    "caption.empty": ("content.empty", r"contents\.caption"),
    "caption.missing": ("row.key-missing", "contents"),
    "file.suffix": ("vi.file-suffix", r"asset\.filename"),
    "type.unknown": ("row.value-refused", r"contents\.type"),
    "size.zero": ("row.value-refused", r"asset\.width"),
}
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhf"
    "DwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def lines(folder: str, kind: str) -> list[bytes]:
    raw = (GOLDEN / folder / f"{kind}.jsonl").read_bytes().split(b"\n")
    return [line for line in raw if line]


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(name, index, line, id=f"{name}-{folder}-{index}")
        for folder, name in JUDGED
        for index, line in enumerate(lines(folder, kind), 1)
    ]


def bad_cases() -> list[Any]:
    found = []
    for folder, name in JUDGED:
        rules = json.loads((GOLDEN / folder / "rules.json").read_text(encoding="utf-8"))["bad"]
        bad = lines(folder, "bad")
        assert [r["line"] for r in rules] == list(range(1, len(bad) + 1))
        for rule, line in zip(rules, bad, strict=True):
            found.append(pytest.param(name, rule["rule"], line, id=f"{name}-{folder}-{rule['rule']}"))
    return found


def problems_of(name: str, data: bytes) -> Problems:
    problems = Problems()
    validate_file(io.BytesIO(data), "f.jsonl", DIALECTS[name], problems)
    return problems


@pytest.mark.parametrize(("name", "index", "line"), cases("good"))
def test_good_line_passes(name: str, index: int, line: bytes) -> None:
    found = {p.code for p in problems_of(name, line + b"\n")}
    # A single line is too short a file, and only the first line carries the byte order mark.
    allowed = {"file.too-few-rows", "vi.freeform-unverified"}
    allowed |= {"file.byte-order-mark-missing"} if index > 1 else set()
    assert found <= allowed
    row = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    assert RowChecker(DIALECTS[name]).accepts(row)


@pytest.mark.parametrize(("name", "rule", "line"), bad_cases())
def test_bad_line_is_refused_for_its_reason(name: str, rule: str, line: bytes) -> None:
    code, path = REASONS[rule]
    found = [p for p in problems_of(name, line + b"\n") if p.severity == "error"]
    right = [p for p in found if re.fullmatch(code, p.code) and re.fullmatch(path, p.place.path)]
    assert right, [(p.code, p.place.path) for p in found]
    assert right[0].place.line == 1
    assert right[0].remedy


def samples() -> list[Example]:
    def say(role: str, text: str, think: str = "") -> Message:
        return Message(role, (Text(text),), think)

    return [
        Chat([say("user", "Where is my parcel?"), say("assistant", "SUPPORT_REQUEST")]),
        Chat([say("system", "Be brief."), say("user", "Hi"), say("assistant", "Hello.")]),
        Chat([say("user", "Grüße 🙂"), say("assistant", "b"), say("user", "c"), say("assistant", "d")]),
        Chat([say("user", "2+2?"), say("assistant", "4", think="Two and two make four.")]),
        Chat([say("user", "Invoice as JSON?"), say("assistant", '{"id": "4567"}')]),
        Completion("The sky is", " blue."),
        Preference([say("user", "2+2?")], say("assistant", "4"), say("assistant", "5")),
        Preference(
            [say("system", "Be kind."), say("user", "Hi"), say("assistant", "Yes?"), say("user", "Grüße 🙂")],
            say("assistant", "b"),
            say("assistant", "c"),
            margin=2.0,
            scores=(3.0, 1.0),
        ),
        Ranking([say("user", "2+2?")], [say("assistant", w) for w in ("4", "5", "four")], [1, 2, 1]),
        Rated([say("user", "2+2?")], say("assistant", "4"), {"helpful": 4.0}, True),
        Rated([say("user", "2+2?")], say("assistant", "5"), {}, False),
    ]


def fits(dialect: Dialect, example: Example) -> bool:
    """Whether a dialect takes an example, as it says itself."""
    unfit = getattr(dialect, "unfit", None)
    wrong = unfit(example, Place()) if unfit else ()
    return kind_of(example) in dialect.kinds and not any(p.severity is Severity.ERROR for p in wrong)


TAKEN = [
    pytest.param(dialect, example, id=f"{name}-{index}")
    for name, dialect in DIALECTS.items()
    for index, example in enumerate(samples())
    if fits(dialect, example)
]


def test_all_names_are_there() -> None:
    assert set(FOLDERS.values()) <= set(DIALECTS)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_dialect_keeps_its_promises(dialect: Dialect) -> None:
    Draft202012Validator.check_schema(dialect.schema())
    assert dialect.schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert dialect.schema()["title"] and dialect.title
    assert dialect.reference.startswith("https://")
    assert dialect.kinds and dialect.kinds <= set(KINDS)
    assert dialect.file_rules.min_rows >= 1


@pytest.mark.parametrize(("dialect", "example"), TAKEN)
def test_row_is_accepted_by_its_own_rules(dialect: Dialect, example: Example) -> None:
    row = dialect.row(example)
    checker = RowChecker(dialect)
    assert checker.accepts(row)
    assert list(checker.broken(row)) == []
    encoded = msgspec.json.encode(row)
    assert encoded == msgspec.json.encode(dialect.row(example))
    assert json.loads(encoded) == row


def words_of(example: Example) -> list[str]:
    """Every text that an example holds."""
    if isinstance(example, Completion):
        return [example.prompt, example.completion]
    if isinstance(example, Chat | Grounded):
        messages = example.messages
    elif isinstance(example, Preference):
        messages = [*example.prompt, example.chosen, example.rejected]
    elif isinstance(example, Ranking):
        messages = [*example.prompt, *example.responses]
    else:
        messages = [*example.prompt, example.response]
    return [t for m in messages for t in (m.text, m.think)]


@pytest.mark.parametrize(("dialect", "example"), TAKEN)
def test_row_loses_no_words(dialect: Dialect, example: Example) -> None:
    held = json.dumps(dialect.row(example), ensure_ascii=False)
    texts = words_of(example)
    for text in texts:
        assert json.dumps(text, ensure_ascii=False)[1:-1] in held


def test_image_makes_every_message_typed_parts() -> None:
    question = Message("user", (Text("What is it?"), Media(PNG, "image/png")))
    chat = Chat([question, Message("assistant", (Text("A dot."),), "It is small.")])
    row = DIALECTS["ionos"].row(chat)
    assert [type(m["content"]) for m in row["messages"]] == [list, list]
    assert row["messages"][1]["content"][0]["text"] == "<think>It is small.</think>A dot."
    assert RowChecker(DIALECTS["ionos"]).accepts(row)


def test_nova_keeps_reasoning_apart() -> None:
    row = DIALECTS["nova"].row(samples()[3])
    first, second = row["messages"][1]["content"]
    assert first == {"reasoningContent": {"reasoningText": {"text": "Two and two make four."}}}
    assert second == {"text": "4"}


def test_alpaca_refuses_what_it_cannot_hold() -> None:
    twice = [Message("user", (Text("a"),)), Message("user", (Text("b"),))]
    row = DIALECTS["alpaca"].row(Chat([*twice, Message("assistant", (Text("c"),))]))
    assert not RowChecker(DIALECTS["alpaca"]).accepts(row)


@pytest.mark.parametrize("name", ["alpaca", "sharegpt"])
def test_llamafactory_gets_its_dataset_info(name: str) -> None:
    made = DIALECTS[name].companions([Path("out/train.jsonl"), Path("out/eval.jsonl")])
    info = json.loads(made["dataset_info.json"])
    assert list(info) == ["train", "eval"]
    assert info["train"]["file_name"] == "train.jsonl"
    assert info["train"]["formatting"] == name


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("<think>a</think>b", ""),
        ("<datature_think>a</datature_think>bb", ""),
        ("<think>a</think>", "think.no-answer"),
        ("<think>a</think> \n", "think.no-answer"),
        ("<think>a b", "think.unbalanced"),
        ("a</think>b", "think.unbalanced"),
        ("<think></think>b", "think.unbalanced"),
        ("x<think>a</think>b", "think.unbalanced"),
        ("<think>a<think>b</think>c", "think.unbalanced"),
        ("<think>a</datature_think>b", "think.unbalanced"),
    ],
)
def test_think_tags(answer: str, code: str) -> None:
    row = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": answer}]}
    checker = RowChecker(DIALECTS["openai"])
    assert checker.accepts(row) is (not code)
    assert {found.code for found in checker.broken(row)} == ({code} if code else set())


def test_label_with_words_around_it_is_a_warning() -> None:
    system = "Your response must be only one of: 'PASS' or 'DEFECT'."
    row = {
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": "part 1"},
            {"role": "assistant", "content": "Classification: PASS"},
        ]
    }
    checker = RowChecker(DIALECTS["ionos"])
    assert [found.code for found in checker.broken(row)] == ["target.label-with-prefix"]
    assert checker.accepts(row)


@pytest.mark.parametrize("word", ["User:", "Assistant:", "Thought:", "[EOS]", "<image>", "BOT:"])
def test_nova_reserved_words(word: str) -> None:
    row = DIALECTS["nova"].row(samples()[0])
    row["messages"][0]["content"][0]["text"] = f"a {word} b"
    assert {b.code for b in RowChecker(DIALECTS["nova"]).broken(row)} == {"text.reserved-word"}


CONTENT = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "a",
            "B",
            "<think>x</think>y",
            "<think>",
            "<image:a.png>",
            "a < b <c@d>",
            "{}",
            "{'a': 1}",
            "[1]",
            "Answer as JSON.",
            "Reply only with JSON.",
            "must be only one of: 'A' or 'B'",
            "C: A",
            "\ud83d",
            '[{"box_2d": [1, 2, 0, 4]}]',
            '{"a": NaN}',
            "\x1c{x",
            "Grüße",
        ]
    ),
    st.text(max_size=6),
)
ROLE = st.sampled_from(["system", "user", "assistant", "assistant", "user", "developer", "tool"])
MESSAGE = st.fixed_dictionaries({"role": ROLE, "content": CONTENT})
TURNS = st.lists(CONTENT, min_size=2, max_size=5).map(
    lambda said: [
        {"role": ("user", "assistant")[index % 2], "content": text} for index, text in enumerate(said)
    ]
)
SYSTEM = CONTENT.map(lambda text: [{"role": "system", "content": text}])
CHATS = st.one_of(
    st.lists(MESSAGE, min_size=1, max_size=5), TURNS, st.builds(lambda a, b: a + b, SYSTEM, TURNS)
)
FAST = [name for name, dialect in DIALECTS.items() if hasattr(dialect, "plain")]


@settings(deadline=None, max_examples=150)
@given(CHATS)
def test_fast_acceptance_equals_the_full_rules(messages: list[dict[str, Any]]) -> None:
    for name in FAST:
        row: dict[str, Any] = {"messages": messages}
        if name == "trl-prompt-completion":
            row = {"prompt": messages[:-1], "completion": messages[-1:]}
        checker = RowChecker(DIALECTS[name])
        full = not any(is_error(found) for found in checker.broken(row))
        assert checker.accepts(row) is full


GOOD = [
    (name, json.loads(line.removeprefix(b"\xef\xbb\xbf")))
    for folder, name in FOLDERS.items()
    for line in lines(folder, "good")
]
SCRAP = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.5, 1.0]), st.text(max_size=3)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["role", "text"]), inner),
    max_leaves=4,
)


def mutate(value: Any, scrap: Any, data: st.DataObject) -> Any:
    """The value with one part somewhere replaced, removed or added."""
    inner = isinstance(value, dict | list) and bool(value)
    if not inner or data.draw(st.integers(0, 4)) == 0:
        return scrap
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = data.draw(st.sampled_from(keys))
    copy = value.copy()
    action = data.draw(st.sampled_from(["into", "into", "into", "remove", "add"]))
    if action == "remove":
        del copy[key]
    elif action == "add" and isinstance(copy, dict):
        copy["extra"] = scrap
    elif action == "add":
        copy.append(scrap)
    else:
        copy[key] = mutate(value[key], scrap, data)
    return copy


VALIDATORS = {
    name: (jsonschema_rs.Draft202012Validator(d.schema()), Draft202012Validator(d.schema()))
    for name, d in DIALECTS.items()
}


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(GOOD), SCRAP, st.data())
def test_both_validators_are_of_one_mind(good: tuple[str, Any], scrap: Any, data: st.DataObject) -> None:
    name, row = good
    changed = mutate(row, scrap, data)
    fast, slow = VALIDATORS[name]
    assert fast.is_valid(changed) is slow.is_valid(changed)
    # Rules look at any row without failing, and say something about each refused one.
    found = list(RowChecker(DIALECTS[name]).broken(changed))
    assert all(declared(b.code) for b in found)
    assert RowChecker(DIALECTS[name]).accepts(changed) is not any(is_error(b) for b in found)
    if not fast.is_valid(changed):
        assert any(b.code.startswith("row.") for b in found)
