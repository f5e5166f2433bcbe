"""Opens a data set of images with Datumaro and supervision; prints images, labels and boxes as JSON.

Arguments: the form (yolo, voc), the data set's folder, the folder of images of one side.
"""

import json
import sys
from pathlib import Path

import datumaro
import supervision


def by_datumaro(form: str, folder: Path) -> dict[str, list[list[object]]]:
    """Boxes by image: label and x, y, width, height."""
    data = datumaro.Dataset.import_from(str(folder), form)
    labels = data.categories()[datumaro.AnnotationType.label]
    return {
        item.id: [
            [labels[one.label].name, *map(float, one.get_bbox())]
            for one in item.annotations
            if one.type == datumaro.AnnotationType.bbox
        ]
        for item in data
    }


def by_supervision(form: str, folder: Path, images: Path) -> dict[str, list[list[object]]]:
    """Boxes by image: label and x1, y1, x2, y2."""
    if form == "yolo":
        labels = folder / "labels" / images.name
        data = supervision.DetectionDataset.from_yolo(str(images), str(labels), str(folder / "data.yaml"))
    else:
        data = supervision.DetectionDataset.from_pascal_voc(str(images), str(folder / "Annotations"))
    found = {}
    for path, _, boxes in data:
        held = zip(boxes.class_id.tolist(), boxes.xyxy.tolist(), strict=True)
        found[Path(path).stem] = [[data.classes[label], *box] for label, box in held]
    return found


def main(form: str, folder: Path, images: Path) -> None:
    """Print what both read."""
    found = {"datumaro": by_datumaro(form, folder), "supervision": by_supervision(form, folder, images)}
    print(json.dumps(found))


main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
