"""``labelwright agreement`` against published values, through files and the command line alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from labelwright.registry import template_folders

Units = Sequence[Sequence[Any]]  # per item the annotators' answers; None: this one did not answer


def folder(at: Path, kind: str, level: str = "", labels: Sequence[str] = (), config: bool = False) -> Path:
    at.mkdir(exist_ok=True)
    lines = ['name = "probe"', "[inputs.text]", 'type = "text"', "[controls.answer]", f'kind = "{kind}"']
    lines += [f'level = "{level}"'] if level else []
    lines += [f"labels = {json.dumps(list(labels))}"] if labels else []
    (at / "template.toml").write_text("\n".join(lines))
    if config:
        many = ' choice="multiple"' if kind == "choices" else ""
        options = "".join(f'<Choice value="{label}"/>' for label in labels)
        control = f'<Choices name="answer" toName="text"{many}>{options}</Choices>'
        if kind == "rating":
            control = '<Rating name="answer" toName="text" maxRating="5"/>'
        (at / "label_studio.xml").write_text(f'<View><Text name="text" value="$text"/>{control}</View>')
    return at


def annotation(task: int, person: int, kind: str, answer: Any, skipped: bool = False) -> dict[str, Any]:
    if kind == "rating":
        found = {"type": "rating", "value": {"rating": answer}}
    else:
        chosen = [answer] if kind == "choice" else list(answer)
        found = {"type": "choices", "value": {"choices": chosen}}
    result = [] if skipped else [{"id": "r", "from_name": "answer", "to_name": "text", **found}]
    return {
        "id": task * 1000 + person,
        "completed_by": person,
        "was_cancelled": skipped,
        "result": result,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def export(at: Path, kind: str, units: Units, skipped: bool = False) -> Path:
    tasks = []
    for task, unit in enumerate(units, 1):
        given = [(p, v) for p, v in enumerate(unit, 1) if v is not None]
        answers = [annotation(task, p, kind, v, skipped) for p, v in given]
        tasks.append({"id": task, "data": {"text": f"text {task}"}, "annotations": answers})
    at.write_text(json.dumps(tasks))
    return at


class Probe:
    """Measures units by the command line and checks what every answer must hold."""

    def __init__(self, labelwright: Any, tmp_path: Path) -> None:
        self.run, self.path = labelwright, tmp_path

    def control(
        self,
        units: Units,
        kind: str = "choice",
        level: str = "",
        labels: Sequence[str] = (),
        *,
        config: bool = False,
        skipped: bool = False,
    ) -> dict[str, Any]:
        template = folder(self.path / "probe", kind, level, labels, config)
        source = export(self.path / "export.json", kind, units, skipped)
        arguments = ["--template", template, "--json", "--allow-unmeasured", "--resamples", 200]
        ran = self.run("agreement", source, *arguments)
        assert ran.code in (0, 1), ran.err
        found: dict[str, Any] = ran.json["controls"]["answer"]
        for measure in found["measures"].values():
            assert (measure["state"] == "ok") == (measure["value"] is not None)
            if measure["value"] is not None and measure["low"] is not None:
                assert measure["low"] - 1e-9 <= measure["value"] <= measure["high"] + 1e-9
        return found

    def values(self, units: Units, *arguments: Any, **more: Any) -> dict[str, float]:
        found = self.control(units, *arguments, **more)["measures"]
        return {name: m["value"] for name, m in found.items() if m["state"] == "ok"}


@pytest.fixture
def probe(labelwright: Any, tmp_path: Path) -> Probe:
    return Probe(labelwright, tmp_path)


def table(rows: list[list[int]]) -> list[tuple[str, str]]:
    return [("ABC"[i], "ABC"[j]) for i, r in enumerate(rows) for j, n in enumerate(r) for _ in range(n)]


CODERS = [
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * 3",
    "* 3 3 3 2 3 4 2 2 5 1 *",
    "1 2 3 3 2 4 4 1 2 5 1 *",
]
KRIPPENDORFF = [
    [None if v == "*" else v for v in unit] for unit in zip(*[c.split() for c in CODERS], strict=True)
]
LEVELS = [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)]


@pytest.mark.parametrize("config", [False, True])
@pytest.mark.parametrize(("level", "alpha"), LEVELS)
def test_krippendorff_2011(probe: Probe, level: str, alpha: float, config: bool) -> None:
    found = probe.control(KRIPPENDORFF, "choice", level, "12345", config=config)
    assert found["level"] == level
    assert (found["items"], found["answers"]) == (11, 41)
    measures = {n: m["value"] for n, m in found["measures"].items()}
    assert measures["krippendorff_alpha"] == pytest.approx(alpha, abs=5e-5)
    assert measures["gwet_ac1"] == pytest.approx(0.77544, abs=5e-6)
    assert measures["fleiss_kappa"] == pytest.approx(0.76117, abs=5e-6)
    assert measures["brennan_prediger"] == pytest.approx(0.77273, abs=5e-6)
    rated = [[None if v is None else int(v) for v in unit] for unit in KRIPPENDORFF]
    again = probe.control(rated, "rating", level, config=config)
    assert again["level"] == level
    assert again["measures"]["krippendorff_alpha"]["value"] == pytest.approx(alpha, abs=5e-5)


def test_krippendorff_2004(probe: Probe) -> None:
    found = probe.values(["10", "11", "01", "00", "00", "01", "00", "01", "00", "00"], "choice", "", "01")
    assert found["percent"] == pytest.approx(0.6)
    assert found["krippendorff_alpha"] == pytest.approx(0.0952, abs=5e-5)
    found = probe.values(
        ["aa", "ab", *["bb"] * 4, "bc", *["cc"] * 5],
        "choice",
        "",
        "abc",
        config=True,
    )
    assert found["percent"] == pytest.approx(0.833, abs=5e-4)
    assert found["krippendorff_alpha"] == pytest.approx(0.7341, abs=5e-5)


@pytest.mark.parametrize("config", [False, True])
def test_cohen_1960(probe: Probe, config: bool) -> None:
    units = table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    found = probe.values(units, "choice", "ordinal", "ABC", config=config)
    assert found["percent"] == pytest.approx(0.70)
    assert found["cohen_kappa"] == pytest.approx(0.4915, abs=5e-5)
    assert found["cohen_kappa_linear"] == pytest.approx(0.4737, abs=5e-5)
    assert found["cohen_kappa_quadratic"] == pytest.approx(0.4545, abs=5e-5)
    assert found["gwet_ac1"] == pytest.approx(0.57597, abs=5e-6)
    units = table([[25, 12, 3], [13, 2, 15], [12, 16, 2]])
    found = probe.values(units, "choice", "", "ABC", config=config)
    assert found["cohen_kappa"] == pytest.approx(-0.0923, abs=5e-5)


# The diagnoses (1 to 5) of 30 patients by six raters each.
FLEISS = (
    "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 "
    "144444 124444 222333 144444 224445 333335 111455 111112 224444 133555 "
    "555555 244444 224555 114444 144445 222224 111155 224444 133333 555555"
)


def test_fleiss_1971(probe: Probe) -> None:
    found = probe.control(FLEISS.split(), "choice", "", "12345")
    measures = {n: m["value"] for n, m in found["measures"].items()}
    assert measures["percent"] == pytest.approx(0.5556, abs=5e-5)
    assert measures["fleiss_kappa"] == pytest.approx(0.4302, abs=5e-5)
    assert measures["gwet_ac1"] == pytest.approx(0.44788, abs=5e-6)
    per_category = [found["labels"][label]["fleiss_kappa"]["value"] for label in "12345"]
    assert per_category == pytest.approx([0.245, 0.245, 0.520, 0.471, 0.566], abs=5e-4)


def test_artstein_and_poesio_2008(probe: Probe) -> None:
    found = probe.values(table([[20, 10], [20, 50]]), "choice", "", "AB")
    assert found["brennan_prediger"] == pytest.approx(0.40, abs=5e-3)
    assert found["scott_pi"] == pytest.approx(0.3407, abs=5e-5)
    assert found["cohen_kappa"] == pytest.approx(0.3478, abs=5e-5)


@pytest.mark.parametrize("config", [False, True])
def test_sets(probe: Probe, config: bool) -> None:
    pairs = ["/", "A/", "A/A", "A/B", "AB/A", "AB/AC", "ABC/ABC", "C/AC", "C/AC"]
    units = [p.split("/") for p in pairs]
    found = probe.values(units, "choices", "", "ABC", config=config)
    assert found["krippendorff_alpha"] == pytest.approx(0.2731, abs=5e-5)
    assert found["krippendorff_alpha_jaccard"] == pytest.approx(0.3156, abs=5e-5)


def test_never_agreeing_is_zero(probe: Probe) -> None:
    assert probe.values(["AB", "BA", "AC"], "choice", "", "ABC")["percent"] == 0.0


UNDEFINED: list[tuple[Units, bool, str, str]] = [
    (["A", "B", "A"], False, "one-annotator", "one-annotator"),
    ([["A", None], [None, "B"]], False, "no-overlap", "no-overlap"),
    (["AA", "AA", "AA"], False, "ok", "no-variation"),
    ([["A", None, None], [None, "B", None], [None, None, "C"]], False, "no-overlap", "no-overlap"),
    ([], False, "one-annotator", "one-annotator"),
    (["AB", "BA"], True, "one-annotator", "one-annotator"),
]


@pytest.mark.parametrize(
    ("units", "skipped", "percent", "corrected"),
    UNDEFINED,
    ids=["one annotator", "no overlap", "all the same", "one answer each", "empty export", "all skipped"],
)
@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_undefined_is_a_state(
    probe: Probe, units: Units, skipped: bool, percent: str, corrected: str, level: str
) -> None:
    found = probe.control(units, "choice", level, "ABC", skipped=skipped)["measures"]
    assert found["percent"]["state"] == percent
    assert found["percent"]["value"] == (1.0 if percent == "ok" else None)
    for name in ("krippendorff_alpha", "cohen_kappa", "fleiss_kappa", "gwet_ac1", "brennan_prediger"):
        assert found[name]["state"] == corrected
        assert found[name]["value"] is found[name]["low"] is found[name]["high"] is None


def test_the_length_of_a_recording_counts_as_time_on_which_nobody_marks_anything(
    labelwright: Any, tmp_path: Path
) -> None:
    shipped = template_folders()["speaker-diarization"] / "export.json"
    tasks = json.loads(shipped.read_text("utf-8"))
    found = []
    timed = [r for t in tasks for a in t["annotations"] for r in a["result"] if "original_length" in r]
    for longer in (None, 0.0, 60.0):
        for result in timed:
            if longer is None:
                del result["original_length"]
            else:
                result["original_length"] = 4.0 + longer
        export = tmp_path / "export.json"
        export.write_text(json.dumps(tasks))
        ran = labelwright(
            "agreement", export, "--template", "speaker-diarization", "--json", "--resamples", 0
        )
        measures = json.loads(ran.out)["controls"]["speakers"]["measures"]
        found.append((measures["percent"]["value"], measures["marked_percent"]["value"]))
    unknown, short, long = found
    assert unknown[0] < short[0] < long[0] and long[0] > 0.95
    assert unknown[1] == short[1] == long[1]


def test_a_measure_that_nobody_knows_is_misuse(labelwright: Any) -> None:
    export = template_folders()["email-classification"] / "export.json"
    ran = labelwright("agreement", export, "-t", "email-classification", "--measure", "zzz")
    assert ran.code == 2 and "'zzz'" in ran.err and "krippendorff_alpha" in ran.err
