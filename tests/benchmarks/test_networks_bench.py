"""Operation counts of the measured generators, and the pairing of runs."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from networks_lib import costs, table
from networks_lib.cases import ROWS, Row
from networks_lib.measuring import Measured, ratios


def test_the_published_street_network_has_its_published_counts():
    row = ROWS["ngf128"]
    assert row.condition_channels == 108
    assert costs.parameters(row) == 411_335_241
    assert costs.frame_flop(row, "forward") / 1e9 == pytest.approx(528.7, abs=0.1)


def test_downsampling_by_four_keeps_the_foreground_branch_wide():
    row = Row("street", 128, height=256, width=512, num_downsamples=2)
    assert costs.parameters(row) == 137_792_649


def test_counts_of_a_network_small_enough_to_count_by_hand():
    row = Row(
        "tiny",
        num_filters=2,
        height=4,
        width=6,
        num_downsamples=1,
        num_blocks=1,
        num_labels=4,
        foreground_label=1,
        num_frames=2,
    )
    # 10 condition channels, 3 of history; 24 pixels, 6 after downsampling; one block
    # in each of the three encoders and none in the three decoders.
    stems = 24 * 49 * 2 * (10 + 3 + 10)
    downsampling = 3 * 6 * 9 * 2 * 4
    blocks = 3 * 2 * 6 * 9 * 4 * 4
    upsampling = 3 * 6 * 9 * 4 * 2  # once for each pixel that they read
    heads = 24 * 49 * 2 * (3 + 2 + 1 + 3)
    inner = downsampling + blocks + upsampling + heads
    assert costs.frame_flop(row, "forward") == 2 * (stems + inner)
    # Backward costs as much again for kernels, and for inputs but the network's own.
    assert costs.frame_flop(row, "training") == 2 * (2 * stems + 3 * inner)
    kernels = 49 * 2 * 23 + 3 * 9 * 8 + 6 * 9 * 16 + 3 * 9 * 8 + 49 * 2 * 9
    normalized = 3 * 2 + 3 * 4 + 6 * 4 + 3 * 2
    assert costs.parameters(row) == kernels + 3 * normalized + 9


def test_ratios_are_of_pairs_and_medians_of_them():
    measured = {
        "tensorflow": Measured([1.0, 4.0, 3.0]),
        "torch": Measured([2.0, 2.0, 3.0]),
    }
    assert ratios(measured) == [0.5, 2.0, 1.0]
    assert ratios({"tensorflow": Measured([1.0])}) == []
    measured["torch"].seconds.pop()
    assert ratios(measured) == [0.5, 2.0]


def test_the_table_has_a_dash_where_nothing_was_measured():
    result = {
        "row": "ngf16",
        "mode": "forward",
        "precision": "float32",
        "compiled": False,
        "parameters": 2_500_000,
        "gflop": 1.25,
        "frameworks": {
            "tensorflow": {
                "seconds": [0.5, 0.25, 0.125],
                "ceiling_share": 0.5,
                "peak_bytes": 2**30,
            }
        },
        "ratios": [],
    }
    assert table.table([result]).splitlines()[-1] == (
        "| ngf16 | forward | float32 | 2.5 M | 1.2 | 0.250 [0.125, 0.500] | 50% | 1.00 "
        "| - | - | - | - | - |"
    )
