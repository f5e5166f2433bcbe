"""What dialects of compared answers say about pairs, ties, verdicts and transcripts."""

from __future__ import annotations

import io
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelwright import registry
from labelwright.examples import Media, Message, Preference, Rated, Text, derive
from labelwright.problems import Problems
from labelwright.quality.validate import RowChecker, validate_file

DIALECTS = registry.dialects()
PAIRS = [name for name, dialect in DIALECTS.items() if "preference" in dialect.kinds]
VERDICTS = {"trl-unpaired": "label", "llamafactory-kto": "kto_tag"}


def say(role: str, *parts: str | Media) -> Message:
    return Message(role, tuple(Text(p) if isinstance(p, str) else p for p in parts))


def pair(prompt: str = "2+2?", chosen: str = "4", rejected: str = "5", **more: Any) -> Preference:
    return Preference([say("user", prompt)], say("assistant", chosen), say("assistant", rejected), **more)


def codes(name: str, row: Any) -> set[str]:
    return {found.code for found in RowChecker(DIALECTS[name]).broken(row)}


def validated(name: str, rows: list[Any]) -> Problems:
    problems = Problems()
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    validate_file(io.BytesIO(data), "pairs.jsonl", DIALECTS[name], problems)
    return problems


def test_every_dialect_of_pairs_is_there() -> None:
    wanted = {
        "trl-preference",
        "trl-preference-implicit",
        "openai-dpo",
        "together-preference",
        "llamafactory-ranking",
        "hh-rlhf",
        "reward-pairs",
        "ultrafeedback",
    }
    assert set(PAIRS) >= wanted
    assert {n for n, d in DIALECTS.items() if "rated" in d.kinds} >= set(VERDICTS)


@pytest.mark.parametrize("name", PAIRS)
def test_pair_swapped_later_in_the_file_is_a_contradiction(name: str) -> None:
    rows = [DIALECTS[name].row(example) for example in (pair(), pair("3+3?", "6"), pair("2+2?", "5", "4"))]
    found = [p for p in validated(name, rows) if p.code == "file.contradictory-target"]
    assert [p.place.line for p in found] == [3]
    assert "line 1" in found[0].message


@pytest.mark.parametrize("name", PAIRS)
def test_two_pairs_of_one_prompt_are_no_contradiction(name: str) -> None:
    rows = [DIALECTS[name].row(example) for example in (pair(), pair(rejected="22"), pair(chosen="four"))]
    assert {p.code for p in validated(name, rows)} <= {"file.too-few-rows"}


@pytest.mark.parametrize("name", PAIRS)
def test_equal_answers_are_refused(name: str) -> None:
    assert "preference.same-answer" in codes(name, DIALECTS[name].row(pair(rejected="4")))


@pytest.mark.parametrize("name", PAIRS)
def test_rejected_answer_may_break_what_the_prompt_asks(name: str) -> None:
    row = DIALECTS[name].row(pair("Answer only with JSON.", '{"a": 1}', "a is 1"))
    assert RowChecker(DIALECTS[name]).accepts(row)


def test_only_those_with_images_take_them() -> None:
    dot = (Path(__file__).parents[1] / "golden/formats/ionos_multimodal/good.jsonl").read_text("utf-8")
    uri = next(
        part["image_url"]["url"]
        for message in json.loads(dot.splitlines()[0])["messages"]
        for part in message["content"]
        if part["type"] == "image_url"
    )
    example = Preference(
        [say("user", "What?", Media(uri, "image/png"))], say("assistant", "a"), say("assistant", "b")
    )
    taken = {n for n in PAIRS if RowChecker(DIALECTS[n]).accepts(DIALECTS[n].row(example))}
    assert taken == {"together-preference", "llamafactory-ranking"}


@pytest.mark.parametrize(("name", "key"), VERDICTS.items())
def test_answer_without_a_verdict_is_refused(name: str, key: str) -> None:
    row = DIALECTS[name].row(Rated([say("user", "2+2?")], say("assistant", "4"), {"helpful": 3.0}))
    found = [b for b in RowChecker(DIALECTS[name]).broken(row) if b.code == "rated.no-verdict"]
    assert [b.path for b in found] == [key]
    assert not RowChecker(DIALECTS[name]).accepts(row)


@pytest.mark.parametrize(("name", "key"), VERDICTS.items())
def test_pair_gives_two_verdicts(name: str, key: str) -> None:
    rows = [DIALECTS[name].row(example) for example in derive(pair(), DIALECTS[name].kinds)]
    assert [row[key] for row in rows] == [True, False]
    assert list(validated(name, rows)) == []


@pytest.mark.parametrize(("name", "key"), VERDICTS.items())
def test_two_verdicts_on_one_answer_contradict(name: str, key: str) -> None:
    good = DIALECTS[name].row(Rated([say("user", "2+2?")], say("assistant", "4"), {}, True))
    problems = validated(name, [good, {**good, key: False}])
    assert problems.counts == {"file.contradictory-target": 1}


def test_system_message_stands_before_the_first_turn() -> None:
    example = Preference(
        [say("system", "Be kind."), say("user", "Hi")], say("assistant", "b"), say("assistant", "c")
    )
    row = DIALECTS["hh-rlhf"].row(example)
    assert row["chosen"] == "Be kind.\n\nHuman: Hi\n\nAssistant: b"
    assert row["rejected"] == "Be kind.\n\nHuman: Hi\n\nAssistant: c"


@pytest.mark.parametrize("text", ["a\n\nHuman: b", "a\n\nAssistant: b\n\nHuman: c", "\n\nAssistant:"])
def test_turn_inside_a_text_is_refused(text: str) -> None:
    found = {
        b.code: b.path for b in RowChecker(DIALECTS["hh-rlhf"]).broken(DIALECTS["hh-rlhf"].row(pair(text)))
    }
    assert found["transcript.turn-in-text"] in ("chosen[0].text", "rejected[0].text")


