"""Do landmarks give a better face than edges? Trains both on one short real video.

The video is annotated; its first frames train two models of one size and one budget, of
the landmarks and of Canny edges, both of the same crop around the face. The frames
after them are generated from their conditions and two real frames, and landmarks are
found in them again. What is done is skipped, and an interrupted training goes on, so
that this runs in several sittings.

The models show an identifiable person: keep them, and their frames, to yourself.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_CORES = len(os.sched_getaffinity(0))
# Operations side by side on one core each: small networks train a fifth faster.
_THREADS = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": str(_CORES)}
_TASKS = ("face", "edges")


def main(argv: Sequence[str] | None = None) -> int:
    """Does what is missing, and prints the tables."""
    options = _options(argv)
    work = options.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "annotated").is_dir():
        _v2v(
            *("annotate", "--task", "face", "--source", str(options.video.absolute())),
            *("--output", str(work / "annotated")),
        )
    (shot,) = (work / "annotated" / "train_img").iterdir()
    _part(work, shot.name, "train", slice(0, options.train_frames))
    _part(work, shot.name, "test", slice(options.train_frames, None))
    for task in _TASKS:
        _train(work, task)
    for task in _TASKS:
        _measure(work, task)
    return 0


def _part(work: Path, shot: str, part: str, frames: slice) -> None:
    """Copies some frames of the annotated video into a source of their own."""
    root = work / f"face_{part}"
    if root.is_dir():
        return
    for kind in ("img", "keypoints"):
        folder = root / f"train_{kind}" / shot
        folder.mkdir(parents=True)
        files = sorted((work / "annotated" / f"train_{kind}" / shot).iterdir())
        for path in files[frames]:
            shutil.copy2(path, folder / path.name)


def _records(work: Path, task: str, part: str) -> Path:
    """Prepares a part; edges are found in the frames that the faces' clips hold."""
    records = work / f"{task}_{part}_records"
    if records.is_dir():
        return records
    source = work / f"{task}_{part}"
    if task == "edges" and not source.is_dir():
        _write_cropped(_records(work, "face", part), source / "train_img" / "clip")
    _v2v("prepare", *_config(task), "--source", str(source), "--output", str(records))
    return records


def _write_cropped(records: Path, folder: Path) -> None:
    from v2v_tf.config import load_config
    from v2v_tf.inference.job import ClipSelection
    from v2v_tf.visualization.video import write_png

    config = load_config("face_160_cpu")
    for clip in ClipSelection(records, "train").read(config, 1, "to be copied"):
        for index, frame in enumerate(clip.require("frames")):
            write_png(folder / f"{index:06d}.png", frame)


def _config(task: str) -> Iterator[str]:
    yield from ("--config", "face_160_cpu", "--set", f"task={task}")


def _train(work: Path, task: str) -> None:
    log = work / f"{task}_run.json"
    known = {"done": False, "seconds": []}
    if log.is_file():
        known = json.loads(log.read_text(encoding="utf-8"))
    if known["done"]:
        return
    begin = time.monotonic()
    try:
        _v2v(
            *("train", *_config(task), "--data", str(_records(work, task, "train"))),
            *("--run", str(work / f"{task}_run")),
        )
        known["done"] = True
    finally:
        known["seconds"].append(round(time.monotonic() - begin, 1))
        log.write_text(json.dumps(known), encoding="utf-8")


def _measure(work: Path, task: str) -> None:
    """Rolls out the frames that were not trained on, and finds the face in them."""
    clips, faces = work / f"{task}_evaluated", work / f"{task}_faces"
    if not clips.is_dir():
        _v2v(
            *("evaluate", "--model", str(work / f"{task}_run")),
            *("--data", str(_records(work, task, "test")), "--output", str(clips)),
        )
    for name in ("vid2vid", "real"):
        (found,) = clips.glob(f"*.{name}.mp4")
        folder = work / f"{task}_videos" / name
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(found, folder / "face.mp4")
    videos = work / f"{task}_videos"
    _v2v(
        *("evaluate", "--task", "face", "--videos", str(videos / "vid2vid")),
        *("--real", str(videos / "real"), "--output", str(faces), "--overwrite"),
    )


def _v2v(*arguments: str) -> None:
    command = [sys.executable, "-m", "v2v_tf.cli.main", *arguments]
    print("+ v2v-tf", *arguments, flush=True)
    subprocess.run(command, check=True, env={**os.environ, **_THREADS})


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--video", type=Path, required=True, help="Video of one person in one shot."
    )
    parser.add_argument(
        "--work", type=Path, required=True, help="Folder of all that is made."
    )
    parser.add_argument(
        "--train-frames", type=int, default=90, help="Frames that are trained on."
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
