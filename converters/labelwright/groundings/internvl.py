"""InternVL: ``<ref>label</ref><box>[[x1, y1, x2, y2], ...]</box>``, 0 to 1000, within a sentence too.

In a list, the boxes of one label stand together, as the documents of the training data have it.
"""

from __future__ import annotations

import re

from labelwright.groundings._nested import Nested


class InternVL(Nested):
    """See the module."""

    name = "internvl"
    title = "InternVL"
    reference = "https://internvl.readthedocs.io/en/latest/get_started/chat_data_format.html"
    tags = ("<ref>", "</ref>", "<box>", "</box>")
    element = re.compile(r"<ref>(?P<label>.*?)</ref><box>(?P<places>.*?)</box>", re.DOTALL)
    foreign = re.compile(r"</?(?:ref|box)>")


plugin = InternVL()
