"""What kind of question a question is, by its first words. English, and the commonest of German."""

from __future__ import annotations

from labelwright.quality.lint._words import tokens

YES_NO, COUNTING, COMPARING, DESCRIBING = "yes/no", "counting", "comparing", "describing"
KINDS = (YES_NO, COUNTING, COMPARING, DESCRIBING)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_YES_NO = _set(
    "is are am was were do does did can could will would has have had should may might must isn't aren't "
    "ist sind war waren hat haben kann können gibt wird soll darf"
)
_OPEN = _set(
    "what describe why how where who whom whose when which list explain name tell summarize summarise give "
    "was wie wo wer wann warum welche welcher welches beschreibe nenne erkläre"
)
_COUNTING = (("how", "many"), ("how", "much"), ("what", "number"), ("wie", "viele"), ("wie", "viel"))
_COMPARING = frozenset(("compare", "than", "versus", "vs", "difference", "differences", "similar", "als"))


def kind_of_question(question: str) -> str:
    """One of ``KINDS``; empty for a question that is not recognised."""
    found = tokens(question[:400])
    if not found:
        return ""
    if tuple(found[:2]) in _COUNTING or found[0] in ("count", "zähle"):
        return COUNTING
    if _COMPARING & set(found) or (found[0] in ("which", "who") and "or" in found):
        return COMPARING
    if found[0] in _YES_NO and not (found[0] == "was" and question.lstrip()[:4] == "Was " and _german(found)):
        return YES_NO
    return DESCRIBING if found[0] in _OPEN else ""


def _german(found: list[str]) -> bool:
    """Whether a question that begins with ``was`` asks what, not whether."""
    return bool({"ist", "sind", "wird", "kostet", "zeigt", "macht", "steht"} & set(found[1:3]))
