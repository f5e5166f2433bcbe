"""Label Studio's brush: run lengths packed bit by bit, of the four colour values of every pixel.

32 bits: how many values; 5: bits of a value, less one; four times 4: bits of a length, less one. Then
blocks: one bit that says whether one value is repeated, two that choose the bits of the length, the
length less one, and one value (repeated) or as many as the length says. The mask is the fourth value
(alpha) of each pixel. The notation is that of the rle-pack library, which the page uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelwright.geometry.rle import Whole, mask_of_runs, tight, window
from labelwright.geometry.shapes import Mask
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazily("numpy")

SIZES = (3, 4, 8, 16)
HEADER = 32 + 5 + 4 * len(SIZES)
HALF = 128
TOO_SHORT = "the brush's run lengths end too early"


def _data(rle: Sequence[int] | bytes) -> bytes:
    try:
        return bytes(rle)
    except (TypeError, ValueError) as error:
        raise ValueError("the brush's run lengths must be whole numbers from 0 to 255") from error


def _head(data: bytes) -> tuple[int, int, list[int]]:
    """How many values, the bits of one, the bits of the four kinds of length."""
    head = int.from_bytes(data[:7].ljust(7, b"\0"), "big") >> 3
    if len(data) * 8 < HEADER:
        raise ValueError(TOO_SHORT)
    word = (head >> 16 & 31) + 1
    if word > 8:
        raise ValueError(f"the brush's values have {word} bits; 8 is the most a colour has")
    return head >> 21, word, [(head >> shift & 15) + 1 for shift in (12, 8, 4, 0)]


def _windows(data: bytes) -> Whole:
    """The 32 bits that begin at each byte."""
    padded = np.frombuffer(data + bytes(4), dtype=np.uint8).astype(np.int64)
    found: Whole = padded[:-4] << 24 | padded[1:-3] << 16 | padded[2:-2] << 8 | padded[3:-1]
    return found


def _blocks(data: bytes, windows: list[int]) -> tuple[int, int, list[int], list[int], list[int]]:
    """Walk from block to block.

    Returns: how many values and the bits of one; per block the position of its first value, how many
    values are written, and how many times each of them is repeated (one of the two is 1).
    """
    count, word, sizes = _head(data)
    kinds = [(16 - size, 3 + size) for size in sizes] * 2
    places, written, repeats = [], [], []
    at, left, end = HEADER, count, len(data) * 8
    while left > 0:
        if at + 3 > end:
            raise ValueError(TOO_SHORT)
        bits = windows[at >> 3] >> (13 - (at & 7)) & 0x7FFFF
        drop, head = kinds[bits >> 16]
        length = ((bits & 0xFFFF) >> drop) + 1
        at += head
        left -= length
        places.append(at)
        if bits >> 18:
            written.append(1)
            repeats.append(length)
            at += word
        else:
            written.append(length)
            repeats.append(1)
            at += word * length
    if at > end:
        raise ValueError(TOO_SHORT)
    if left < 0:
        raise ValueError("the brush's last run reaches past the end")
    return count, word, places, written, repeats


def _values(rle: Sequence[int] | bytes) -> tuple[int, NDArray[np.uint8], Whole]:
    """How many values there are; the values as written, and how often each is repeated."""
    data = _data(rle)
    windows = _windows(data)
    count, word, places, written, repeats = _blocks(data, windows.tolist())
    amount = np.asarray(written, dtype=np.int64)
    place = np.asarray(places, dtype=np.int64)
    if len(written) and amount.max() > 1:
        within = np.arange(int(amount.sum())) - np.repeat(np.cumsum(amount) - amount, amount)
        place = np.repeat(place, amount) + within * word
        times = np.repeat(np.asarray(repeats, dtype=np.int64), amount)
    else:
        times = np.asarray(repeats, dtype=np.int64)
    values = windows[place >> 3] >> (32 - word - (place & 7)) & (1 << word) - 1
    return count, values.astype(np.uint8), times


def decode_brush(rle: Sequence[int] | bytes) -> NDArray[np.uint8]:
    """All values, flat: red, green, blue and alpha of the first pixel, of the second, and so on.

    Raises:
        ValueError: the numbers are no bytes, end too early, or say more values than they announce.
    """
    _, values, times = _values(rle)
    return np.repeat(values, times)


def mask_from_brush(
    rle: Sequence[int] | bytes, width: int, height: int, threshold: int = HALF
) -> tuple[Mask, int]:
    """The mask of a brush's alpha, in its smallest box, and how far it was a matter of judgement.

    Returns: pixels whose alpha is ``threshold`` or more, and how many pixels had an alpha that is
    neither 0 nor 255 (the soft edge that the page draws): where that is 0, the mask is exact.

    Raises:
        ValueError: the run lengths are damaged, or are those of another image size.
    """
    count, values, times = _values(rle)
    if count != 4 * width * height:
        raise ValueError(
            f"the brush has {count} values, but {width} x {height} pixels have {4 * width * height}"
        )
    ends = np.cumsum(times)
    # Alpha is value 3 of every 4: a run of values holds that of the pixels from start // 4 to end // 4.
    first, last = (ends - times) // 4, ends // 4
    lengths = last - first
    soft = int(lengths[(values != 0) & (values != 255)].sum())
    drawn = (values >= threshold) & (lengths > 0)
    return tight(mask_of_runs(0, 0, width, height, (first[drawn], last[drawn]))), soft


def _packed(codes: NDArray[np.uint64], sizes: Whole) -> bytes:
    """Numbers of so many bits each, one after the other."""
    ends = np.cumsum(sizes)
    code = np.repeat(codes, sizes)
    shift = np.repeat(ends, sizes) - 1 - np.arange(int(ends[-1]))
    return np.packbits((code >> shift.astype(np.uint64) & np.uint64(1)).astype(np.uint8)).tobytes()


def _encode_runs(count: int, lengths: Whole, values: NDArray[np.uint8]) -> list[int]:
    """The brush of runs of values, byte for byte as label-studio-sdk writes it."""
    longest = 1 << SIZES[-1]
    pieces = np.maximum((lengths - 1) // longest, 0) + 1
    last = np.cumsum(pieces) - 1
    piece = np.full(int(pieces.sum()), longest, dtype=np.int64)
    piece[last] = lengths - (pieces - 1) * longest
    kind = np.searchsorted([1 << size for size in SIZES], piece)
    kind[last[pieces > 1]] = len(SIZES) - 1  # the rest of a long run keeps the longest form
    size = np.asarray(SIZES)[kind]
    repeated = (piece > 1) | (np.repeat(pieces, pieces) > 1)
    code = (repeated.astype(np.uint64) << np.uint64(2)) | kind.astype(np.uint64)
    code = code << size.astype(np.uint64) | (piece - 1).astype(np.uint64)
    code = code << np.uint64(8) | np.repeat(values, pieces).astype(np.uint64)
    head = count << 21 | 7 << 16
    for shift, bits in zip((12, 8, 4, 0), SIZES, strict=True):
        head |= bits - 1 << shift
    codes = np.concatenate([np.asarray([head], dtype=np.uint64), code])
    sizes = np.concatenate([np.asarray([HEADER]), 11 + size])
    packed = _packed(codes, sizes)
    if int(sizes.sum()) % 8 == 0:
        packed += b"\0"
    return list(packed)


def encode_brush(values: NDArray[np.integer]) -> list[int]:
    """The brush of flat values (4 for each pixel), the inverse of ``decode_brush``."""
    flat = np.ravel(values).astype(np.uint8)
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    bounds = np.concatenate([[0], edges, [flat.size]]) if flat.size else np.zeros(1, dtype=np.int64)
    return _encode_runs(flat.size, np.diff(bounds), flat[bounds[:-1]])


def brush_of(mask: Mask, width: int, height: int) -> list[int]:
    """The brush of a mask in an image of this size: all four values of a pixel 255 or 0.

    Raises:
        ValueError: foreground lies outside the image; ``clip_mask`` cuts it off.
    """
    mask = tight(mask)
    if mask.x < 0 or mask.y < 0 or mask.x + mask.width > width or mask.y + mask.height > height:
        raise ValueError(f"the mask reaches outside an image of {width} x {height}")
    counts = np.asarray(window(mask, 0, 0, width, height).counts, dtype=np.int64) * 4
    values = (np.arange(counts.size) % 2 * 255).astype(np.uint8)
    return _encode_runs(4 * width * height, counts[counts > 0], values[counts > 0])
