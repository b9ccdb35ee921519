import json

import pytest

from v2v_tf import config as configuration
from v2v_tf.apps.reporting import run_facts
from v2v_tf.errors import InputError
from v2v_tf.visualization.charts import CHART_WIDTH
from v2v_tf.visualization.run_page import Stage

HISTORY = [
    {"epoch": 1, "generator/flow": 4.0, "generator/total": 4.0},
    {"epoch": 2, "generator/flow": 3.0, "generator/total": 3.0},
    {
        "epoch": 3,
        "generator/flow": 2.0,
        "generator/total": 9.0,
        "discriminator/image_real": 0.5,
    },
]
STAGES = (
    "curriculum=[{name: flow, kind: flow, epochs: 2}, {name: short, epochs: 3}, "
    "{name: long, epochs: 4}]"
)


@pytest.fixture(scope="module")
def config():
    return configuration.load_config("test/toy_street", (STAGES,))


def test_stages_end_where_training_stands(config):
    assert run_facts.stages(config, 0) == []
    assert run_facts.stages(config, 2) == [Stage("flow", 1, 2)]
    assert run_facts.stages(config, 3) == [Stage("flow", 1, 2), Stage("short", 3, 3)]
    assert run_facts.stages(config, 9)[-1] == Stage("long", 6, 9)


def test_curves_stand_by_player_with_gaps_and_boundaries(config):
    reached = run_facts.stages(config, 3)
    generator, judges = run_facts.curve_groups(HISTORY, reached)
    assert (generator.title, judges.title) == ("Generator", "Discriminators")
    assert [curve.name for curve in generator.curves] == ["total", "flow"]
    assert [curve.last for curve in generator.curves] == [9.0, 2.0]
    (image,) = judges.curves
    assert image.num_values == 3 and len(image.segments) == 1
    # Two of three epochs are of the first stage.
    assert image.boundaries == (0.75 * CHART_WIDTH,)


def test_a_damaged_history_is_named(tmp_path):
    assert run_facts.read_history(tmp_path) == []
    path = tmp_path / "history.json"
    for text, message in (("[1,", "is no JSON"), ("{}", "a list, got dict")):
        path.write_text(text)
        with pytest.raises(InputError, match=f"history.json.*{message}"):
            run_facts.read_history(tmp_path)


def test_facts_of_a_run_without_training(tmp_path, config):
    assert dict(run_facts.facts(tmp_path, config, [])) == {
        "Model": "vid2vid, frame after frame",
        "Task": "street",
        "Epochs": "none here",
        "Steps": "no checkpoint",
        "Seed": str(config.seed),
        "Precision": "float32",
    }
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/ckpt-1234.index").touch()
    found = dict(run_facts.facts(tmp_path, config, HISTORY))
    assert (found["Epochs"], found["Steps"]) == ("3 of 9", "1,234")


def test_what_training_measured(tmp_path):
    assert run_facts.training_table(tmp_path) is None
    values = {"psnr": 17.5, "flicker": 0.25, "flicker_real": 0.125}
    (tmp_path / "metrics.json").write_text(json.dumps(values))
    table = run_facts.training_table(tmp_path)
    assert [line.values for line in table.lines] == [(17.5, None), (0.25, 0.125)]


def test_the_card_says_what_an_export_would(tmp_path, config):
    card = run_facts.card(tmp_path, config)
    assert "2 frames: given" in card and "[7]" in card
    assert "divisible by 4" in card and "Stage long: 4 epoch(s)" in card
    zeros = configuration.load_config(
        "test/toy_street", ("generator.first_frames=zeros",)
    )
    assert "2 frames: zeros" in run_facts.card(tmp_path, zeros)
    single = configuration.load_config("test/toy_street_first_frame")
    assert run_facts.card(tmp_path, single) == ""
