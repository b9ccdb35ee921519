"""The last words of a training, word for word."""

from __future__ import annotations

from v2v_tf.training.summary_text import closing_summary


def test_a_run_with_previews():
    history = [
        {"epoch": 1, "generator/total": 9.0, "generator/flow_l1": 7.25},
        {"epoch": 2, "generator/flow_l1": 4.5, "generator/gan": 0.875},
        {"epoch": 3, "generator/flow_l1": 3.125, "generator/gan": 0.5},
    ]
    metrics = {
        "psnr": 18.25,
        "warping_error": 0.0625,
        "warping_error_real": 0.03125,
        "contrast": 0.2,
        "flow_error": 0.75,
        "flow_error_zero": 2.5,
    }
    text = closing_summary(history, metrics, 754.4, steps=1234)
    assert [line.split() for line in text.splitlines()] == [
        "1,234 steps in 12 min 34 s".split(),
        "losses, mean of the first and of the last epoch that has them:".split(),
        "generator/gan 0.875 -> 0.5 (epochs 2 to 3)".split(),
        "generator/flow_l1 7.25 -> 3.125 (epochs 1 to 3)".split(),
        "previews, free-running, mean over clips (the real clips' own):".split(),
        "PSNR 18.25 dB against the real frames; higher is closer".split(),
        "Warping error 0.0625 (0.03125) change along the reference flow; lower is "
        "calmer".split(),
        "Flow error 0.75 pixels, predicted against reference flow; lower is "
        "better".split(),
        "Flow error of zero flow 2.5 pixels, what predicting no motion would "
        "score".split(),
        "videos: samples/ of the run; TensorBoard: --logdir, the run "
        "(previews: validation)".split(),
    ]


def test_a_run_without_previews():
    history = [{"epoch": 8, "discriminator/total": 0.375}]
    text = closing_summary(history, {}, 3.6, steps=1)
    assert [line.split() for line in text.splitlines()] == [
        "1 step in 4 s".split(),
        "losses, mean of the first and of the last epoch that has them:".split(),
        "discriminator/total 0.375 -> 0.375 (epochs 8 to 8)".split(),
    ]


def test_nothing_was_left_to_train():
    assert closing_summary([], {}, 7384.0, steps=0) == ("0 steps in 2 h 03 min")
