"""What an example asks and teaches, as text."""

from __future__ import annotations

from labelwright.examples import Chat, Completion, Media, Message, Text, asked, taught


def chat(uri: str, think: str = "") -> Chat:
    question = Message("user", (Text("what is it?"), Media(uri)))
    return Chat([question, Message("assistant", (Text("a cup"),), think)])


def test_media_and_reasoning_tell_examples_apart() -> None:
    assert asked(chat("a.png")) != asked(chat("b.png"))
    assert taught(chat("a.png")) == "a cup"
    assert taught(chat("a.png", "it has a handle")) != taught(chat("a.png", "it is round"))
    assert (asked(Completion("q", "a")), taught(Completion("q", "a"))) == ("q", "a")
