"""Generations that are stopped, and gone on with."""

from __future__ import annotations

import json
import shutil
import signal

import pytest

from v2v_tf.apps.generation.from_source import (
    GenerationStopped,
    generate_source,
)
from v2v_tf.apps.generation.recording import Forms, Recording
from v2v_tf.apps.generation.wishes import Wishes
from v2v_tf.errors import InputError
from v2v_tf.visualization.video import read_video


def test_a_signal_keeps_every_frame_that_is_done(
    tiny_run, street_source, tmp_path, monkeypatch
):
    wishes = Wishes(sequence="toy_0000")
    handler = signal.getsignal(signal.SIGINT)
    generate_source(tiny_run, street_source, tmp_path / "whole", wishes=wishes)
    write = Recording.write

    def asked_to_stop(self, frames):
        for frame in (inner := write(self, frames)):
            if frame.index == 4:
                signal.raise_signal(signal.SIGINT)
            try:
                yield frame
            except GeneratorExit:
                inner.close()
                raise

    monkeypatch.setattr(Recording, "write", asked_to_stop)
    out = tmp_path / "out"
    with pytest.raises(GenerationStopped, match="SIGINT after 5 frames of toy_0000"):
        generate_source(tiny_run, street_source, out, wishes=wishes)
    monkeypatch.undo()
    assert signal.getsignal(signal.SIGINT) is handler
    made = tmp_path / ".out.partial/toy_0000/frames"
    kept = {path.name: path.stat().st_mtime_ns for path in made.iterdir()}
    assert len(kept) == 5
    generate_source(tiny_run, street_source, out, wishes=wishes, resume=True)
    frames = out / "toy_0000/frames"
    assert {name: (frames / name).stat().st_mtime_ns for name in kept} == kept
    for path in (tmp_path / "whole/toy_0000/frames").iterdir():
        assert path.read_bytes() == (frames / path.name).read_bytes()
    assert _facts(out) == _facts(tmp_path / "whole")
    assert len(read_video(out / "toy_0000/video.mp4")) == len(_facts(out))


def _facts(folder):
    return json.loads((folder / "toy_0000/frames.json").read_text())["frames"]


def test_an_interrupted_video_goes_on_to_the_same_bytes(
    tiny_run, street_source, tmp_path, monkeypatch
):
    wishes = Wishes(sequence="toy_0000", forms=Forms(part_frames=3))
    generate_source(tiny_run, street_source, tmp_path / "whole", wishes=wishes)
    write = Recording.write

    def breaks_off(self, frames):
        for frame in write(self, frames):
            if frame.index == 7:
                # As where the process dies: nothing more is stored.
                monkeypatch.setattr(Recording, "_store", lambda *_: None)
                raise KeyboardInterrupt
            yield frame

    monkeypatch.setattr(Recording, "write", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        generate_source(tiny_run, street_source, tmp_path / "out", wishes=wishes)
    monkeypatch.undo()
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="go on with --resume"):
        generate_source(tiny_run, street_source, tmp_path / "out", wishes=wishes)
    other = Wishes(sequence="toy_0000", forms=Forms(part_frames=3), fps=8.0)
    with pytest.raises(InputError, match="another model, source or other options"):
        generate_source(
            tiny_run, street_source, tmp_path / "out", wishes=other, resume=True
        )
    # All of it moves; the time and place of nothing counts.
    moved = tmp_path / "moved"
    for folder in (tiny_run, street_source, tmp_path / ".out.partial"):
        shutil.copytree(folder, moved / folder.name)
    label = moved / street_source.name / "train_A/toy_0000/000008.png"
    before = label.read_bytes()
    label.write_bytes((label.parent / "000000.png").read_bytes())
    arguments = (moved / tiny_run.name, moved / street_source.name, moved / "out")
    with pytest.raises(InputError, match="not as they were: sequence toy_0000"):
        generate_source(*arguments, wishes=wishes, resume=True)
    label.write_bytes(before)
    generate_source(*arguments, wishes=wishes, resume=True)
    for name in ("video.mp4", "frames.json", "frames/000008.png", "frames/000002.png"):
        one, two = (
            (folder / "toy_0000" / name).read_bytes()
            for folder in (tmp_path / "whole", moved / "out")
        )
        assert one == two, name
