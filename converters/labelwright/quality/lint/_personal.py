"""Finds personal data by pattern and checksum, and masks it."""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from msgspec import Struct

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_PHONE = re.compile(
    r"(?<![\w+])(?<!\d[ .-])(?:\+|00)[1-9]\d{0,2}(?:[ ./()-]{0,2}\d){6,13}(?!\w)"
    r"|(?<![\w+.-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w-])"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4})(?![\w:]|\.\d)"
)
_SOCIAL = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
# Set aside for examples and documentation (RFC 2606, RFC 6761): nobody's.
_RESERVED = re.compile(r"(?:@|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$", re.I)
_FICTIONAL = re.compile(r"555[-. ]?01\d\d$")
_HINT = re.compile(r"\d{2}|@|:.*:", re.S)


class Found(Struct, frozen=True):
    """Something personal: what it is and where it stands in the text."""

    kind: str
    start: int
    end: int


def _valid_email(text: str) -> bool:
    return not _RESERVED.search(text)


def _valid_phone(text: str) -> bool:
    return not _FICTIONAL.search(text) and 7 <= sum(c.isdigit() for c in text) <= 15


def valid_iban(text: str) -> bool:
    """Whether the check digits of an IBAN are right (ISO 13616, ISO 7064 mod 97-10)."""
    compact = text.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def valid_card(text: str) -> bool:
    """Whether the check digit of a card number is right (ISO/IEC 7812-1, Luhn)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = [d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _valid_ip(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


def _any(_: str) -> bool:
    return True


# The surer kinds first: what one has claimed, the next may not.
_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("e-mail address", _EMAIL, _valid_email),
    ("IBAN", _IBAN, valid_iban),
    ("card number", _CARD, valid_card),
    ("IP address", _IP, _valid_ip),
    ("social security number", _SOCIAL, _any),
    ("phone number", _PHONE, _valid_phone),
)


def personal(text: str) -> Iterator[Found]:
    """What looks personal in a text, kind by kind; nothing is found twice."""
    if not _HINT.search(text):
        return
    taken: list[tuple[int, int]] = []  # apart from each other, in order
    for kind, pattern, valid in _KINDS:
        mine: list[tuple[int, int]] = []
        for match in pattern.finditer(text):
            if _free(match.span(), taken) and valid(match[0].rstrip()):
                mine.append(match.span())
                yield Found(kind, *match.span())
        taken = sorted(taken + mine)


def _free(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    """Whether a stretch touches none of those taken."""
    after = bisect_left(taken, span)
    before_ends = taken[after - 1][1] if after else 0
    next_starts = taken[after][0] if after < len(taken) else span[1]
    return before_ends <= span[0] and span[1] <= next_starts


def mask(text: str) -> str:
    """A value that can be found again by those who have the data, and by nobody else."""
    return f"{text[:1]}…{text[-2:]}" if len(text) >= 8 else f"{text[:1]}…"


def masked(text: str) -> str:
    """A text with everything personal in it masked."""
    found = sorted(personal(text), key=lambda f: f.start, reverse=True)
    for one in found:
        text = text[: one.start] + mask(text[one.start : one.end]) + text[one.end :]
    return text
