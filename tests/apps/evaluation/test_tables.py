"""The real clips' row, and the same numbers in three forms."""

import json
import math

import pytest

from v2v_tf.apps.evaluation import tables
from v2v_tf.apps.evaluation.gathering import Summary


@pytest.fixture
def summary() -> Summary:
    shared = {
        "warping_error_real": 0.011,
        "flicker_real": 0.004,
        "miou_toyseg_real": 0.83,
        "frechet_toyseg_floor": 0.7,
        "num_frames": 28,
        "drift_window": 9,
        "flow_error_zero": 2.5,
    }
    mean = {
        "vid2vid": {
            "psnr": 20.125,
            "warping_error": 0.021,
            "flicker": 0.002,
            "flow_error": 0.75,
            "miou_toyseg": 0.61,
            "frechet_toyseg": 3.5,
            "frechet_toyseg_halves": 4.25,
            **shared,
        },
        "copy_warp": {"psnr": math.inf, "warping_error": 0.012, **shared},
    }
    networks = {"toyseg": {"seed": 3, "held_out": None, "versions": {"v2v_tf": "0"}}}
    return Summary(mean, {}, ("two clips",), networks)


def test_the_real_row(summary):
    assert tables.rows(summary)["real"] == {
        "warping_error": 0.011,
        "flicker": 0.0,
        "miou_toyseg": 0.83,
        "frechet_toyseg": 0.7,
        "frechet_toyseg_halves": 0.7,
    }


def test_rows_have_what_was_measured(summary):
    found = tables.rows(summary)
    assert list(found) == ["real", "vid2vid", "copy_warp"]
    assert found["copy_warp"] == {"warping_error": 0.012}
    assert found["vid2vid"]["frechet_toyseg_halves"] == 4.25
    assert not {"num_frames", "drift_window", "flow_error_zero"} & set(found["vid2vid"])


def test_json_is_what_the_page_reads(summary):
    found = json.loads(json.dumps(tables.as_json(summary), allow_nan=False))
    assert [column["name"] for column in found["columns"]] == [
        *("psnr", "warping_error", "flicker", "flow_error", "miou_toyseg"),
        *("frechet_toyseg", "frechet_toyseg_halves"),
    ]
    assert all(column["title"] and column["note"] for column in found["columns"])
    assert found["rows"][1]["name"] == "vid2vid"
    assert found["rows"][1]["values"]["psnr"] == 20.125


def test_text_has_a_line_for_each_metric(summary):
    text = tables.as_text(summary)
    lines = text.splitlines()
    assert lines[0].split() == ["real", "vid2vid", "copy_warp"]
    (line,) = (line for line in lines if line.startswith("PSNR "))
    assert line.split()[1:] == ["-", "20.12", "-"]
    assert "two clips" in lines and len({len(line) for line in lines[:8]}) == 1


def test_markdown_is_a_table_with_notes(summary):
    lines = tables.as_markdown(summary, "Title").splitlines()
    assert lines[0] == "# Title"
    assert "| metric | real | vid2vid | copy_warp |" in lines
    assert "| Flow error | - | 0.75 | - |" in lines
    assert "- two clips." in lines and "- toyseg: seed 3." in lines


def test_equal_frames_are_said_where_their_psnr_is_not_shown():
    summary = Summary({"copy": {"psnr": math.inf, "ssim": 1.0}}, {}, (), {})
    for page in (tables.as_text(summary), tables.as_markdown(summary, "T")):
        assert "copy equals the real frames in a clip or more" in page
    other = Summary({"copy": {"psnr": 20.5, "ssim": 1.0}}, {}, (), {})
    assert "equals the real frames" not in tables.as_text(other)
