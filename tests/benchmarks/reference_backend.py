"""Label Studio's own ML backend with a trivial model, for gunicorn in an environment that has it.

As its shipped Dockerfile serves it: ``gunicorn --workers 1 --threads 8 reference_backend:app``. The model
takes ``LOADING`` seconds to load (0: none), busy in steps of ``STEP`` as the predictor that it stands for;
what it keeps is in ``MODELS``.
"""

import os
import time
from typing import Any

from label_studio_ml.api import init_app
from label_studio_ml.model import LabelStudioMLBase


class Model(LabelStudioMLBase):  # type: ignore[misc]
    """Answers each task alike."""

    def __init__(self, **given: Any) -> None:
        """Be busy for a while."""
        super().__init__(**given)
        until = time.monotonic() + float(os.environ.get("LOADING", "0"))
        while time.monotonic() < until:
            sum(range(int(os.environ["STEP"])))

    def predict(self, tasks: list[dict[str, Any]], **given: Any) -> list[dict[str, Any]]:
        """A choice for each task."""
        value = {"choices": ["SUPPORT_REQUEST"]}
        result = {"from_name": "category", "to_name": "text", "type": "choices", "value": value}
        return [{"result": [result], "score": 0.5} for _ in tasks]


app = init_app(model_class=Model, model_dir=os.environ["MODELS"])
