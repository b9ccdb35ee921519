"""What is said of frames, a line a frame."""

import json

from v2v_tf.apps.generation.facts import FactsFile, read_facts


def test_a_finished_file_is_json_and_read_line_by_line(tmp_path):
    facts = FactsFile(tmp_path / "facts")
    facts.add([{"name": "a", "origin": "given"}])
    facts.add([{"name": 'b "quoted", {', "psnr": 21.5}, {"name": "ç"}])
    facts.finish(tmp_path / "frames.json", 12.5)
    whole = json.loads((tmp_path / "frames.json").read_text())
    assert whole["fps"] == 12.5
    assert list(read_facts(tmp_path / "frames.json")) == whole["frames"]
    assert [one["name"] for one in whole["frames"]] == ["a", 'b "quoted", {', "ç"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["facts", "frames.json"]


def test_what_came_after_the_last_stored_state_is_left_out(tmp_path):
    first = FactsFile(tmp_path / "facts")
    length = first.add([{"name": "a"}, {"name": "b"}])
    first.add([{"name": "of a part that was not stored"}])
    again = FactsFile(tmp_path / "facts", length)
    assert again.add([{"name": "c"}]) > length
    again.finish(tmp_path / "frames.json", 25.0)
    names = [one["name"] for one in read_facts(tmp_path / "frames.json")]
    assert names == ["a", "b", "c"]


def test_a_video_begun_anew_has_no_facts_of_before(tmp_path):
    FactsFile(tmp_path / "facts").add([{"name": "old"}])
    fresh = FactsFile(tmp_path / "facts")
    fresh.finish(tmp_path / "frames.json", 25.0)
    assert list(read_facts(tmp_path / "frames.json")) == []
    assert json.loads((tmp_path / "frames.json").read_text())["frames"] == []
