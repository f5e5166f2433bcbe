"""What every tool promises, whichever it is."""

from __future__ import annotations

import importlib

import pytest

from labelwright.contracts import Source, Tool
from labelwright.registry import ASKS, HOST, WRITE, formats, template_folders, tools
from labelwright.render.load import load_template


@pytest.mark.parametrize("tool", tools().values(), ids=tools())
def test_a_tool_is_named_and_its_capabilities_exist(tool: Tool) -> None:
    assert tool.name == tool.name.lower() and " " not in tool.name
    assert tool.title
    for verb, where in tool.capabilities.items():
        module, _, function = where.partition(":")
        found = getattr(importlib.import_module(module), function)
        if verb == WRITE:  # no verb, but the format that the tool takes in
            assert formats()[tool.name] is found and found.name == tool.name
        elif verb == "webhook":  # no verb either; test_hooks.py holds it to its promises
            assert not callable(found)
        elif verb == HOST:
            assert found.prefix and callable(found.at_once) and callable(found.answer)
        elif verb == ASKS:
            assert callable(found.connect) and callable(found.disconnect)
        else:
            assert callable(found), verb


@pytest.mark.parametrize("tool", tools().values(), ids=tools())
@pytest.mark.parametrize("head", [b"", b"hello", b"\x00\x01\x02", b"{}", b"[]x", b"<html>", b"\xff\xfe"])
def test_a_tool_recognises_without_falling_over(tool: Tool, head: bytes) -> None:
    assert isinstance(tool.recognise(Source("nowhere.bin"), head), str)


@pytest.mark.parametrize("tool", tools().values(), ids=tools())
@pytest.mark.parametrize("name", sorted(template_folders()))
def test_no_template_drifts_from_its_configuration(tool: Tool, name: str) -> None:
    assert list(tool.lint_config(load_template(template_folders()[name]))) == []
