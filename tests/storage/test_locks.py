"""A folder is one process's at a time."""

import pytest

from v2v_tf.errors import InputError
from v2v_tf.storage.locks import alone, is_held


def test_a_folder_is_held_until_the_block_ends(tmp_path):
    with alone(tmp_path, "taken"):
        assert is_held(tmp_path)
        with (
            pytest.raises(InputError, match="mine already"),
            alone(tmp_path, "mine already"),
        ):
            pass
        assert is_held(tmp_path)
    assert not is_held(tmp_path) and list(tmp_path.iterdir()) == []
