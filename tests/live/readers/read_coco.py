"""Opens a COCO and a Datumaro file with readers of vision: ``read_coco.py COCO.json DATUMARO_FOLDER IMAGES``.

Prints the boxes that each finds, and what an evaluator says of the COCO file as its own detections.
"""

import contextlib
import copy
import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import datumaro
import supervision
from faster_coco_eval import COCO, COCOeval_faster
from pycocotools.coco import COCO as Original

warnings.filterwarnings("ignore")


def boxes_of_coco(found: Any) -> dict[str, list[list[Any]]]:
    return {
        image["file_name"]: sorted(
            [found.cats[note["category_id"]]["name"], *note["bbox"]] for note in found.imgToAnns[number]
        )
        for number, image in found.imgs.items()
    }


def boxes_of_supervision(path: str, images: str) -> dict[str, list[list[Any]]]:
    data = supervision.DetectionDataset.from_coco(images_directory_path=images, annotations_path=path)
    found = {}
    for name, _, detections in data:
        found[Path(name).name] = sorted(
            [data.classes[label], float(x1), float(y1), float(x2 - x1), float(y2 - y1)]
            for (x1, y1, x2, y2), label in zip(detections.xyxy, detections.class_id, strict=True)
        )
    return found


def shapes_of_datumaro(path: str, form: str) -> dict[str, list[list[Any]]]:
    data = datumaro.Dataset.import_from(path, form)
    labels = data.categories()[datumaro.AnnotationType.label]
    return {
        item.id: sorted(
            [mark.type.name, labels[mark.label].name, *(float(n) for n in mark.get_bbox())]
            for mark in item.annotations
            if mark.type.name not in ("label", "cuboid_2d")
        )
        for item in data
    }


def evaluated(path: str, kind: str) -> list[float]:
    truth = COCO(path)
    data = copy.deepcopy(truth.dataset)
    kept = [n for n in data["annotations"] if n["segmentation"] or kind == "bbox"]
    data["annotations"] = kept
    truth = COCO(data)
    rated = COCOeval_faster(truth, truth.loadRes([dict(n, score=1.0) for n in copy.deepcopy(kept)]), kind)
    rated.evaluate()
    rated.accumulate()
    rated.summarize()
    return [float(value) for value in rated.stats[:3]]


if __name__ == "__main__":
    coco, folder, images = sys.argv[1:]
    with contextlib.redirect_stdout(io.StringIO()):
        answer = {
            "pycocotools": boxes_of_coco(Original(coco)),
            "faster-coco-eval": boxes_of_coco(COCO(coco)),
            "supervision": boxes_of_supervision(coco, images),
            "datumaro": shapes_of_datumaro(folder, "datumaro"),
            "datumaro-coco": shapes_of_datumaro(str(Path(coco).parents[1]), "coco_instances"),
            "bbox": evaluated(coco, "bbox"),
            "segm": evaluated(coco, "segm"),
        }
    print(json.dumps(answer))
