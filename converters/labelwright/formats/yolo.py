"""YOLO boxes, as Ultralytics lays them out: ``labels/train/NAME.txt`` per image, and ``data.yaml``.

A row is a class, and centre x and y, width and height as shares of the image's size.

``data.yaml`` names the classes in the template's order and the lists of images (``train.txt``, ``val.txt``);
these are to be put where the lists say, into ``images/train`` and so on. An image with nothing on it has an
empty label file. What is read needs its images, since nothing else tells their size.

Read are these, CVAT's "YOLO 1.1" with ``obj.data``, and label files with a ``classes.txt``.
"""

from __future__ import annotations

from labelwright.formats._yolo import Yolo
from labelwright.formats._yolo_rows import DETECT

plugin = Yolo("yolo", "YOLO boxes", DETECT)
