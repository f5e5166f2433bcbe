"""YOLO turned boxes, as Ultralytics lays them out: ``labels/train/NAME.txt`` per image, and ``data.yaml``.

A row is a class, and x and y of the four corners as shares of the image's size, clockwise from the one
that is top left before turning.

``data.yaml`` names the classes in the template's order and the lists of images (``train.txt``, ``val.txt``);
these are to be put where the lists say, into ``images/train`` and so on. An image with nothing on it has an
empty label file. What is read needs its images, since nothing else tells their size.

Without the key ``task`` nothing tells turned boxes from outlines: four corners in every row are taken for
turned boxes, and those that are no rectangle for outlines.
"""

from __future__ import annotations

from labelwright.formats._yolo import Yolo
from labelwright.formats._yolo_rows import OBB

plugin = Yolo("yolo-obb", "YOLO turned boxes", OBB)
