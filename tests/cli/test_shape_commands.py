"""Every command that reads an export takes one of shapes, and one of tracks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from drawings import Drawings, drawing, write_drawings

from labelwright.geometry.shapes import Box, Geometry, Mask, Points, Polygon
from labelwright.geometry.tracks import Keyframe
from labelwright.pipeline.adjudicating import Wanted, select
from labelwright.pipeline.opening import open_source
from labelwright.pipeline.settings import Settings
from labelwright.problems import Problems
from labelwright.quality.review import Reason
from labelwright.records import Kind, Shape, Track
from labelwright.registry import formats
from labelwright.state.pseudonyms import Pseudonyms

L_SHAPE = Polygon.of(((0.0, 0.0), (40.0, 0.0), (40.0, 10.0), (10.0, 10.0), (10.0, 40.0), (0.0, 40.0)))


def marks(kind: Kind, geometry: Geometry, label: str, sure: str = "yes") -> Any:
    said = (("sure", sure),)
    if kind is Kind.SHAPES:
        return Shape(geometry, label, answers=said)
    return Track((Keyframe(0, geometry), Keyframe(5, geometry)), label, answers=said)


@pytest.fixture(params=[Kind.SHAPES, Kind.TRACKS], ids=["shapes", "tracks"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Six items by three people: alike, of other labels, drawn by one alone, and by two of four."""
    kind: Kind = request.param
    monkeypatch.setitem(formats(), "drawings", Drawings(kind))
    box, far = Box(0, 0, 40, 40), Box(100, 0, 40, 40)
    lines = []
    drawn: tuple[Geometry, ...] = (box, Box(0, 0, 40, 40, 30), Mask(0, 0, 9, 9, (0, 81)), L_SHAPE)
    for number, geometry in enumerate(drawn):
        same = [(who, (marks(kind, geometry, "A"),)) for who in ("ann", "bob", "cy")]
        lines.append(drawing(f"{number}.png", *same, reference=number == 0))
    mixed = [marks(kind, box, "A"), marks(kind, Box(2, 0, 40, 40), "B", "no"), marks(kind, far, "A")]
    lines.append(drawing("4.png", ("ann", (mixed[0],)), ("bob", (mixed[1],))))
    three = (("ann", (mixed[0], mixed[2])), ("bob", (mixed[0],)), ("cy", (marks(kind, box, "A"),)))
    lines.append(drawing("5.png", *three))
    lines.append(drawing("6.png", ("ann", ()), ("bob", ())))
    lines.append(drawing("7.png", ("ann", (marks(kind, Points(((5.0, 5.0),)), "B"),))))
    return write_drawings(tmp_path / "in.drawings", lines)


def test_agreement(labelwright: Any, source: Path) -> None:
    ran = labelwright("agreement", source, "--resamples", 20, "--json", "--min-agreement", 0)
    assert ran.code == 0, ran.err
    found = ran.json["controls"]["objects"]
    assert found["measures"]["percent"]["value"] == pytest.approx((4 + 0 + (1 + 2 / 3 + 2 / 3) / 3 + 1) / 7)
    assert found["items"] == 7 and set(found["labels"]) == {"A", "B"}
    assert ran.json["controls"]["sure"]["items"] == 6
    assert {c["item"].split()[0] for c in ran.json["contested"]} == {"4.png", "5.png"}


def test_convert_and_what_waits_for_a_person(labelwright: Any, source: Path) -> None:
    out = source.parent / "out.drawings"
    ran = labelwright(
        "convert", source, "--to", "drawings", "-o", out, "--no-gate", "--resamples", 0, "--json"
    )
    assert ran.code == 0, ran.err
    counts = ran.json["counts"]
    assert (counts["tied"], counts["examples"], counts["gold"]) == (1, 6, 1)
    assert ran.json["problem_counts"]["consensus.shape-outvoted"] == 1
    text = (source.parent / "out.adjudication.jsonl").read_text()
    tied, few = map(json.loads, text.splitlines())
    assert (tied["item"], tied["control"], len(tied["tied"])) == ("4.png", "objects", 2)
    assert (few["item"], few["control"], few["drawn"], few["of"]) == ("5.png", "objects", 1, 3)
    assert few["annotators"][0] in {*ran.json["annotators"]} and "ann" not in few["annotators"]
    put_back = few["outvoted"]
    assert put_back["label"] == "A" and put_back["sure"] == "yes"
    drawn_there = put_back.get("keyframes", [put_back])[0]
    assert [drawn_there[k] for k in ("shape", "x", "y", "width", "height")] == ["box", 100, 0, 40, 40]
    rows = [json.loads(line) for line in out.read_text().splitlines()[1:]]
    drawn = {row["item"]: row["drawn"][0]["shapes"] for row in rows}
    assert [len(drawn[f"{n}.png"]) for n in (1, 2, 3, 5, 6, 7)] == [1, 1, 1, 1, 0, 1]


