"""Sentiment, language and near duplicates."""

from __future__ import annotations

from pathlib import Path

import pytest
from predicted import answered, model, queries, refused, texts

from labelwright.predicting.model import Model
from labelwright.predictors import duplicates
from labelwright.predictors._languages import names
from labelwright.records import Kind
from labelwright.registry import template_folders
from labelwright.render.load import load_template

TEXT = "The parcel that I ordered three weeks ago has still not arrived at my address in Leeds."


def test_sentiment_fits_the_built_in_template() -> None:
    template = load_template(template_folders()["sentiment"])
    made = model("sentiment", template)
    said = ["I love this, it is great!", "This is not good at all.", "It is a table.", " "]
    found = answered(made, template, *said, control="sentiment")
    assert found == ["POSITIVE", "NEGATIVE", "NEUTRAL", None]


def test_sentiment_as_a_number_is_on_the_controls_scale() -> None:
    asked = texts(Kind.NUMBER, minimum=0, maximum=10)
    made = model("sentiment", asked)
    assert answered(made, asked, "This is not good at all.", "It is a table.") == [3.294, 5.0]
    plain = texts(Kind.NUMBER)
    assert answered(model("sentiment", plain), plain, "This is not good at all.") == [-0.3412]


def test_sentiment_says_nothing_of_words_that_it_cannot_know() -> None:
    asked = texts(Kind.CHOICE, ["POSITIVE", "NEGATIVE", "NEUTRAL"])
    said = ["もう二度と買いません。", "Очень плохо", "😍", "42", "OK です"]
    assert answered(model("sentiment", asked), asked, *said) == [
        None,
        None,
        "POSITIVE",
        "NEUTRAL",
        "POSITIVE",
    ]


def test_sentiment_takes_a_projects_spelling() -> None:
    asked = texts(Kind.CHOICE, ["good", "bad", "neutral"])
    assert answered(model("sentiment", asked), asked, "great", "awful") == ["good", "bad"]


SAID = {
    "en": TEXT,
    "de": "Das Paket, das ich vor drei Wochen bestellt habe, ist noch immer nicht angekommen.",
    "fr": "Le colis que j'ai commandé il y a trois semaines n'est toujours pas arrivé chez moi.",
    "ja": "三週間前に注文した荷物がまだ届いていませんので、確認していただけますでしょうか。",
}


def test_language_answers_in_the_projects_words() -> None:
    codes = texts(Kind.CHOICE, ["en", "de", "fr", "ja"])
    assert answered(model("language", codes), codes, *SAID.values()) == list(SAID)
    spelt = texts(Kind.CHOICE, ["English", "GERMAN", "fr-FR", "Other"])
    found = answered(model("language", spelt), spelt, SAID["en"], SAID["de"], SAID["fr"])
    assert found == ["English", "GERMAN", "fr-FR"]
    free = texts(Kind.TEXT)
    assert answered(model("language", free), free, SAID["de"]) == ["de"]


def test_language_tells_what_it_hesitates_between() -> None:
    asked = texts(Kind.CHOICE, ["German", "nl", "fr"])
    (found,) = model("language", asked).predict(queries(asked, ["Het pakket is nog altijd niet aangekomen."]))
    shares = found.shares["asked"]
    assert set(shares) == {"German", "nl", "fr"} and abs(sum(shares.values()) - 1) < 0.001
    assert found.answers == {"asked": "nl"} and shares["nl"] == found.score == max(shares.values())


def test_language_leaves_what_is_too_short_or_unsure_to_people() -> None:
    asked = texts(Kind.CHOICE, ["en", "de"])
    assert answered(model("language", asked), asked, "ok", "12345 67890 12345 67890 !!") == [
        None,
        None,
    ]


def test_language_refuses_what_cannot_be() -> None:
    asked = texts(Kind.CHOICE, ["REFUND", "OTHER"])
    assert refused("language", asked) == "control 'asked' offers no language: REFUND, OTHER"
    assert "option least is '2'" in refused("language", texts(Kind.TEXT), {"least": "2"})


def test_every_language_that_the_library_knows_has_a_name() -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    known = {code for code, _ in LanguageIdentifier.from_model_file(MODEL_FILE).rank("text")}
    assert {code for code in known if len(code) == 2 and code not in names()} == set()


DUPLICATES = texts(Kind.CHOICE, ["UNIQUE", "DUPLICATE"])


@pytest.fixture
def fresh() -> Model:
    return model("duplicates", DUPLICATES)


def test_the_first_of_near_duplicates_stays(fresh: Model) -> None:
    alike = TEXT.replace("three", "four").upper()
    other = "What are your opening hours on Saturdays and on public holidays?"
    assert answered(fresh, DUPLICATES, TEXT, alike, other, TEXT + "\n") == [
        "UNIQUE",
        "DUPLICATE",
        "UNIQUE",
        "DUPLICATE",
    ]


def test_an_item_asked_again_is_no_duplicate_of_itself(fresh: Model) -> None:
    asked = queries(DUPLICATES, [TEXT, TEXT + "!"])
    first = fresh.predict(asked)
    assert fresh.predict(asked) == first == fresh.predict(asked[:1]) + fresh.predict(asked[1:])
    (edited,) = fresh.predict(queries(DUPLICATES, [TEXT + " Please hurry."], first=0))
    assert edited.answers == {"asked": "DUPLICATE"}  # of the second item, not of its own former text


