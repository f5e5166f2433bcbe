"""Reads texts with places in images as the models' own programs and supervision do; prints JSON.

Argument: a JSON file of ``{"texts": [{"notation", "text", "size", "input_size"}], "sizes": [[w, h, factor,
min_pixels, max_pixels]]}``. Prints ``{"texts": [[[label, x1, y1, x2, y2], ...]], "sizes": [[w, h]]}``: boxes
in pixels, or ``[label, x, y]`` of points. What a program computes with torch is computed with numpy instead.
"""

import importlib
import json
import re
import sys
import types
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import supervision as sv
from transformers.models.florence2 import processing_florence2
from transformers.models.kosmos2.processing_kosmos2 import clean_text_and_extract_entities_with_bboxes

Size = tuple[int, int]
Places = list[list[Any]]
VLMS = {
    "paligemma": sv.VLM.PALIGEMMA,
    "gemini": sv.VLM.GOOGLE_GEMINI_2_5,
    "box_2d": sv.VLM.GOOGLE_GEMINI_2_0,
    "qwen2.5-vl": sv.VLM.QWEN_2_5_VL,
    "qwen3-vl": sv.VLM.QWEN_3_VL,
    "deepseek-vl2": sv.VLM.DEEPSEEK_VL_2,
}


def by_supervision(notation: str, text: str, size: Size, input_size: Size | None) -> Places:
    """PaliGemma, Gemini, Qwen and DeepSeek."""
    more = {"input_wh": tuple(input_size)} if input_size else {}
    found = sv.Detections.from_vlm(VLMS[notation], text, resolution_wh=tuple(size), **more)
    return [[str(n), *map(float, box)] for n, box in zip(found.data["class_name"], found.xyxy, strict=True)]


def by_kosmos(text: str, size: Size) -> Places:
    """Kosmos-2's processor of transformers."""
    width, height = size
    _, entities = clean_text_and_extract_entities_with_bboxes(text)
    return [
        [label, x1 * width, y1 * height, x2 * width, y2 * height]
        for label, _, boxes in entities
        for x1, y1, x2, y2 in boxes
    ]


def dequantized(bins: Any, size: Size) -> Any:
    """Florence-2's conversion of bins, restated without torch: the middle of each, in whole pixels."""
    return ((bins + 0.5) * np.array([*size, *size]) / 1000).astype(int)


processing_florence2.torch = types.SimpleNamespace(tensor=np.array)


def by_florence(text: str, size: Size) -> Places:
    """Florence-2's post processor of transformers."""
    no_tokens = types.SimpleNamespace(all_special_tokens=[])  # parsing text needs none
    parser: Any = processing_florence2.Florence2PostProcessor({}, no_tokens)
    parser.dequantize = dequantized
    found = parser.parse_description_with_bboxes_from_text_and_spans(text, tuple(size))
    return [[one["cat_name"], *map(float, one["bbox"])] for one in found]


def by_internvl(text: str, size: Size) -> Places:
    """InternVL; no program of it can be had without torch, so this is a pattern of our own."""
    found: Places = []
    for label, boxes in re.findall(r"<ref>(.*?)</ref><box>(\[\[.*?\]\])</box>", text, re.S):
        for box in re.findall(r"\[(\d+), (\d+), (\d+), (\d+)\]", boxes):
            found.append([label, *(int(n) / 1000 * size[i % 2] for i, n in enumerate(box))])
    return found


def by_molmo(text: str, size: Size) -> Places:
    """Molmo, by a pattern of our own: pairs of percent, of which those above 100 are dropped."""
    found: Places = []
    for element, label in re.findall(r"<points? (.*?)>(.*?)</points?>", text, re.S):
        for x, y in re.findall(r'x\d*="\s*([0-9.]+)"\s+y\d*="\s*([0-9.]+)"', element):
            point = (float(x), float(y))
            if max(point) <= 100:
                found.append([label, point[0] / 100 * size[0], point[1] / 100 * size[1]])
    return found


def resized(sizes: list[list[int]]) -> list[list[int]]:
    """Qwen's own smart_resize; its module's imports of torch stand empty."""
    for name in ("torch", "torchvision", "torchvision.transforms"):
        sys.modules[name] = MagicMock()
    qwen = importlib.import_module("qwen_vl_utils.vision_process")
    found = [qwen.smart_resize(h, w, factor, least, most) for w, h, factor, least, most in sizes]
    return [[w, h] for h, w in found]


OWN = {"kosmos-2": by_kosmos, "florence-2": by_florence, "internvl": by_internvl, "molmo": by_molmo}


def read(one: dict[str, Any]) -> Places:
    """What the reader of one text's notation finds."""
    if one["notation"] in OWN:
        return OWN[one["notation"]](one["text"], one["size"])
    return by_supervision(one["notation"], one["text"], one["size"], one.get("input_size"))


def main(path: Path) -> None:
    """Print what is read."""
    asked = json.loads(path.read_text(encoding="utf-8"))
    texts = [read(one) for one in asked["texts"]]
    print(json.dumps({"texts": texts, "sizes": resized(asked["sizes"])}))


main(Path(sys.argv[1]))
