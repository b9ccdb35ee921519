"""Classes of a network become labels by name, or as a table says."""

from __future__ import annotations

import json

import pytest

from v2v_tf.config import load_config
from v2v_tf.errors import InputError
from v2v_tf.tasks.registry import labels_of
from v2v_tf.tasks.street.network_labels import match, read_wishes

STREET = labels_of(load_config(None, ("task=street",)))
TOY = labels_of(load_config("toy_street"))


def test_names_are_compared_without_case_and_dashes():
    classes = {0: "Road", 1: "traffic_light", 3: "Traffic-Sign", 7: "car"}
    found = match(classes, STREET, -1, {})
    assert found == {0: 7, 1: 19, 3: 20, 7: 26}


def test_a_table_wins_over_names_and_several_become_one():
    wishes = {"van": "car", "pickup": 26, "bike path": 8, "car": "truck"}
    classes = {2: "van", 4: "pickup", 5: "bike path", 6: "car", 9: "sky"}
    assert match(classes, STREET, -1, wishes) == {2: 26, 4: 26, 5: 8, 6: 27, 9: 23}


def test_names_without_a_label_are_listed():
    classes = dict(enumerate(["road", "vegetation", "sidewalk", "van"]))
    with pytest.raises(
        InputError, match="no label named vegetation, sidewalk, van, which"
    ):
        match(classes, TOY, -1, {})
    many = {number: f"thing {number}" for number in range(150)}
    with pytest.raises(InputError, match="thing 5 and 144 more, which the network"):
        match(many, TOY, -1, {})


def test_ignored_classes_need_an_id_for_that():
    assert match({0: "vegetation"}, TOY, 255, {"vegetation": "ignore"}) == {0: 255}
    with pytest.raises(InputError, match="--set conditioning.street.ignore_label=255"):
        match({0: "vegetation"}, TOY, -1, {"vegetation": "ignore"})


@pytest.mark.parametrize("wish", [8, -1, "lorry"])
def test_labels_that_there_are_not_are_refused(wish):
    with pytest.raises(InputError, match=f"van becomes {wish}, and the configuration"):
        match({0: "van"}, TOY, -1, {"van": wish})


def test_a_table_for_classes_that_there_are_not_is_refused():
    with pytest.raises(InputError, match="has no class paveemnt; it has road, car"):
        match({0: "road", 1: "car"}, TOY, -1, {"paveemnt": 4, "road": 1})


def test_a_table_is_json_yaml_or_csv(tmp_path):
    expected = {"road": 7, "van": "car", "hood": "ignore"}
    texts = {
        "a.json": json.dumps(expected),
        "a.yaml": "road: 7\nvan: car\nhood: ignore\n",
        "a.csv": "# mine\nroad,7\nvan, car\n\nhood,ignore\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        assert read_wishes(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "[1, 2]", "expected names of classes with their labels"),
        ("a.json", "{", "neither JSON nor YAML"),
        (
            "a.yaml",
            "road: [7]",
            r"road: expected an id, the name of a label, or ignore",
        ),
        ("a.yaml", "road: true", "road: expected an id"),
        ("a.csv", "car,3\nroad,7,8\n", "a.csv, line 2: .* one comma, got road,7,8"),
        ("a.csv", "# x\n\nroad;7\n", "a.csv, line 3: .* one comma, got road;7"),
        ("a.csv", "car,3\ncar,4\n", "a.csv, line 2: car was named before, with 3"),
        ("a.csv", "", "expected names of classes"),
    ],
)
def test_another_table_is_refused(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said):
        read_wishes(tmp_path / name)


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"--labels .*gone.csv: no such file"):
        read_wishes(tmp_path / "gone.csv")
