"""Guidelines as the page shows them: a small part of Markdown to plain HTML, all else escaped."""

from __future__ import annotations

import html
import re

HEADING = re.compile(r"(#{1,6})\s+(.*)")
BULLET = re.compile(r"\s*[-*]\s+(.*)")
NUMBERED = re.compile(r"\s*\d+[.)]\s+(.*)")
INLINE = ((re.compile(r"`([^`]+)`"), "code"), (re.compile(r"\*\*([^*]+)\*\*"), "strong"))


def to_html(markdown: str) -> str:
    """Headings, paragraphs, lists, code and bold; no attribute, no link, no markup of its own."""
    out: list[str] = []
    words: list[str] = []
    inside = ""
    for line in [*markdown.splitlines(), ""]:
        kind, text = _kind(line)
        continues = inside and not kind and line.strip() and line[:1].isspace()
        if continues and out[-1].endswith("</li>"):
            out[-1] = out[-1].removesuffix("</li>") + f" {_inline(line.strip())}</li>"
            continue
        if words and (kind or not line.strip()):
            out.append(f"<p>{_inline(' '.join(words))}</p>")
            words = []
        wanted = kind if kind in {"ul", "ol"} else ""
        if wanted != inside:
            out += [f"</{inside}>"] * bool(inside) + [f"<{wanted}>"] * bool(wanted)
            inside = wanted
        if wanted:
            out.append(f"<li>{_inline(text)}</li>")
        elif kind:
            out.append(f"<{kind}>{_inline(text)}</{kind}>")
        elif line.strip():
            words.append(line.strip())
    return "\n".join(out)


def _kind(line: str) -> tuple[str, str]:
    if match := HEADING.fullmatch(line.rstrip()):
        return f"h{len(match[1])}", match[2]
    if match := BULLET.fullmatch(line.rstrip()):
        return "ul", match[1]
    if match := NUMBERED.fullmatch(line.rstrip()):
        return "ol", match[1]
    return "", line


def _inline(text: str) -> str:
    text = html.escape(text, quote=False)
    for pattern, tag in INLINE:
        text = pattern.sub(rf"<{tag}>\1</{tag}>", text)
    return text
