"""Tells JPEG files whose picture is damaged, which OpenCV decodes without a word."""

from __future__ import annotations

import av

_START = b"\xff\xd8"
_SCAN, _COMMENT = 0xDA, 0xFE
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_APPLICATION = range(0xE0, 0xF0)


def is_damaged(data: bytes) -> bool:
    """Returns whether a JPEG file breaks off, or holds what no encoder writes.

    FFmpeg decodes it and stops at the first fault. Damage that leaves codes which can
    be decoded, and as many pixels as there must be, is not seen.

    Args:
        data: bytes of a file.

    Returns:
        False also for a file of another format, or of a kind of JPEG that FFmpeg does
        not know.
    """
    if not data.startswith(_START) or not _stops(data):
        return False
    # Faults in what cameras write besides the picture are none of it.
    return _stops(_picture_alone(data))


def _stops(data: bytes) -> bool:
    decoder = av.CodecContext.create("mjpeg", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.options = {"err_detect": "explode"}
    decoder.thread_count = 1
    try:
        decoder.decode(av.Packet(data))
        decoder.decode(None)
    except av.error.InvalidDataError:
        return True
    except av.error.FFmpegError:
        return False
    return False


def _picture_alone(data: bytes) -> bytes:
    """Returns a JPEG without the segments that applications and comments have."""
    kept, place = [_START], len(_START)
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        if marker == _SCAN:
            break
        length = (
            0
            if marker in _WITHOUT_LENGTH
            else int.from_bytes(data[place + 2 : place + 4], "big")
        )
        end = place + 2 + length
        if marker not in _APPLICATION and marker != _COMMENT:
            kept.append(data[place:end])
        place = end
    return b"".join(kept) + data[place:]
