import time

from pipeline.components.model_pusher import checksum, push


def _model(folder, weights):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables/data").write_bytes(weights)
    return folder


def test_a_model_is_pushed_whole(tmp_path):
    model = _model(tmp_path / "model", b"1")
    folder, is_new = push(model, tmp_path / "served/vid2vid")
    assert is_new and abs(int(folder.name) - time.time()) < 60
    names = ("saved_model.pb", "variables/data")
    assert [(folder / name).read_bytes() for name in names] == [b"graph", b"1"]
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_the_same_model_is_pushed_once(tmp_path):
    base = tmp_path / "served"
    first, _ = push(_model(tmp_path / "a", b"1"), base)
    again, is_new = push(_model(tmp_path / "b", b"1"), base)
    assert again == first and not is_new and len(list(base.iterdir())) == 1


def test_another_model_gets_a_higher_number(tmp_path):
    base = tmp_path / "served"
    first, _ = push(_model(tmp_path / "a", b"1"), base)
    # At once, or with a clock that was put back.
    second, is_new = push(_model(tmp_path / "b", b"2"), base)
    assert is_new and int(second.name) > int(first.name)


def test_names_count_too(tmp_path):
    one, other = _model(tmp_path / "a", b"1"), _model(tmp_path / "b", b"1")
    (other / "variables/data").rename(other / "variables/date")
    assert checksum(one) != checksum(other)


def test_a_version_that_was_never_completed_is_not_the_newest(tmp_path):
    base = tmp_path / "served"
    (base / "9999999999").mkdir(parents=True)
    (base / ".7.partial").mkdir()
    _, is_new = push(_model(tmp_path / "a", b"1"), base)
    assert is_new
