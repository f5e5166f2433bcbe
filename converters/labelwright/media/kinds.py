"""Types of files: by name, by their first bytes, and what their names end with."""

from __future__ import annotations

EXTENSIONS = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jfif": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
}
# What a file of a type is called: the first of its extensions.
ENDINGS = {kind: end for end, kind in reversed(EXTENSIONS.items())}
_HTML = (b"<!doctype", b"<html", b"<head", b"<body")


def type_of_name(name: str) -> str:
    """The media type that a name says; empty if it says none."""
    last = name.rpartition("/")[2].lower()
    return EXTENSIONS.get(f".{last.rpartition('.')[2]}", "") if "." in last else ""


def type_of_recording(head: bytes) -> str:
    """The media type of a film or sound by its first bytes, 64 or more; empty if it is neither."""
    if head[4:8] == b"ftyp":
        if head[8:12] in (b"M4A ", b"M4B "):
            return "audio/mp4"
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide"):  # QuickTime before there were brands
        return "video/quicktime"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12], "")
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE6 in (0xE2, 0xE4)):
        return "audio/mpeg"
    return {b"fLaC": "audio/flac", b"OggS": "audio/ogg"}.get(head[:4], "")


def what_it_is(head: bytes) -> str:
    """A few words on bytes that are not what was expected."""
    text = head[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_HTML):
        return "an HTML page"
    if text.startswith((b"<?xml", b"<svg")):
        return "an XML or SVG text"
    if text[:1] in (b"{", b"["):
        return "JSON text"
    if head.startswith(b"%PDF"):
        return "a PDF"
    if head.startswith(b"PK\x03\x04"):
        return "a zip archive"
    recording = type_of_recording(head)
    return recording or "something else"
