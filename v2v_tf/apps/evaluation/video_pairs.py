"""Pairs generated videos with real ones, by their names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from absl import logging

from v2v_tf.apps.generation.notices import say_problems
from v2v_tf.config import Config, load_config
from v2v_tf.data.sources import folders, video_folder
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.tasks import files
from v2v_tf.tasks.images import resize_rgb

# Below `generate`'s folder of a sequence.
_FRAMES = "frames"
_STRETCH_TOLERANCE = 0.05
_NAMED = 5
Say = Callable[[str], None]


@dataclass(frozen=True)
class VideoPair:
    """Names a generated video and the real one that it is held to.

    Attributes:
        name: name of both; that of the generated one where they differ.
        generated: the generated video.
        real: the real video.
        size: (height, width) of the generated frames.
        num_frames: frames that both have.
    """

    name: str
    generated: Sequence
    real: Sequence
    size: tuple[int, int]
    num_frames: int

    def frames(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Reads both, frame by frame; real frames come at the size of generated ones.

        Yields:
            A generated and a real frame, uint8 [H, W, 3], RGB.

        Raises:
            InputError: a frame that cannot be read, or a generated one of another size.
        """
        with self.generated.open() as ours, self.real.open() as theirs:
            for index in range(self.num_frames):
                frame, real = ours.read(index).raw.image, theirs.read(index).raw.image
                assert frame is not None and real is not None  # pictures are listed
                if frame.shape[:2] != self.size:
                    height, width = self.size
                    raise InputError(
                        f"{self.generated.path}: all frames must be {width}x{height} "
                        f"as the first, got {frame.shape[1]}x{frame.shape[0]} as frame "
                        f"{index}"
                    )
                yield frame, resize_rgb(real, self.size)


def pair_videos(
    videos: str | Path, real: str | Path, say: Say = lambda line: None
) -> list[VideoPair]:
    """Pairs the videos of two places by their names.

    A place is a video, a folder of videos or of folders of frames, a folder of frames,
    a source with `train_img/`, or what `generate` wrote. One video each is a pair,
    whatever the names.

    Args:
        videos: generated videos.
        real: real videos.
        say: is given each line that a user should read: what has no partner, and where
            sizes or lengths differ.

    Raises:
        InputError: nothing there, no name in common, or nothing in a video that can be
            decoded.
    """
    ours, theirs = named_videos(videos), named_videos(real)
    names = [name for name in ours if name in theirs]
    pairs = {name: (ours[name], theirs[name]) for name in names}
    if not pairs and len(ours) == len(theirs) == 1:
        ((name, one),), ((other, another),) = ours.items(), theirs.items()
        say(f"{name} is held to {other}: there is no other real video")
        pairs[name] = (one, another)
    if not pairs:
        raise InputError(
            f"no generated video has the name of a real one: {videos} holds "
            f"{_named(ours)}, {real} holds {_named(theirs)}: give both files of a pair "
            "one name (their endings may differ)"
        )
    alone = [
        f"{_named(left)} of {place}"
        for place, left in (
            (videos, [name for name in ours if name not in pairs]),
            (real, [name for name in theirs if name not in names]),
        )
        if left and names
    ]
    if alone:
        say(f"left out, as no other video has their name: {' and '.join(alone)}")
    return [_pair(name, *both, say) for name, both in pairs.items()]


def named_videos(root: str | Path) -> dict[str, Sequence]:
    """Returns the videos of a place by name, in natural order; see `pair_videos`.

    Raises:
        InputError: there is none.
    """
    root, config = Path(root), load_config(None, ("task=edges",))
    if not root.exists():
        raise InputError(f"no videos at {root}: name an existing folder or video file")
    found: dict[str, Sequence] = {}
    if root.is_file() or folders.has_layout(root, config):
        found |= _listed(root, config)
    else:
        for folder in files.list_folders(root):
            one = _of_folder(folder, config)
            if one is not None:
                found[folder.name] = one
        if _has_pictures(root) or video_folder.find_videos(root):
            found |= _listed(root, config)
    if not found:
        raise InputError(
            f"{root} holds no video: expected video files, or folders of frames"
        )
    return dict(sorted(found.items(), key=lambda item: files.natural_key(item[0])))


def _of_folder(folder: Path, config: Config) -> Sequence | None:
    """Returns the one video that lies in a folder; None where there is none."""
    for place in (folder, folder / _FRAMES):
        if place.is_dir() and _has_pictures(place):
            videos = list(_listed(place, config).values())
            return dataclasses.replace(videos[0], name=folder.name) if videos else None
    videos = [*_listed(folder, config).values()] if _has_video(folder) else []
    return dataclasses.replace(videos[0], name=folder.name) if videos else None


def _has_pictures(folder: Path) -> bool:
    pictures = files.list_files(folder, files.IMAGE_SUFFIXES)
    return bool(pictures) and not video_folder.prefers_videos(folder)


def _has_video(folder: Path) -> bool:
    return len(video_folder.find_videos(folder)) == 1


def _listed(root: Path, config: Config) -> dict[str, Sequence]:
    found = {}
    for one in list_sequences(root, config):
        if isinstance(one, BadClip):
            logging.warning("%s: left out, %s", one.path, one.reason)
        else:
            found[one.name] = one
    return found


def _pair(name: str, generated: Sequence, real: Sequence, say: Say) -> VideoPair:
    lengths = []
    for one in (generated, real):
        contents = one.contents()
        say_problems(one.path, contents, say)
        lengths.append(contents.num_frames)
    height, width = size = _size(generated)
    real_height, real_width = _size(real)
    if (real_height, real_width) != size:
        line = f"{name}: real frames of {real_width}x{real_height} are brought to the "
        line += f"{width}x{height} of the generated ones"
        stretch = width * real_height / (height * real_width)
        if abs(stretch - 1) > _STRETCH_TOLERANCE:
            word = "wider" if stretch > 1 else "narrower"
            line += (
                f", which makes things {abs(stretch - 1):.0%} {word}: cut or resize "
                "the real ones as the generated ones were"
            )
        say(line)
    if lengths[0] != lengths[1]:
        say(
            f"{name}: {lengths[0]} generated and {lengths[1]} real frames, so the "
            f"first {min(lengths)} of both are compared: cut one of them where they do "
            "not begin together"
        )
    rates = [one.fps() for one in (generated, real)]
    if None not in rates and rates[0] != rates[1]:
        said = " and ".join(f"{float(rate or 0):.4g}" for rate in rates)
        say(
            f"{name}: {said} frames a second, generated and real: frames are compared "
            "one by one, whenever they are shown, so make both rates one first"
        )
    return VideoPair(name, generated, real, size, min(lengths))


def _size(sequence: Sequence) -> tuple[int, int]:
    with sequence.open() as reader:
        image = reader.read(0).raw.image
    assert image is not None  # sequences of pictures are listed
    return image.shape[0], image.shape[1]


def _named(names: list[str] | Mapping[str, Sequence]) -> str:
    shown = ", ".join(list(names)[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
