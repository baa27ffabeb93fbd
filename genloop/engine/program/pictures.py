"""Pictures as bytes: what kind they are, how large, whether they move, and a still one of those that do.

Only what says where a picture begins and ends is read; no pixel is decoded, so nobody needs Pillow to build a site.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PNG = b"\x89PNG\r\n\x1a\n"
GIFS = (b"GIF87a", b"GIF89a")
MOVING = (b"acTL", b"fcTL", b"fdAT")
"""Chunks of a PNG that moves; without them its first picture is left."""
FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG behind which its size stands."""
ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers of a JPEG without a length."""


class Damaged(Exception):
    """Why these bytes are no picture of the kind that their name says."""


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    frames: int = 1
    still: bytes = b""
    """Its first frame as a picture of its own, if there are several."""
    alpha: bool = False
    """Whether a page may show through."""


def read_picture(name: str, data: bytes) -> Picture:
    """The picture that these bytes are, by the ending of its name. Raises Damaged if they are none."""
    ending = name.rpartition(".")[2]
    try:
        match ending:
            case "png":
                return _png(data)
            case "gif":
                return _gif(data)
            case "webp":
                return _webp(data)
            case _:
                return _jpeg(data)
    except IndexError:
        raise Damaged(f"is a {ending.upper()} that ends too early") from None


def _png(data: bytes) -> Picture:
    chunks = [*_png_chunks(data)]
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        raise Damaged("is a PNG that ends too early")
    head = data[16:26]
    width, height = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    frames = max(1, kinds.count(b"fcTL")) if b"acTL" in kinds else 1
    still = PNG + b"".join(whole for kind, whole in chunks if kind not in MOVING) if frames > 1 else b""
    return Picture(width, height, frames, still, alpha=head[9] in {4, 6})


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and bytes of each chunk, up to the end."""
    if not data.startswith(PNG):
        raise Damaged("is no PNG")
    at = len(PNG)
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kind, check = data[at + 4 : at + 8], data[at + 8 + size : at + 12 + size]
        if int.from_bytes(check, "big") != zlib.crc32(data[at + 4 : at + 8 + size]) or len(check) != 4:
            raise Damaged("is a damaged PNG")
        yield kind, data[at : at + 12 + size]
        if kind == b"IEND":
            return
        at += 12 + size


def _gif(data: bytes) -> Picture:
    if not data.startswith(GIFS):
        raise Damaged("is no GIF")
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    at = 13 + _table(data[10])
    frames, still, alpha = 0, b"", False
    while data[at] != 0x3B:
        if data[at] == 0x21:  # an extension: how long a frame stays, how often all are shown
            alpha |= not frames and data[at + 1] == 0xF9 and data[at + 3] & 1 == 1
            at = _after_blocks(data, at + 2)
        elif data[at] == 0x2C:
            at = _after_blocks(data, at + 11 + _table(data[at + 9]))
            frames += 1
            still = still or data[:at] + b"\x3b"
        else:
            raise Damaged("is a damaged GIF")
    if not (frames and width and height):
        raise Damaged("is a GIF without a picture")
    return Picture(width, height, frames, still if frames > 1 else b"", alpha)


def _table(flags: int) -> int:
    """The bytes of a table of colors."""
    return 3 * 2 ** (flags % 8 + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _jpeg(data: bytes) -> Picture:
    if not data.startswith(b"\xff\xd8\xff"):
        raise Damaged("is no JPEG")
    at = 2
    size: tuple[int, int] | None = None
    while data[at] == 0xFF and (marker := data[at + 1]) != 0xD9:
        if marker == 0xFF:  # what fills up
            at += 1
            continue
        length = 0 if marker in ALONE else int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in FRAME_HEADERS:
            size = int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + length
        if marker == 0xDA:  # the pixels, in which FF is followed by 0 or a mark to begin again
            at = data.find(b"\xff", at)
            while at >= 0 and (data[at + 1] == 0 or data[at + 1] in ALONE):
                at = data.find(b"\xff", at + 2)
            if at < 0:
                raise Damaged("is a JPEG that ends too early")
    if data[at] != 0xFF or size is None or not all(size):
        raise Damaged("is a damaged JPEG")
    return Picture(*size)


def _pair(data: bytes, at: int, size: int, more: int = 0) -> tuple[int, int]:
    """Width and height, of 14 bits where they have two bytes."""
    sides = (int.from_bytes(data[one : one + size], "little") for one in (at, at + size))
    width, height = (side & 0x3FFF if size == 2 else side for side in sides)
    return width + more, height + more


def _webp(data: bytes) -> Picture:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Damaged("is no WebP")
    end = 8 + int.from_bytes(data[4:8], "little")
    at, kinds = 12, set[bytes]()
    size: tuple[int, int] | None = None
    if end > len(data):
        raise Damaged("is a WebP that ends too early")
    while at + 8 <= end:
        kind, body = data[at : at + 4], at + 8
        kinds.add(kind)
        if kind == b"VP8X":
            size = _pair(data, body + 4, 3, 1)
        elif kind == b"VP8 " and size is None:
            size = _pair(data, body + 6, 2)
        elif kind == b"VP8L" and size is None:
            bits = int.from_bytes(data[body + 1 : body + 5], "little")
            size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        at = body + int.from_bytes(data[at + 4 : at + 8], "little")
        at += at % 2
    if b"ANIM" in kinds:
        raise Damaged("is a WebP that moves; save it as GIF")
    if size is None or not {b"VP8 ", b"VP8L"} & kinds:
        raise Damaged("is a WebP without a picture")
    return Picture(*size, alpha=bool({b"VP8L", b"ALPH"} & kinds))
