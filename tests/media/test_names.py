"""Which files an item's address may mean."""

from __future__ import annotations

import pytest

from labelwright.media.names import base_names, relative_names, safe_name, scheme_of


@pytest.mark.parametrize(
    ("uri", "names"),
    [
        ("images/a.jpg", ["images/a.jpg"]),
        ("a%20b.jpg", ["a%20b.jpg", "a b.jpg"]),
        ("what? 100%.jpg", ["what? 100%.jpg"]),
        ("/data/local-files/?d=dir/a%20b.jpg", ["dir/a b.jpg"]),
        ("http://ls.example:8080/data/local-files/?d=dir/a.jpg", ["dir/a.jpg"]),
        (
            "/data/upload/3/0123abcd-a.jpg",
            ["upload/3/0123abcd-a.jpg", "3/0123abcd-a.jpg", "0123abcd-a.jpg"],
        ),
        ("s3://bucket/dir/a b.jpg", ["dir/a b.jpg"]),
        ("gs://bucket/dir/a%20b.jpg", ["dir/a%20b.jpg", "dir/a b.jpg"]),
        ("https://host/dir/a.jpg?size=big", ["dir/a.jpg"]),
        ("file:///srv/a.jpg", ["/srv/a.jpg"]),
        ("", []),
        ("/", []),
    ],
)
def test_relative_names(uri: str, names: list[str]) -> None:
    assert relative_names(uri) == names


def test_base_names_drop_the_prefix_of_label_studio_last() -> None:
    assert base_names("/data/upload/3/0123abcd-a%20b.jpg") == [
        "0123abcd-a%20b.jpg",
        "0123abcd-a b.jpg",
        "a%20b.jpg",
        "a b.jpg",
    ]
    assert base_names("x/0123ABCD-a.jpg") == ["0123ABCD-a.jpg"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("dir/a b.JPG", "a-b.png"),
        ("../..", "file.png"),
        (".hidden", "hidden.png"),
        ("ü" * 300, "file.png"),
        ("a" * 300 + ".jpg", "a" * 100 + ".png"),
        ("", "file.png"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name, ".png") == safe


def test_a_drive_is_no_scheme() -> None:
    assert [scheme_of(u) for u in ("C:/a.jpg", "S3://b/k", "a.jpg")] == ["", "s3", ""]
