"""A service as it is run, asked as CVAT asks: by name at a port without a path, or at a predictor's own."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cvat_lambda import listed
from PIL import Image
from programs import free_ports
from service_process import Running, configured, running

FUNCTIONS = Path(__file__).parents[1] / "predicting" / "cvat_functions"
MORE = """
[predictors.all]
predictor = "{folder}/everything.py:Everything"
template = "{folder}"

[predictors.cars]
predictor = "{folder}/everything.py:Everything"
template = "{folder}"
controls = ["cars"]
options = {{ fails_on = "nothing" }}

[listen.nuclio]
port = {port}
predictors_from = {first}
"""
HEADERS = {  # as CVAT sends them
    "x-nuclio-project-name": "cvat",
    "x-nuclio-function-namespace": "nuclio",
    "x-nuclio-invoke-via": "domain-name",
    "X-Nuclio-Invoke-Timeout": "120s",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    first = free_ports(3)
    more = MORE.format(folder=FUNCTIONS, port=first, first=first + 1)
    with running(configured(tmp_path_factory.mktemp("served"), more=more)) as service:
        yield service.until_up(), first


def image() -> str:
    made = io.BytesIO()
    Image.new("RGB", (160, 120)).save(made, "JPEG")
    return base64.b64encode(made.getvalue()).decode()


def gateway(port: int, method: str, path: str, data: Any = None, function: str = "") -> Any:
    """What CVAT's gateway does: the answer, or the exception that it tells people."""
    named = {"x-nuclio-function-name": function, "x-nuclio-path": "/"} if function else {}
    with requests.Session() as session:
        session.trust_env = False
        url = f"http://127.0.0.1:{port}{path}"
        reply = session.request(method, url, headers={**HEADERS, **named}, timeout=120, json=data)
        reply.raise_for_status()
        return reply.json()


def test_functions_are_listed_without_a_key_and_say_their_ports(served: tuple[Running, int]) -> None:
    service, port = served
    functions = gateway(port, "GET", "/api/functions")
    found = {one["id"]: one["kind"] for one in listed(functions)}
    assert found == {
        "all": "detector", "all.interactor": "interactor", "all.tracker": "tracker",
        "cars": "detector", "cars.interactor": "interactor", "cars.tracker": "tracker",
    }  # fmt: skip
    assert functions["cars"]["status"] == {"state": "ready", "httpPort": port + 2}
    assert gateway(port, "GET", "/api/functions/cars") == functions["cars"]
    assert f"labelwright answers cars at port {port + 2} too" in service.said


def test_a_function_is_asked_by_name_and_at_its_own_port(served: tuple[Running, int]) -> None:
    _, port = served
    call = {"image": image(), "threshold": 0.3}
    by_name = gateway(port, "POST", "/api/function_invocations", call, "cars")
    assert [(one["label"], one["confidence"]) for one in by_name] == [("car", "0.42")]
    assert gateway(port + 2, "POST", "", call) == by_name
    assert len(gateway(port + 1, "POST", "/", {"image": image()})) == 10


def test_an_interactor_and_a_tracker_are_asked(served: tuple[Running, int]) -> None:
    _, port = served
    call: dict[str, Any] = {
        "image": image(),
        "pos_points": [],
        "neg_points": [],
        "obj_bbox": [[1, 1], [3, 3]],
    }
    answer = gateway(port, "POST", "/api/function_invocations", call, "cars.interactor")
    assert (len(answer["mask"]), len(answer["mask"][0]), sum(map(sum, answer["mask"]))) == (120, 160, 4)
    call = {"image": image(), "shapes": [{"type": "rectangle", "points": [1, 1, 9, 9]}], "states": []}
    answer = gateway(port + 2, "POST", "", call)
    call = {"image": image(), "shapes": [None], "states": json.loads(json.dumps(answer["states"]))}
    answer = gateway(port + 2, "POST", "", call)
    assert answer["shapes"] == [{"type": "rectangle", "points": [2, 1, 10, 9]}]


def test_why_something_cannot_be_answered_is_in_what_cvat_tells_people(served: tuple[Running, int]) -> None:
    _, port = served
    with pytest.raises(requests.HTTPError) as error:
        call = {"image": "!", "pos_points": [[1, 1]], "neg_points": []}
        gateway(port, "POST", "/api/function_invocations", call, "cars.interactor")
    assert str(error.value) == (
        f"422 Client Error: Unprocessable Entity for url: http://127.0.0.1:{port}/api/refused/422"
        "?because=the+image+of+the+call+is+no+base64"
    )
    with pytest.raises(requests.HTTPError, match=r"404 Client Error.*there\+is\+no\+predictor\+'x'"):
        gateway(port, "GET", "/api/functions/x")


def test_nothing_else_is_behind_that_port_and_the_key_holds_elsewhere(served: tuple[Running, int]) -> None:
    service, port = served
    for path in ("/", "/health", "/metrics", "/ml/cars/health", "/api/projects"):
        assert requests.get(f"http://127.0.0.1:{port}{path}", timeout=60).status_code == 404
    assert requests.get(f"{service.url}/nuclio/api/functions", timeout=60).status_code == 401
    key = (service.folder / "labelwright-data/secrets/predictors.key").read_text()
    headers = {"Authorization": f"Bearer {key}"}
    found = requests.get(f"{service.url}/nuclio/api/functions", headers=headers, timeout=60).json()
    assert found["cars"]["status"]["httpPort"] == port + 2


def test_too_large_an_image_is_not_taken(served: tuple[Running, int]) -> None:
    _, port = served
    body = b'{"image": "' + b"A" * 25_000_001
    url = f"http://127.0.0.1:{port}/api/function_invocations"
    answer = requests.post(url, data=body, timeout=60, headers={"x-nuclio-function-name": "cars"})
    assert answer.status_code == 413


def test_what_is_asked_at_such_a_port_is_counted_and_logged(served: tuple[Running, int]) -> None:
    service, port = served
    gateway(port, "POST", "/api/function_invocations", {"image": image()}, "all")
    told = requests.get(f"{service.url}/metrics", timeout=60).text
    assert any('predictor="all"' in line and "cvat.suggestion-unfit" in line for line in told.splitlines())
    assert "cvat.suggestion-unfit (1), shape.occluded-lost (1)" in service.said
