"""Progress over several workers."""

from __future__ import annotations

import io

from v2v_tf.data.prepare import progress as prepare_progress


def test_progress_adds_up_the_marks_of_all_workers(tmp_path, monkeypatch):
    board = prepare_progress.ProgressBoard(tmp_path)
    board.planned("a", 3)
    board.planned("b", 4)
    board.start_shard("one")
    board.clip_done("one")
    board.start_shard("two")
    for _ in range(4):
        board.clip_done("two")
    assert board.counts() == (5, 7)
    board.start_shard("two")
    assert board.counts() == (1, 7)
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with prepare_progress.show_progress(board):
        for _ in range(6):
            board.clip_done("one")
    assert "7/7" in stream.getvalue() and "clip/s" in stream.getvalue()
