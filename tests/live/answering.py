"""Gives an annotation in the page, by click and key, the way its stored result says.

``BY_HAND`` names every type of result that is made by hand here. A type that the page does not let a
machine make would stand in no entry, and ``test_every_answer_is_made_by_hand`` would name it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

from tests.live.browser import Page

Result = list[dict[str, Any]]


class Hand:
    """Answers in the open page. ``keys`` prefers hotkeys and double clicks to clicks and drags."""

    def __init__(self, page: Page, config: str, data: dict[str, Any], keys: bool) -> None:
        self.page, self.data, self.keys = page, data, keys
        root = self.root = ElementTree.fromstring(config)
        # An answer that is stored under another name than the page shows, by that name.
        self.shown = {e.attrib["alias"]: e.attrib["value"] for e in root.iter() if "alias" in e.attrib}
        self.ratings = [e.attrib["name"] for e in root.iter("Rating")]
        self.hotkeys = {
            e.attrib["value"]: e.attrib["hotkey"]
            for e in root.iter()
            if "hotkey" in e.attrib and "value" in e.attrib
        }
        self.regions: dict[str, str] = {}  # the words of each region made so far, by its stored id

    def answer(self, result: Result) -> None:
        """Make every item of a result, in its order."""
        for item in result:
            BY_HAND[item["type"]](self, item)

    @contextmanager
    def _on(self, item: dict[str, Any]) -> Iterator[None]:
        """With the region selected that an answer belongs to, if it belongs to one."""
        words = self.regions.get(item["id"])
        if words is not None:
            self.page.select_region(words)
        yield
        if words is not None:
            self.page.unselect()

    def choices(self, item: dict[str, Any]) -> None:
        with self._on(item):
            for stored in item["value"]["choices"]:
                value = self.shown.get(stored, stored)
                if self.keys:
                    self.page.press(self.hotkeys[value])
                else:
                    self.page.choose(value)

    def textarea(self, item: dict[str, Any]) -> None:
        with self._on(item):
            for text in item["value"]["text"]:
                self.page.write(item["from_name"], text)

    def number(self, item: dict[str, Any]) -> None:
        self.page.number(item["value"]["number"])

    def date(self, item: dict[str, Any]) -> None:
        self.page.date(item["from_name"], item["value"]["datetime"])

    def rating(self, item: dict[str, Any]) -> None:
        self.page.rate(item["value"]["rating"], self.ratings.index(item["from_name"]))

    def pairwise(self, item: dict[str, Any]) -> None:
        (pair,) = [e for e in self.root.iter("Pairwise") if e.attrib["name"] == item["from_name"]]
        side = ("left", "right").index(item["value"]["selected"])
        (panel,) = [e for e in self.root.iter() if e.get("name") == pair.attrib["toName"].split(",")[side]]
        self.page.prefer(self.data[panel.attrib["value"].lstrip("$")])

    def ranker(self, item: dict[str, Any]) -> None:
        self.page.rank(item["value"]["ranker"], self.keys)

    def span(self, item: dict[str, Any]) -> None:
        value = item["value"]
        # Stored offsets count code points, the page's counts UTF-16 units.
        text = str(self.data[item["to_name"]])
        start, end = (len(text[:n].encode("utf-16-le")) // 2 for n in (value["start"], value["end"]))
        (label,) = value["labels"]
        if self.keys and value["text"].isalpha():
            self.page.mark_word(self.hotkeys[label], start, end)
        else:
            self.page.mark(label, start, end)
        self.regions[item["id"]] = value["text"]

    def turn(self, item: dict[str, Any]) -> None:
        value = item["value"]
        (label,) = value["paragraphlabels"]
        self.page.mark_turn(label, int(value["start"]))
        self.regions[item["id"]] = value["text"]

    def relation(self, item: dict[str, Any]) -> None:
        (label,) = item["labels"]
        self.page.link(self.regions[item["from_id"]], self.regions[item["to_id"]], label)


BY_HAND: dict[str, Callable[[Hand, dict[str, Any]], None]] = {
    "choices": Hand.choices,
    "textarea": Hand.textarea,
    "number": Hand.number,
    "datetime": Hand.date,
    "rating": Hand.rating,
    "pairwise": Hand.pairwise,
    "ranker": Hand.ranker,
    "labels": Hand.span,
    "paragraphlabels": Hand.turn,
    "relation": Hand.relation,
}


def same_answer(result: Result) -> list[str]:
    """A result without its random ids, to compare: a region is known by its place, order is free."""
    places: dict[str, str] = {}
    for item in result:
        if "start" in item.get("value", {}):
            places[item["id"]] = f"{item['value']['start']}-{item['value']['end']}"
    changed = [
        {k: places.get(v, "") if k in {"id", "from_id", "to_id"} else v for k, v in item.items()}
        for item in result
    ]
    return sorted(json.dumps(item, sort_keys=True, ensure_ascii=False) for item in changed)