@pytest.mark.parametrize("rule", ["majority", "unanimous", "nearest", "each", "weighted-majority"])
def test_every_rule_takes_them_or_says_no(rule: str, labelwright: Any, source: Path) -> None:
    out = source.parent / "out.drawings"
    told = ("--consensus", rule, "--no-gate", "--resamples", 0, "--allow-unmeasured")
    ran = labelwright("convert", source, "--to", "drawings", "-o", out, *told)
    if rule == "weighted-majority":
        assert ran.code == 2 and "serves no control" in ran.err
    else:
        assert ran.code == 0 and out.stat().st_size > 100, ran.err


def test_report(labelwright: Any, source: Path) -> None:
    page = source.parent / "report.html"
    ran = labelwright("report", source, "-o", page, "--resamples", 20, "--min-agreement", 0)
    assert ran.code == 0, ran.err
    assert "shape f1" in page.read_text().lower() or "track f1" in page.read_text().lower()


def template_folder(folder: Path, kind: str, shown: str) -> Path:
    folder.mkdir()
    (folder / "template.toml").write_text(
        f'name = "{folder.name}"\n[inputs.image]\ntype = "{shown}"\n'
        f'[controls.objects]\nkind = "{kind}"\nlabels = ["A", "B"]\n'
        '[controls.sure]\nkind = "choice"\non = "objects"\nlabels = ["yes", "no"]\n'
        '[example]\nkind = "none"\n'
    )
    return folder


@pytest.fixture
def template(source: Path, request: pytest.FixtureRequest) -> Path:
    made = formats()["drawings"]
    assert isinstance(made, Drawings)
    return template_folder(
        source.parent / "drawn", made.kind.value, "image" if made.kind is Kind.SHAPES else "video"
    )


def test_what_a_second_person_is_to_decide(source: Path) -> None:
    with open_source(str(source)) as opened:
        asked = opened.tool.infer(opened.source, Problems())  # type: ignore[attr-defined]
        names = Pseudonyms(b"key", "drawings", False)
        found = select(opened, Settings(asked), Wanted(below=0.8), names, Problems())
    told = {case.item: (case.reasons, case.disputed) for case in found.cases}
    assert told == {
        "4.png": ((Reason.TIE, Reason.LOW), ("objects",)),
        "5.png": ((Reason.OUTVOTED, Reason.LOW), ("objects",)),
    }


def test_sample_with_ties(labelwright: Any, source: Path, template: Path) -> None:
    out = source.parent / "review"
    ran = labelwright("sample", source, "-t", template, "-o", out, "--ties", "-n", 8)
    assert ran.code == 0, ran.err
    assert "keyframe" in (out / "review.html").read_text() or "box" in (out / "review.html").read_text()


def test_gold_is_made_and_scored(labelwright: Any, source: Path, template: Path) -> None:
    gold = source.parent / "gold.jsonl"
    ran = labelwright("gold", "make", source, "-t", template, "-o", gold, "--from", "agreed")
    assert ran.code == 0, ran.err
    known = [json.loads(line) for line in gold.read_text().splitlines()]
    assert known and all(line["answers"].keys() == {"objects"} for line in known)
    told = ("--gold", gold, "--resamples", 0, "--json", "--min-agreement", 0, "--gold-least", 1)
    ran = labelwright("agreement", source, "-t", template, *told)
    assert ran.code == 0, ran.err
    assert ran.json["gold"]["items"] == len(known)
    assert ran.json["problem_counts"].get("answers.value-invalid") is None


def test_references_decide(labelwright: Any, source: Path, template: Path) -> None:
    out, decided = source.parent / "out.drawings", source.parent / "decided.jsonl"
    decided.write_text('{"item": "4.png", "answers": {"objects": []}}\n')
    told = ("--references", decided, "--no-gate", "--resamples", 0, "--json")
    ran = labelwright("convert", source, "-t", template, "--to", "drawings", "-o", out, *told)
    assert ran.code == 0, ran.err
    assert ran.json["counts"]["tied"] == 0 and ran.json["counts"]["examples"] == 7


def test_lint_rules_take_them(labelwright: Any, source: Path, template: Path) -> None:
    ran = labelwright("lint", source, "-t", template)
    made = formats()["drawings"]
    shapes = isinstance(made, Drawings) and made.kind is Kind.SHAPES
    # Two files that the template's folder lacks; and an image on which nothing is drawn.
    assert f"0 errors, {2 + shapes} warnings, {3 + 4 * shapes} notes" in ran.out + ran.err
    assert ("lint.empty-images" in ran.err) is shapes
    assert not {"ann", "bob", "cy"} & set(ran.err.replace(",", " ").split())  # nobody is named
    assert "[lint.items-tied] in.drawings: 1 items are tied" in ran.out + ran.err
    assert "template.shape" not in ran.out + ran.err


def test_a_drifting_template_is_said(labelwright: Any, source: Path, template: Path) -> None:
    told = (template / "template.toml").read_text().replace('on = "objects"', 'on = "objects"\nonly = ["C"]')
    (template / "template.toml").write_text(told)
    ran = labelwright("templates", "lint", template)
    assert ran.code == 1
    assert "controls.sure.only names 'C'" in ran.out + ran.err
