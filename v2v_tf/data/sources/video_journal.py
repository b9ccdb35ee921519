"""What became of each packet of a video: which frames its damage reaches.

Most codecs draw a frame on top of others, so that damage goes on until a frame that
stands for itself, a keyframe. Decoders say of it in three ways: they refuse a packet,
they mark a frame, or they tell it in FFmpeg's log alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence as ListOf
from dataclasses import dataclass, field
from types import TracebackType

import av.logging

# These mark what they could not read; their logs also tell of what does no harm, as
# where a stream was cut out of a longer one.
_MARKING = frozenset({"h264", "hevc", "vvc", "mpeg1video", "mpeg2video", "mpeg4"})
# Errors in what lies beside the picture.
_BESIDE = re.compile(r"\b(APP\w*|COM|EXIF|ICC|SEI|meta-?data|side data|extradata)\b")
_CHECKSUM = re.compile(r"\b(CRC|checksum)\b", re.IGNORECASE)
# FFmpeg has one log for all decoders of a process.
_LOG = threading.Lock()


@dataclass(slots=True)
class PacketNote:
    """What became of one packet.

    Attributes:
        pts: time at which its frame is shown, in ticks; None where unknown.
        is_key: whether the file says that its frame stands for itself.
        promises: whether a frame is to be shown of it.
        damaged: whether the decoder could not read all of it, or of what it builds on.
        follows_loss: whether a part of the file before it was lost.
        skipped: whether it was left out, or refused.
        frame_is_key: what the decoder says of `is_key`; None without a frame.
    """

    pts: int | None
    is_key: bool
    promises: bool
    damaged: bool = False
    follows_loss: bool = False
    skipped: bool = False
    frame_is_key: bool | None = None

    @property
    def gave_none(self) -> bool:
        """Whether a frame was promised that never came."""
        return self.promises and self.frame_is_key is None


@dataclass
class Journal:
    """The packets of one video, in the order in which they are decoded.

    Attributes:
        packets: one note each.
        intra: whether every frame stands for itself.
    """

    packets: list[PacketNote] = field(default_factory=list)
    intra: bool = False

    def came(self, order: int, is_key: bool, is_marked: bool) -> None:
        """Notes the frame of a packet, and whether the decoder marked damage in it."""
        self.packets[order].frame_is_key = is_key
        self.packets[order].damaged |= is_marked

    def suspects(self) -> set[int]:
        """Returns the packets whose frames are damaged, or drawn on damaged ones."""
        if self.intra:
            return {i for i, packet in enumerate(self.packets) if packet.damaged}
        marks_keys = any(packet.frame_is_key for packet in self.packets)
        found: set[int] = set()
        broken, key = False, None
        for index, packet in enumerate(self.packets):
            is_key = packet.is_key
            if marks_keys and packet.frame_is_key is not None:
                is_key = packet.frame_is_key
            if packet.damaged:
                broken, key = True, None
            elif broken and is_key:
                broken, key = False, packet.pts
            elif key is not None and packet.pts is not None and packet.pts > key:
                key = None
            # Frames that are shown before a keyframe but come after it lean on both
            # sides.
            leans = key is not None and packet.pts is not None and packet.pts < key
            if broken or leans:
                found.add(index)
        return found

    def gaps(self, orders: ListOf[int]) -> list[int]:
        """Returns the frames before which packets gave none, or were lost.

        Args:
            orders: number of the packet of each frame, as shown.
        """
        lost = [
            index
            for index, packet in enumerate(self.packets)
            if packet.gave_none and (packet.skipped or self.intra)
        ]
        gaps = set()
        waiting = iter(lost)
        following = next(waiting, None)
        for frame, order in enumerate(orders):
            packet = self.packets[order]
            if packet.follows_loss and not packet.damaged:
                gaps.add(frame)
            while following is not None and following < order:
                gaps.add(frame)
                following = next(waiting, None)
        return sorted(gaps - {0})

    def missing_at_start(self, orders: ListOf[int]) -> int:
        """Returns how many frames are promised before the first that came."""
        if not orders:
            return 0
        first = min(orders)
        begins = self.packets[first].pts if first < len(self.packets) else None
        return sum(
            packet.gave_none
            and (packet.pts is None or begins is None or packet.pts < begins)
            for packet in self.packets[:first]
        )


class Listener:
    """Hears what FFmpeg says of errors in its log, while it works.

    Attributes:
        message: the last error of the last time; empty without one.
    """

    def __init__(self) -> None:
        self.message = ""
        self._level: int | None = None
        self._count = 0

    def __enter__(self) -> Listener:
        _LOG.acquire()
        # PyAV counts errors from the lowest level on, and prints none at that.
        self._level = av.logging.get_level()
        if self._level is None:
            av.logging.set_level(av.logging.PANIC)
        self._count = av.logging.get_last_error()[0]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        count, last = av.logging.get_last_error()
        if self._level is None:
            av.logging.set_level(None)
        _LOG.release()
        self.message = last[2].strip() if last and count > self._count else ""

    @property
    def tells_of_damage(self) -> bool:
        """Whether a decoder told of damage to the picture."""
        return bool(self.message) and not _BESIDE.search(self.message)

    @property
    def tells_of_loss(self) -> bool:
        """Whether a container told of a part whose checksum is wrong."""
        return bool(_CHECKSUM.search(self.message))


def tells_in_log_alone(decoder: str) -> bool:
    """Returns whether a decoder, by its name in FFmpeg, has to be listened to.

    Libraries that FFmpeg calls work on while nobody waits for them, and refuse what
    they cannot read.
    """
    return decoder not in _MARKING and not decoder.startswith("lib")
