"""YOLO outlines, as Ultralytics lays them out: ``labels/train/NAME.txt`` per image, and ``data.yaml``.

A row is a class, and x and y of each corner as shares of the image's size. Boxes are four corners, masks
the edges of their pixels, ellipses polygons within 0.25 pixels. Each part of a shape is a row; holes are
filled.

``data.yaml`` names the classes in the template's order and the lists of images (``train.txt``, ``val.txt``);
these are to be put where the lists say, into ``images/train`` and so on. An image with nothing on it has an
empty label file. What is read needs its images, since nothing else tells their size.
"""

from __future__ import annotations

from labelwright.formats._yolo import Yolo
from labelwright.formats._yolo_rows import SEGMENT

plugin = Yolo("yolo-seg", "YOLO outlines", SEGMENT)
