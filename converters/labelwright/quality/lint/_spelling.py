"""Spellings of one word: with and without a hyphen, in two words, British and American."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from labelwright.quality.lint._words import singular

# British, American. What differs in meaning too (meter, licence, tyre) is left out.
_SPELT = """
colour/color favour/favor favourite/favorite flavour/flavor behaviour/behavior honour/honor
humour/humor labour/labor neighbour/neighbor harbour/harbor odour/odor rumour/rumor armour/armor
vapour/vapor centre/center fibre/fiber theatre/theater litre/liter calibre/caliber grey/gray
catalogue/catalog dialogue/dialog defence/defense offence/offense aluminium/aluminum
jewellery/jewelry mould/mold plough/plow coloured/colored cancelled/canceled labelled/labeled
labelling/labeling travelled/traveled travelling/traveling modelling/modeling analyse/analyze
analysed/analyzed organise/organize organised/organized organisation/organization
recognise/recognize recognised/recognized realise/realize realised/realized minimise/minimize
optimise/optimize summarise/summarize prioritise/prioritize
"""
_PAIRS = dict(pair.split("/") for pair in _SPELT.split())
# Two words that are other words when they are joined.
_JOINED = """
into onto upon maybe anyone someone everyone everyday anyway apart along alone already altogether
always cannot sometime sometimes anytime awhile within without another today nobody nowhere indeed
inform intent infirm instead beside became overall allot
"""
_APART = frozenset(_JOINED.split())
_PIECE = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
MAX_FORMS = 50_000


def american(word: str) -> str:
    """The American spelling of a word in lower case, if it is one that is spelt in two ways."""
    return _PAIRS.get(word, word)


def _cased(form: str) -> str:
    """A form without a capital that may be that of a sentence, or of a word all in capitals."""
    return form.casefold() if form.isupper() else form[:1].casefold() + form[1:]


class Spellings:
    """Counts the spellings of words inside sentences, by the letters they share.

    At most ``MAX_FORMS`` different words and as many different pairs of neighbours are kept; ``cut``
    tells whether there were more.
    """

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._words: dict[str, Counter[str]] = {}
        self._pairs: Counter[str] = Counter()
        self._distinct = 0
        self.cut = False

    def add(self, sentence: str, known: str) -> None:
        """Count one text; words that stand in ``known`` are copied from there and do not count."""
        there = set(_PIECE.findall(known))
        last, end = "", -2
        for match in _PIECE.finditer(sentence):
            form = match[0]
            plain = form.isalpha()
            near = sentence[end : match.start()] == " "
            if plain and last and near and f"{last} {form}" not in known:
                self._pair(f"{last} {form}".casefold())
            if len(form) > 3 and form not in there:
                self._word(_cased(form))
            last, end = (form if plain else ""), match.end()

    def _pair(self, pair: str) -> None:
        if pair in self._pairs or len(self._pairs) < MAX_FORMS:
            self._pairs[pair] += 1
        else:
            self.cut = True

    def _word(self, form: str) -> None:
        letters = "".join(filter(str.isalpha, form)).casefold()
        forms = self._words.setdefault(american(singular(letters)), Counter())
        if form in forms or self._distinct < MAX_FORMS:
            self._distinct += form not in forms
            forms[form] += 1
        else:
            self.cut = True

    def varied(self) -> Iterator[tuple[Counter[str], bool]]:
        """Forms of one word that differ in more than their ending, with their counts.

        The truth value: whether they differ in the blank alone, as a verb ("sign in") and its noun
        ("sign-in") rightly may.
        """
        apart: dict[str, Counter[str]] = {}
        for pair, count in self._pairs.items():
            joined = pair.replace(" ", "")
            key = american(singular(joined))
            if key in self._words and joined not in _APART:
                apart.setdefault(key, Counter())[pair] += count
        for key in sorted(self._words):
            shapes: dict[str, Counter[str]] = {}
            for form, count in self._words[key].items():
                shapes.setdefault(_shape(form), Counter())[form] += count
            chosen = Counter({max(c, key=lambda f: (c[f], -len(f), f)): c.total() for c in shapes.values()})
            together = len(chosen)
            if (two := apart.get(key)) is not None:
                chosen[max(two, key=lambda f: (two[f], -len(f), f))] = two.total()
            if len(chosen) > 1:
                yield chosen, together == 1


def _shape(form: str) -> str:
    """What forms of the same spelling have in common: hyphens, capitals within, but not the plural."""
    return singular(form.replace("\u2010", "-").replace("\u2011", "-"))
