"""What an image in a row really is: the names that rules use of ``labelwright.io.pictures``."""

from __future__ import annotations

from labelwright.io.pictures import DataUri, Picture, look, parse_data_uri

__all__ = ["DataUri", "Picture", "look", "parse_data_uri"]
