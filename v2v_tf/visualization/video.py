"""Writes videos, GIFs and PNG frames, with one frame in memory at a time.

Nothing is overwritten unless asked, and a file appears under its name only when it is
complete: it is written beside, then renamed; a failure leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import imageio.v3
import imageio_ffmpeg
import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.storage import files

Append = Callable[[np.ndarray], None]

# Colours by BT.709, and tagged so on the frames themselves (options of the encoder are
# ignored where frames say "unknown"): browsers guess BT.601 for untagged video.
_H264 = (
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams="
    "range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709",
    *("-c:v", "libx264", "-preset", "medium", "-crf", "17"),
    *("-movflags", "+faststart"),
)
# One palette for the whole clip: a palette per frame would flicker.
_GIF = (
    "-filter_complex",
    "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=bayer",
    *("-loop", "0"),
)


@contextlib.contextmanager
def open_video(
    path: str | Path, fps: float, overwrite: bool = False
) -> Iterator[Append]:
    """Opens an MP4 file: H.264, yuv420p, what every browser plays.

    Frames of odd width or height get their last column or row twice, as yuv420p has
    only even sizes.

    Args:
        path: ends in `.mp4`; its folder is made.
        fps: frames a second.
        overwrite: replace an existing file.

    Yields:
        A function that appends one frame, uint8 [H, W, 3], all of one size.

    Raises:
        InputError: another ending, a file that exists, no frames, wrong frames, an
            fps of 0 or less.
        OSError: the encoder failed, for example on a full disk.
    """
    with _encoder(Path(path), ".mp4", fps, _H264, overwrite) as append:
        yield lambda frame: append(_even(frame))


def write_video(
    path: str | Path,
    frames: Iterable[np.ndarray],
    fps: float,
    overwrite: bool = False,
) -> None:
    """Writes an MP4 file from an iterable of frames; see `open_video`."""
    with open_video(path, fps, overwrite) as append:
        for frame in frames:
            append(frame)


def write_gif(
    path: str | Path,
    frames: Iterable[np.ndarray],
    fps: float,
    overwrite: bool = False,
) -> None:
    """Writes a GIF that loops for ever.

    GIF counts hundredths of a second: frame times are rounded to those.

    Args:
        path: ends in `.gif`; its folder is made.
        frames: uint8 [H, W, 3], all of one size.
        fps: frames a second.
        overwrite: replace an existing file.

    Raises:
        InputError: as `open_video`.
        OSError: the encoder failed.
    """
    with _encoder(Path(path), ".gif", fps, _GIF, overwrite) as append:
        for frame in frames:
            append(frame)


def write_frames(
    folder: str | Path, frames: Iterable[np.ndarray], start: int = 0
) -> int:
    """Writes frames as `00000.png`, `00001.png`, ... into a new folder.

    Args:
        folder: folder to write, absent or empty; it appears when all frames are there.
        frames: uint8 [H, W, 3].
        start: number of the first file.

    Returns:
        How many frames were written.

    Raises:
        InputError: the folder holds something, no frames, wrong frames.
        OSError: the disk refused.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not empty: name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    partial.mkdir()
    count = 0
    try:
        for count, frame in enumerate(frames, 1):
            _save_png(partial / f"{start + count - 1:05d}.png", frame)
        if not count:
            raise InputError(f"{folder}: expected one frame or more, got none")
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return count


def write_png(path: str | Path, image: np.ndarray, overwrite: bool = False) -> None:
    """Writes one picture.

    Args:
        path: ends in `.png`; its folder is made.
        image: uint8 [H, W, 3], RGB.
        overwrite: replace an existing file.

    Raises:
        InputError: another ending, a file that exists, a wrong picture.
        OSError: the disk refused.
    """
    with files.replacing(Path(path), ".png", overwrite) as partial:
        _save_png(partial, image)


def read_video(path: str | Path) -> np.ndarray:
    """Reads a whole video into memory.

    Returns:
        uint8 [T, H, W, 3].

    Raises:
        InputError: no such file, or no video.
    """
    if not Path(path).is_file():
        raise InputError(f"no video file: {path}")
    try:
        return imageio.v3.imread(path, plugin="FFMPEG")
    except OSError as error:
        raise InputError(f"{path} is not a video that ffmpeg reads: {error}") from error


@contextlib.contextmanager
def _encoder(
    path: Path, suffix: str, fps: float, options: tuple[str, ...], overwrite: bool
) -> Iterator[Append]:
    """Runs ffmpeg on a pipe and yields what appends a frame to it."""
    if not fps > 0:
        raise InputError(f"{path}: fps must be above 0, got {fps}")
    with (
        files.replacing(path, suffix, overwrite) as partial,
        tempfile.TemporaryFile() as messages,
    ):
        process: subprocess.Popen | None = None
        shape: tuple[int, ...] = ()

        def append(frame: np.ndarray) -> None:
            nonlocal process, shape
            _check_frame(frame)
            if process is None:
                shape = frame.shape
                command = _command(partial, shape, fps, options)
                process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=messages, stderr=messages
                )
            if frame.shape != shape:
                raise InputError(
                    f"{path}: all frames must have one size, {list(shape)} as the "
                    f"first, got {list(frame.shape)}"
                )
            assert process.stdin is not None
            # A broken pipe means that ffmpeg gave up: its exit status tells below.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(np.ascontiguousarray(frame).data)

        try:
            yield append
            if process is None:
                raise InputError(f"{path}: expected one frame or more, got none")
            process.communicate()
        finally:
            if process is not None and process.poll() is None:
                process.kill()
                process.communicate()
        if process.returncode:
            messages.seek(0)
            said = messages.read().decode(errors="replace").strip()
            raise OSError(f"{path}: ffmpeg failed: {said[-500:]}")


def _command(
    partial: Path, shape: tuple[int, ...], fps: float, options: tuple[str, ...]
) -> list[str]:
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-v", "error", "-nostdin", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{shape[1]}x{shape[0]}"),
        *("-r", str(fps), "-i", "-", "-an", *options, str(partial)),
    ]


def _check_frame(frame: np.ndarray) -> None:
    shape = np.shape(frame)
    kind = getattr(frame, "dtype", type(frame).__name__)
    if kind != np.uint8 or len(shape) != 3 or shape[-1] != 3 or 0 in shape:
        raise InputError(f"expected frames uint8 [H, W, 3], got {kind} {list(shape)}")


def _even(frame: np.ndarray) -> np.ndarray:
    _check_frame(frame)
    height, width = frame.shape[:2]
    if height % 2 or width % 2:
        return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return frame


def _save_png(path: Path, image: np.ndarray) -> None:
    _check_frame(image)
    encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1]
    path.write_bytes(encoded.tobytes())
