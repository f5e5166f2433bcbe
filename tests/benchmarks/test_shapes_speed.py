"""Boxes from the tools into annotation formats, beside other converters in the same run.

The others live in the environment that ``make readers`` makes, so that theirs are their own versions.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from measuring import Cost, interleaved, labelwright, python, ratio, show
from shapes_maker import CONFIG, write_cvat, write_images, write_label_studio

pytestmark = pytest.mark.benchmark

IMAGES = int(os.environ.get("LABELWRIGHT_BENCHMARK_IMAGES", "50000"))
READERS = Path(os.environ.get("LABELWRIGHT_READERS", ".servers/readers"))
LABELFORMAT = """
import sys
from pathlib import Path
from labelformat.formats.cvat import CVATObjectDetectionInput
from labelformat.formats.coco import COCOObjectDetectionOutput
COCOObjectDetectionOutput(Path(sys.argv[2])).save(CVATObjectDetectionInput(Path(sys.argv[1])))
"""
DATUMARO = """
import sys
from datumaro.components.dataset import Dataset
Dataset.import_from(sys.argv[1], "cvat").export(sys.argv[2], "coco_instances", save_media=False)
"""
SDK = """
import sys
from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.converter import Format
config = open(sys.argv[2]).read()
converter = Converter(config, project_dir=None, download_resources=False)
converter.convert(sys.argv[1], sys.argv[3], Format[sys.argv[4]], is_dir=False)
"""


def vision(code: str, *arguments: str | Path) -> list[str | Path]:
    """Python code for the environment of the vision readers."""
    return [READERS / "vision" / "bin" / "python", "-c", code, *arguments]


def convert(source: Path, target: str, out: Path, *more: str | Path) -> list[str | Path]:
    """Our own command; nobody answered twice, so that there is no agreement to ask for."""
    return labelwright("convert", source, "--to", target, "-o", out, "--force", "--no-gate", *more)


def times_less(costs: dict[str, list[Cost]], ours: str, theirs: str) -> float:
    """How many times less CPU ours takes."""
    found = 1 / ratio(costs, ours, theirs)
    print(f"  {ours}: {found:.1f} times less CPU than {theirs}")
    return found


def test_cvat_boxes_to_coco(tmp_path: Path) -> None:
    folder = tmp_path / "cvat"
    folder.mkdir()
    source = write_cvat(folder / "annotations.xml", IMAGES)
    write_images(folder / "images", IMAGES)  # datumaro reads no annotation of an image that is not there
    costs = interleaved(
        {
            "labelformat": vision(LABELFORMAT, source, tmp_path / "labelformat.json"),
            "datumaro": vision(DATUMARO, folder, tmp_path / "datumaro"),
            "convert": convert(source, "coco", tmp_path / "c.json"),
        }
    )
    show(f"{IMAGES} images, {source.stat().st_size >> 20} MB of CVAT XML to COCO", costs)
    assert (tmp_path / "c.json").stat().st_size > IMAGES * 500
    peak = max(c.peak_mb for c in costs["convert"])
    assert times_less(costs, "convert", "labelformat") >= 4
    assert times_less(costs, "convert", "datumaro") >= 4
    assert peak <= 64


@pytest.mark.parametrize(("target", "theirs", "least"), [("coco", "COCO", 8), ("yolo", "YOLO", 4)])
def test_label_studio_boxes(tmp_path: Path, target: str, theirs: str, least: float) -> None:
    export = write_label_studio(tmp_path / "export.json", 5_000)
    config = tmp_path / "config.xml"
    config.write_text(CONFIG)
    out = tmp_path / ("ours.json" if target == "coco" else "ours")
    costs = interleaved(
        {
            "label-studio-sdk": python(SDK, export, config, tmp_path / "sdk", theirs),
            "convert": convert(export, target, out, "--label-config", config),
        }
    )
    show(f"5000 tasks of 10 boxes to {target}", costs)
    assert out.exists()
    assert times_less(costs, "convert", "label-studio-sdk") >= least
