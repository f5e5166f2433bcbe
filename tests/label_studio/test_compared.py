"""Preferences and rankings: as a real server stores them, and whatever may be wrong with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelwright.contracts import Control, Input, Source, Template
from labelwright.problems import Problems, Severity, UsageError
from labelwright.records import Item, Kind
from labelwright_plugins.label_studio import plugin
from labelwright_plugins.label_studio.compared import Ranked, checked, ranking
from labelwright_plugins.label_studio.config import parse_config, stored_labels
from labelwright_plugins.label_studio.labels import with_labels
from labelwright_plugins.label_studio.plan import adapt, drift

RECORDED = Path(__file__).parent / "recorded"
BETTER = {"pref": Control(Kind.PREFERENCE)}
RANK = {"rank": Control(Kind.RANKING)}
ORDER = '<View><List name="shown" value="$items" title="All"/><Ranker name="rank" toName="shown"/></View>'
BUCKETS = ORDER.replace(
    "/></View>",
    '><Bucket name="good"/><Bucket name="fair"/><Bucket name="bad"/></Ranker></View>',
)
SHOWN = [{"id": name, "title": name, "body": f"Answer {name}"} for name in ("m1", "m2", "m3")]


def template(controls: dict[str, Control], **inputs: str) -> Template:
    return Template("test", inputs={n: Input(type=t) for n, t in inputs.items()}, controls=controls)


def read(path: Path, asked: Template, config: str) -> tuple[list[Item], Problems]:
    problems = Problems()
    source = Source(str(path), label_config=config, name=path.name)
    return list(plugin.read(source, asked, problems)), problems


def one(
    tmp_path: Path,
    config: str,
    value: Any,
    asked: Template | None = None,
    shown: Any = None,
    name: str = "rank",
) -> tuple[dict[str, Any], Problems]:
    """The answers of one annotation with one result."""
    found = {"id": "r1", "from_name": name, "to_name": "shown", "type": "ranker", "value": value}
    data = {"prompt": "Say hi", "items": SHOWN if shown is None else shown}
    task = {"id": 5, "data": data, "annotations": [{"id": 50, "completed_by": 1, "result": [found]}]}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    items, problems = read(path, asked or template(RANK, items="json"), config)
    return items[0].annotations[0].answers, problems


# --- exports of a real server


def test_a_recorded_pairwise() -> None:
    config = (RECORDED / "pairwise.xml").read_text("utf-8")
    items, problems = read(RECORDED / "pairwise.json", template(BETTER, prompt="text"), config)
    answers = [[a.answers["pref"] for a in item.annotations] for item in items]
    assert answers == [["left"] * 4, ["right"] * 3, ["left", "right", "left"]]
    assert not len(problems)


def test_a_recorded_ranker_with_buckets() -> None:
    config = (RECORDED / "ranker.xml").read_text("utf-8")
    items, problems = read(RECORDED / "ranker.json", template(RANK, items="json"), config)
    # The config's order of buckets, not the stored one; "_" has no rank.
    assert [a.answers["rank"] for a in items[0].annotations] == [
        (("m2",), ()),
        (("m1", "m3"), ("m2",)),
        (("m3",), ("m2",)),
        (("m1", "m3"), ("m2",)),
    ]
    assert dict(problems.counts) == {"label-studio.ranking-unranked": 3}


def test_a_recorded_order_of_a_list(tmp_path: Path) -> None:
    page = json.loads((RECORDED / "list_ranker_page.json").read_text("utf-8"))
    (result,) = page["requests"][0]["body"]["result"]
    answers, problems = one(tmp_path, ORDER, result["value"])
    assert answers["rank"] == (("m2",), ("m1",), ("m3",))
    assert not len(problems)


# --- whatever may be wrong


@pytest.mark.parametrize(
    ("config", "ranker", "kept", "code"),
    [
        (ORDER, {"rank": ["m2", "m1", "m2", "m3"]}, None, "label-studio.ranking-repeated"),
        (ORDER, {"rank": ["m2", "m1", "m3", "m9"]}, None, "label-studio.ranking-unknown"),
        (ORDER, {"rank": ["m3", "m1"]}, (("m3",), ("m1",)), "label-studio.ranking-partial"),
        (ORDER, {"good": ["m1"]}, None, "label-studio.type-unexpected"),
        (ORDER, {"good": ["m1"], "bad": []}, None, "label-studio.type-unexpected"),
        (ORDER, {"rank": "m1"}, None, "label-studio.type-unexpected"),
        (ORDER, {"rank": [None]}, None, "label-studio.type-unexpected"),
        (ORDER, [], None, "label-studio.type-unexpected"),
        (BUCKETS, {"good": ["m1"], "bad": ["m1", "m2", "m3"]}, None, "label-studio.ranking-repeated"),
        (BUCKETS, {"_": ["m1"], "good": ["m1", "m2", "m3"]}, None, "label-studio.ranking-repeated"),
        (BUCKETS, {"best": ["m1", "m2", "m3"]}, None, "label-studio.type-unexpected"),
        (BUCKETS, {"_": ["m1", "m2", "m3"], "good": []}, None, "label-studio.ranking-unranked"),
        (BUCKETS, {"good": ["m1", "m2"]}, (("m1", "m2"), (), ()), "label-studio.ranking-partial"),
    ],
)
def test_a_bad_ranking_is_a_problem_with_its_place(
    config: str, ranker: Any, kept: Any, code: str, tmp_path: Path
) -> None:
    answers, problems = one(tmp_path, config, {"ranker": ranker})
    assert answers.get("rank") == kept
    assert dict(problems.counts) == {code: 1}
    (problem,) = problems
    place = problem.place
    assert (place.item, place.annotation, place.region, place.control) == ("5", "50", "r1", "rank")
    assert problem.remedy


def test_what_is_kept_is_no_error(tmp_path: Path) -> None:
    _, problems = one(tmp_path, ORDER, {"ranker": {"rank": ["m3", "m1"]}})
    assert [p.severity for p in problems] == [Severity.WARNING]
    _, problems = one(tmp_path, BUCKETS, {"ranker": {"_": ["m3"], "good": ["m1", "m2"]}})
    assert [p.severity for p in problems] == [Severity.NOTE]


@pytest.mark.parametrize("shown", ["m1", [], [{"title": "no id"}], {"m1": "x"}])
def test_a_list_that_is_none_leaves_the_ranking_unchecked_and_says_so(shown: Any, tmp_path: Path) -> None:
    answers, problems = one(tmp_path, ORDER, {"ranker": {"rank": ["m3", "m1"]}}, shown=shown)
    if shown == []:  # a list, which has neither
        assert answers == {} and dict(problems.counts) == {"label-studio.ranking-unknown": 1}
    else:
        assert answers["rank"] == (("m3",), ("m1",))
        assert dict(problems.counts) == {"label-studio.ranking-unchecked": 1}


def test_the_only_column_is_named_as_the_control(tmp_path: Path) -> None:
    config = ORDER.replace('name="rank"', 'name="order"')
    asked = template({"order": Control(Kind.RANKING)}, items="json")
    answers, problems = one(tmp_path, config, {"ranker": {"order": ["m3", "m1", "m2"]}}, asked, name="order")
    assert answers == {"order": (("m3",), ("m1",), ("m2",))} and not len(problems)


def test_ids_that_are_numbers(tmp_path: Path) -> None:
    answers, problems = one(tmp_path, ORDER, {"ranker": {"rank": [2, 1]}}, shown=[{"id": 1}, {"id": "2"}])
    assert answers["rank"] == (("2",), ("1",)) and not len(problems)


def test_without_a_config_the_template_names_list_and_buckets(tmp_path: Path) -> None:
    asked = template({"rank": Control(Kind.RANKING, ["good", "bad"], input="items")}, items="json")
    answers, problems = one(tmp_path, "", {"ranker": {"bad": ["m1"], "good": ["m3", "m2"], "_": []}}, asked)
    assert answers["rank"] == (("m2", "m3"), ("m1",)) and not len(problems)


CHOSEN = (
    '<View><Text name="text" value="$text"/><Choices name="pref" toName="text">'
    '<Choice value="A is better" alias="left"/><Choice value="Even" alias="tie"/>'
    '<Choice value="B is better" alias="right"/></Choices></View>'
)


@pytest.mark.parametrize(
    ("value", "kept", "code"),
    [
        ({"choices": ["left"]}, "left", ""),
        ({"choices": ["tie"]}, "tie", ""),
        ({"choices": ["B is better"]}, "right", ""),  # stored before the alias was given
        ({"choices": ["even"]}, None, "label-studio.type-unexpected"),
        ({"choices": ["left", "right"]}, None, "label-studio.type-unexpected"),
        ({"choices": []}, None, "label-studio.type-unexpected"),
        ({"choices": [None]}, None, "label-studio.type-unexpected"),
        ({"choices": [["left"]]}, None, "label-studio.type-unexpected"),
        ({"selected": "right"}, "right", ""),
        ({"selected": "none"}, None, ""),
        ({"selected": "both"}, None, "label-studio.type-unexpected"),
        ({"rating": 1}, None, "label-studio.type-unexpected"),
    ],
)
def test_preferences_of_choices(value: Any, kept: str | None, code: str, tmp_path: Path) -> None:
    result = {"id": "r1", "from_name": "pref", "to_name": "text", "type": "choices", "value": value}
    annotation = {"id": 1, "completed_by": 1, "result": [result]}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([{"id": 1, "data": {"text": "x"}, "annotations": [annotation]}]))
    items, problems = read(path, template(BETTER, text="text"), CHOSEN)
    assert items[0].annotations[0].answers.get("pref") == kept
    assert list(problems.counts) == ([code] if code else [])


# --- the template and the project's own config


def codes(asked: Template, config: str) -> list[str]:
    return [p.code for p in drift(asked, parse_config(config), "here")]


def test_drift_knows_preferences_and_rankings() -> None:
    better, rank = template(BETTER, text="text"), template(RANK, items="json")
    assert codes(better, CHOSEN) == []
    assert codes(better, (RECORDED / "pairwise.xml").read_text("utf-8")) == []
    assert codes(better, CHOSEN.replace('alias="tie"', 'alias="even"')) == ["label-studio.preference-choices"]
    assert codes(better, CHOSEN.replace('alias="left"', "")) == ["label-studio.preference-choices"]
    assert codes(better, ORDER) == ["label-studio.control-missing"]
    assert codes(rank, ORDER) == codes(rank, BUCKETS) == []
    assert codes(rank, CHOSEN.replace('"pref"', '"rank"')) == ["label-studio.tag-unfit"]
    assert codes(better, ORDER.replace('"rank"', '"pref"')) == ["label-studio.tag-unfit"]


def test_the_options_of_a_preference_are_not_replaced() -> None:
    strength = '<Choices name="strength" toName="text"><Choice value="MUCH"/></Choices></View>'
    changed = with_labels(CHOSEN.replace("</View>", strength), ["LITTLE", "MUCH"])
    config = parse_config(changed)
    assert stored_labels(config.controls["pref"]) == ["left", "tie", "right"]
    assert stored_labels(config.controls["strength"]) == ["LITTLE", "MUCH"]
    with pytest.raises(UsageError, match="no control with labels of its own"):
        with_labels(CHOSEN, ["A", "B"])


def test_the_projects_own_buckets_win() -> None:
    asked = template({"rank": Control(Kind.RANKING, ["good", "bad"])}, items="json")
    assert codes(asked, BUCKETS) == ["label-studio.labels-drift"]
    assert adapt(asked, parse_config(BUCKETS)).controls["rank"].labels == ["good", "fair", "bad"]


# --- for every ranking


NAMES = st.lists(st.sampled_from([f"m{n}" for n in range(8)]), max_size=8, unique=True)


@given(NAMES, st.data())
def test_every_entry_is_placed_left_out_or_missed(names: list[str], data: st.DataObject) -> None:
    buckets = ("good", "fair", "bad", "_", "nowhere")
    where = {name: data.draw(st.sampled_from(buckets)) for name in names}
    held = {b: [n for n in names if where[n] == b] for b in buckets[:-1]}
    ranked = ranking({"ranker": held}, {b: b for b in buckets[:3]})
    tiers, found = checked(ranked, [{"id": n} for n in names], "items")
    told = {kind.code: what["names"] for kind, what in found}
    for name in names:
        rank = [at for at, tier in enumerate(tiers or ()) if name in tier]
        assert rank == ([buckets.index(where[name])] if where[name] in buckets[:3] else [])
        assert (repr(name) in told.get("label-studio.ranking-partial", "")) is (where[name] == "nowhere")
        assert (repr(name) in told.get("label-studio.ranking-unranked", "")) is (where[name] == "_")
    assert all(tier == tuple(sorted(tier)) for tier in tiers or ())


def test_the_order_of_a_list_is_kept() -> None:
    ranked = ranking({"ranker": {"rank": ["b", "c", "a"]}}, {})
    assert isinstance(ranked, Ranked) and ranked.column == "rank"
    assert checked(ranked, [{"id": n} for n in "abc"], "items") == ((("b",), ("c",), ("a",)), [])
