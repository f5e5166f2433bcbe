"""Speed and memory of the main job, as ratios beside references in the same run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from export_maker import write_export
from measuring import interleaved, labelwright, python, ratio, show

pytestmark = pytest.mark.benchmark

ITEMS = int(os.environ.get("LABELWRIGHT_BENCHMARK_ITEMS", "200000"))
ORJSON = """
import gc, sys, orjson
gc.disable()
data = orjson.loads(open(sys.argv[1], "rb").read())
open(sys.argv[2], "wb").write(orjson.dumps(data))
"""
SDK = """
import sys
from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.converter import Format
config = open(sys.argv[2]).read()
Converter(config, project_dir=None).convert(sys.argv[1], sys.argv[3], Format.JSON_MIN, is_dir=False)
"""


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_export(tmp_path_factory.mktemp("export") / "export.json", ITEMS)


def convert(
    export: Path, target: Path, *more: str, template: str = "email-classification"
) -> list[str | Path]:
    return labelwright(
        "convert", export, "--template", template, "--to", "openai", "-o", target, "--force", *more
    )  # fmt: skip


def jinja_template(folder: Path) -> Path:
    """The same template, with a user message that needs Jinja."""
    from labelwright.registry import template_folders

    source = template_folders()["email-classification"]
    target = folder / "email-classification"
    target.mkdir()
    for name in ("template.toml", "label_studio.xml"):
        (target / name).write_text((source / name).read_text())
    path = target / "template.toml"
    plain = 'user = "{{ inputs.text }}"'
    assert plain in path.read_text()
    path.write_text(
        path.read_text().replace(plain, 'user = "{% if inputs.text %}{{ inputs.text | trim }}{% endif %}"')
    )
    return target


def test_the_main_job_beside_loading_and_dumping(export: Path, tmp_path: Path) -> None:
    costs = interleaved(
        {
            "orjson loads + dumps": python(ORJSON, export, tmp_path / "dump.json"),
            "convert": convert(export, tmp_path / "train.jsonl"),
            "convert, Jinja": convert(
                export, tmp_path / "jinja.jsonl", template=str(jinja_template(tmp_path))
            ),
            "convert --jobs 2": convert(export, tmp_path / "two.jsonl", "--jobs", "2"),
        }
    )
    show(f"{ITEMS} items x 3 annotators, {export.stat().st_size >> 20} MB", costs)
    plain, jinja = (ratio(costs, n, "orjson loads + dumps") for n in ("convert", "convert, Jinja"))
    wall = ratio(costs, "convert --jobs 2", "convert", "wall")
    peak = max(c.peak_mb for c in costs["convert"])
    print(f"  CPU ratio {plain:.2f} (Jinja {jinja:.2f}), --jobs 2 wall ratio {wall:.2f}, peak {peak:.0f} MB")
    assert (tmp_path / "train.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert plain <= 0.9
    assert peak <= 100
    assert wall <= 0.7


def test_memory_does_not_grow_with_the_file(export: Path, tmp_path: Path) -> None:
    small = write_export(tmp_path / "small.json", ITEMS // 4)
    costs = interleaved(
        {
            "a quarter": convert(small, tmp_path / "small.jsonl"),
            "all": convert(export, tmp_path / "all.jsonl"),
        },
        rounds=1,
    )
    show("memory", costs)
    assert costs["all"][0].peak_mb <= costs["a quarter"][0].peak_mb * 1.25


def test_beside_the_sdks_smallest_conversion(tmp_path: Path) -> None:
    from labelwright.registry import template_folders

    export = write_export(tmp_path / "export.json", 20_000)
    config = template_folders()["email-classification"] / "label_studio.xml"
    costs = interleaved(
        {
            "label-studio-sdk JSON_MIN": python(SDK, export, config, tmp_path / "sdk"),
            "convert": convert(export, tmp_path / "train.jsonl"),
        }
    )
    show("20000 items", costs)
    times = 1 / ratio(costs, "convert", "label-studio-sdk JSON_MIN")
    print(f"  {times:.1f} times less CPU")
    assert times >= 7