def test_a_text_control_gets_the_item_that_is_repeated() -> None:
    asked = texts(Kind.TEXT)
    assert answered(model("duplicates", asked), asked, TEXT, "another text altogether", TEXT) == [
        None,
        None,
        "s/p/000000",
    ]


def test_what_was_seen_is_forgotten_by_halves(fresh: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "REMEMBERED", 10)
    said = [f"{word} {word} {word} {n}" for n, word in enumerate("abcdefghijklmnopqrstuvwxyz"[:25])]
    fresh.predict(queries(DUPLICATES, said))
    assert sum(len(half.seen) for half in fresh.ready()._halves) <= 20
    again = fresh.predict(queries(DUPLICATES, [said[24], said[0]], first=100))
    assert [o.answers for o in again] == [{"asked": "DUPLICATE"}, {"asked": "UNIQUE"}]


def remembering(folder: Path, **options: str) -> Model:
    return model("duplicates", DUPLICATES, options, folder=str(folder))


def test_what_was_seen_is_there_again_after_a_restart(tmp_path: Path) -> None:
    said = [TEXT, TEXT + "!", "What are your opening hours on Saturdays?"]
    asked = queries(DUPLICATES, said)
    first = remembering(tmp_path).predict(asked)
    assert [o.answers for o in first] == [{"asked": x} for x in ("UNIQUE", "DUPLICATE", "UNIQUE")]
    again = remembering(tmp_path)
    assert again.predict(asked[::-1]) == first[::-1]  # each stays what it was, in whatever order
    (repeated,) = again.predict(queries(DUPLICATES, [said[2]], first=9))
    assert repeated.answers == {"asked": "DUPLICATE"}
    assert TEXT[:10].encode() not in (tmp_path / "seen.log").read_bytes()


@pytest.mark.parametrize("cut", [1, 100, 600])
def test_an_entry_that_a_kill_cut_off_is_forgotten_alone(tmp_path: Path, cut: int) -> None:
    said = queries(DUPLICATES, [TEXT, "What are your opening hours on Saturdays?"])
    remembering(tmp_path).predict(said)
    file = tmp_path / "seen.log"
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    later = remembering(tmp_path).predict(queries(DUPLICATES, [TEXT, said[1].text("text")], first=5))
    assert [o.answers for o in later] == [{"asked": "DUPLICATE"}, {"asked": "UNIQUE"}]
    (last,) = remembering(tmp_path).predict(queries(DUPLICATES, [said[1].text("text")], first=8))
    assert last.answers == {"asked": "DUPLICATE"}


@pytest.mark.parametrize("junk", [b"", b"minhash 1 0.8 asked\n" + bytes(50), b"\xff" * 99])
def test_a_file_that_is_none_of_ours_begins_anew(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "seen.log").write_bytes(junk)
    for first in (0, 4):
        (found,) = remembering(tmp_path).predict(queries(DUPLICATES, [TEXT], first=first))
        assert found.answers == {"asked": "DUPLICATE" if first else "UNIQUE"}


def test_another_likeness_begins_anew(tmp_path: Path) -> None:
    remembering(tmp_path).predict(queries(DUPLICATES, [TEXT]))
    (found,) = remembering(tmp_path, alike="0.6").predict(queries(DUPLICATES, [TEXT], first=3))
    assert found.answers == {"asked": "UNIQUE"}


def test_sketches_of_another_library_begin_anew(tmp_path: Path) -> None:
    remembering(tmp_path).predict(queries(DUPLICATES, [TEXT]))
    file = tmp_path / "seen.log"
    file.write_bytes(file.read_bytes().replace(b"Rensa:RMinHash:", b"Rensa:OtherHsh:"))
    for first, wanted in ((3, "UNIQUE"), (4, "DUPLICATE")):
        (found,) = remembering(tmp_path).predict(queries(DUPLICATES, [TEXT], first=first))
        assert found.answers == {"asked": wanted}


def test_what_is_forgotten_is_forgotten_in_the_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "REMEMBERED", 10)
    said = [f"{word} {word} {word} {n}" for n, word in enumerate("abcdefghijklmnopqrstuvwxyz"[:25])]
    running = remembering(tmp_path)
    for n, query in enumerate(queries(DUPLICATES, said)):
        running.predict([query])
        halves = [[s.key for s in half.seen] for half in running.ready()._halves]
        if n in (5, 10, 15, 20, 24):
            again = remembering(tmp_path).ready()._halves
            assert [[s.key for s in half.seen] for half in again] == halves


def test_a_folder_that_takes_nothing_costs_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    (found,) = remembering(tmp_path / "file").predict(queries(DUPLICATES, [TEXT]))
    assert found.answers == {"asked": "UNIQUE"}
    assert "cannot be written down" in caplog.text


def test_likeness_has_bounds() -> None:
    assert "option alike is '0.2'" in refused("duplicates", DUPLICATES, {"alike": "0.2"})
