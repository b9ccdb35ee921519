from v2v_tf.visualization.tables import MetricLine, metric_table


def test_methods_stand_beside_each_other_and_before_the_real_clips():
    table = metric_table(
        {
            "ours": {"psnr": 21.0, "flicker": 0.2, "flicker_real": 0.5},
            "frame by frame": {"flicker": 0.7, "flicker_real": 0.5, "own": 3.0},
        },
        "two clips",
    )
    assert table.methods == ("ours", "frame by frame", "Real")
    assert table.title == "two clips"
    assert [(line.name, line.values) for line in table.lines] == [
        ("PSNR", (21.0, None, None)),
        ("Flicker", (0.2, 0.7, 0.5)),
        ("own", (None, 3.0, None)),
    ]
    assert "higher is closer" in table.lines[0].note


def test_a_real_value_of_zero_is_one():
    (line,) = metric_table({"a": {"flicker": 0.1, "flicker_real": 0.0}}).lines
    assert line == MetricLine("Flicker", (0.1, 0.0), line.note)
