"""YOLO figures, as Ultralytics lays them out: ``labels/train/NAME.txt`` per image, and ``data.yaml``.

A row is a class, the box (centre, width, height) and x, y and 0 (not there), 1 (covered) or 2 (in sight) of
each joint, in the order of the template's skeleton. A box in the figure's group is its box, else it is the
extent of its joints. ``data.yaml`` has ``kpt_shape``, the joints' names, and ``flip_idx`` if joints are named
left and right.

``data.yaml`` names the classes in the template's order and the lists of images (``train.txt``, ``val.txt``);
these are to be put where the lists say, into ``images/train`` and so on. An image with nothing on it has an
empty label file. What is read needs its images, since nothing else tells their size.
"""

from __future__ import annotations

from labelwright.formats._yolo import Yolo
from labelwright.formats._yolo_rows import POSE

plugin = Yolo("yolo-pose", "YOLO figures with joints", POSE)