SAID = st.text(alphabet="aHuman: Assistant\n", max_size=14).filter(str.strip)


@given(st.lists(SAID, min_size=1, max_size=3), SAID)
def test_accepted_transcript_can_be_cut_into_its_turns(said: list[str], rejected: str) -> None:
    prompt = [say(("user", "assistant")[i % 2], text) for i, text in enumerate([*said, *said[:-1]])]
    row = DIALECTS["hh-rlhf"].row(Preference(prompt, say("assistant", "yes"), say("assistant", rejected)))
    if not RowChecker(DIALECTS["hh-rlhf"]).accepts(row):
        return
    text = row["rejected"].replace("\n\nHuman: ", "\0").replace("\n\nAssistant: ", "\0")
    assert text.split("\0") == ["", *(m.text for m in prompt), rejected]


def test_prompt_id_is_that_of_the_published_data() -> None:
    text = "how can i develop a habit of drawing daily"
    row = DIALECTS["ultrafeedback"].row(pair(text, "Start.", "Stop."))
    # The first row of HuggingFaceH4/ultrafeedback_binarized.
    assert row["prompt_id"] == "086b3e24f29b8956a01059f79c56db35d118a06fb6b844b095737d042795cd43"
    assert row["messages"] == row["chosen"]


def test_prompt_id_tells_conversations_apart() -> None:
    before = [say("user", "a"), say("assistant", "b"), say("user", "go on")]
    other = [say("user", "x"), say("assistant", "y"), say("user", "go on")]
    ids = {
        DIALECTS["ultrafeedback"].row(Preference(p, say("assistant", "c"), say("assistant", "d")))[
            "prompt_id"
        ]
        for p in (before, other, before[2:])
    }
    assert len(ids) == 3
    assert sha256(b"go on").hexdigest() in ids


@pytest.mark.parametrize(
    ("example", "scores"),
    [
        (pair(), (1.0, 0.0)),
        (pair(margin=2.0), (2.0, 0.0)),
        (pair(margin=2.0, scores=(3.0, 1.0)), (3.0, 1.0)),
        (pair(tie=True), (0.0, 0.0)),
        (pair(tie=True, scores=(2.0, 2.0)), (2.0, 2.0)),
    ],
)
def test_scores_of_a_pair(example: Preference, scores: tuple[float, float]) -> None:
    row = DIALECTS["ultrafeedback"].row(example)
    assert (row["score_chosen"], row["score_rejected"]) == scores
    assert RowChecker(DIALECTS["ultrafeedback"]).accepts(row)


def test_only_scores_hold_ties() -> None:
    assert [n for n, d in DIALECTS.items() if getattr(d, "holds_ties", False)] == ["ultrafeedback"]
    rows = [DIALECTS["ultrafeedback"].row(pair(a, c, r, tie=True)) for a, c, r in ("xyz", "xzy")]
    assert list(validated("ultrafeedback", rows)) == []


def test_margins_are_in_all_rows_of_a_file_or_in_none() -> None:
    rows = [DIALECTS["reward-pairs"].row(e) for e in (pair(margin=2.0), pair("3+3?", "6"))]
    assert rows[0]["margin"] == 2.0
    assert validated("reward-pairs", rows).counts == {"file.two-shapes": 1}


@pytest.mark.parametrize("name", ["llamafactory-ranking", "llamafactory-kto"])
def test_llamafactory_finds_the_columns_of_its_rows(name: str) -> None:
    made = DIALECTS[name].companions([Path("out/train.jsonl")])
    entry = json.loads(made["dataset_info.json"])["train"]
    example = derive(pair(), DIALECTS[name].kinds)[0]
    assert set(entry["columns"].values()) == set(DIALECTS[name].row(example))
    assert entry.get("ranking", False) is (name == "llamafactory-ranking")
    assert entry["formatting"] == "sharegpt"


@pytest.mark.parametrize("name", ["trl-preference", "trl-preference-implicit", "reward-pairs"])
@pytest.mark.parametrize("key", ["messages", "completion", "label"])
def test_key_of_another_type_of_data_set_is_refused(name: str, key: str) -> None:
    row = {**DIALECTS[name].row(pair()), key: True}
    assert "preference.key-of-another-type" in codes(name, row)


@pytest.mark.parametrize("name", ["trl-preference", "trl-unpaired", "openai-dpo"])
@pytest.mark.parametrize("role", ["system", "developer"])
def test_prompt_must_await_an_answer(name: str, role: str) -> None:
    example = derive(
        Preference([say(role, "x")], say("assistant", "a"), say("assistant", "b")), DIALECTS[name].kinds
    )
    assert "prompt.last-role" in codes(name, DIALECTS[name].row(example[0]))


@pytest.mark.parametrize("number", [10**400, -(10**400), 1e308])
def test_numbers_without_end_are_judged(number: float) -> None:
    scored = {**DIALECTS["ultrafeedback"].row(pair()), "score_rejected": number}
    assert ("preference.scores-inverted" in codes("ultrafeedback", scored)) is (number > 0)
    assert ("preference.margin-negative" in codes("reward-pairs", {"margin": number})) is (number < 0)


@pytest.mark.parametrize("media", [5, {"a": 1}, "x", ["a.png"]])
def test_transcript_that_holds_more_than_words_is_refused(media: Any) -> None:
    row = {"chosen": [{"role": "user", "text": "a", "media": media}], "rejected": "x"}
    assert "transcript.not-words" in codes("hh-rlhf", row)
