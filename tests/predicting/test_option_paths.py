"""A configured predictor in a process of its own: its files lie beside the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chatting import headers, question
from talking import Said, says, talking

from labelwright.predicting.apart import Apart
from labelwright.service.config.load import parsed
from labelwright.service.predicting import models

PATTERNS = '[[pattern]]\nlabel = "PER"\nterms = ["Anna"]\n'


def configured(folder: Path, text: str) -> dict[str, Apart]:
    """The predictors of a configuration in a folder."""
    folder.mkdir(exist_ok=True)
    path = folder / "labelwright.toml"
    path.write_text(text)
    return models(parsed(text, path))


def test_files_of_options_are_those_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = '[predictors.names]\npredictor = "patterns"\ntemplate = "named-entities"\n'
    versions = []
    for name, more in (("a", ""), ("b", 'options = { file = "patterns.toml" }\n'), ("c", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "patterns.toml").write_text(PATTERNS + ("\n" if name == "c" else ""))
        monkeypatch.chdir(tmp_path)
        (one,) = configured(tmp_path / name, told + more).values()
        assert one._model.asked.option("file") == str(tmp_path / name / "patterns.toml")
        versions.append(one.version)
    assert versions[0] == versions[1] != versions[2], "what is in the file counts, not where it lies"


def test_a_chat_model_is_asked_from_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret")

    def answered(n: int, body: Any) -> Said:
        return says({"category": "SALES_INQUIRY"})

    with talking(answered) as talk:
        told = f"""[predictors.mails]
predictor = "chat"
template = "email-classification"
[predictors.mails.options]
url = "{talk.url}/v1"
model = "m"
key_file = "key"
allow_private = "yes"
max_cost = "0.000001"
price_in = "1"
"""
        (served,) = configured(tmp_path, told).values()
        before = served.version
        try:
            served.start()
            template = served.template
            first = served.predict([question(template, "1", text="How much?", subject="Price")])
            second = served.predict([question(template, "2", text="How much?", subject="Price")])
            assert served.version == before
        finally:
            served.close()
    assert first[0].answers == {"category": "SALES_INQUIRY"} and first[0].problems == []
    assert [p.code for p in second[0].problems] == ["chat.cost-reached"]
    assert [headers(h.headers)["authorization"] for h in talk.heard] == ["Bearer s3cret"]
