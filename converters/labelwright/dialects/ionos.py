"""IONOS AI Model Studio: chat messages, images as base64 data URIs.

Text conversations have string contents; as soon as there is an image, every message has typed parts.
The service publishes no limits of size or number.
"""

from __future__ import annotations

from functools import partial

from labelwright.contracts import Dialect, MediaRules
from labelwright.dialects._chat import ChatDialect
from labelwright.dialects._image_rules import image_parts
from labelwright.dialects._messages import (
    ends_with_assistant,
    has_content,
    has_user,
    one_content_shape,
    one_system_first,
    repeats,
)
from labelwright.dialects._rules import known_keys
from labelwright.dialects._targets import said

MEDIA = MediaRules()

plugin: Dialect = ChatDialect(
    name="ionos",
    title="IONOS AI Model Studio",
    reference="https://docs.ionos.com/cloud/ai/ai-model-studio",
    rules=(
        known_keys("messages"),
        ends_with_assistant,
        has_user,
        one_system_first,
        repeats,
        has_content,
        one_content_shape,
        partial(image_parts, limits=MEDIA),
        said,
    ),
    one_content_shape=True,
    media=MEDIA,
)
