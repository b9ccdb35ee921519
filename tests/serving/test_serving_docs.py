"""The client that `docs/serving.md` shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
CLIENT = re.search(r"<!-- client -->\n```python\n(.*?)```", TEXT, re.DOTALL)[1]


@pytest.mark.slow
def test_the_client_streams(server, toy_clips, street_synthesizer, tmp_path):
    clip = {k: v[:5] for k, v in toy_clips[0].items()}
    np.save(tmp_path / "conditions.npy", clip["conditions"])
    np.save(tmp_path / "instances.npy", clip["instances"])
    np.save(tmp_path / "frames.npy", clip["frames"][:2])
    program = tmp_path / "client.py"
    program.write_text(CLIENT, encoding="utf-8")
    target = f"127.0.0.1:{server.port}"
    subprocess.run([sys.executable, str(program), target, str(tmp_path)], check=True)
    frames = np.stack([np.load(tmp_path / f"generated_{t}.npy") for t in (2, 3, 4)])
    expected = street_synthesizer.rollout(clip).fake_frames
    difference = np.abs(frames.astype(int) - expected.astype(int))
    assert difference.max() <= 2 and (difference == 0).mean() >= 0.99
