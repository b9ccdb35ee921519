"""Parts of memory, and what settings save of them."""

from __future__ import annotations

from v2v_tf.memory.use import MemorySetting, MemoryUse, what_saves

GIB = 2**30
USE = MemoryUse(weights=4 * GIB, gradients=2 * GIB, maps=8 * GIB, maps_beside=GIB)


def test_the_total_is_that_of_all_parts():
    assert USE.total == 15 * GIB
    assert MemoryUse(rest=7).total == 7


def test_a_setting_saves_of_its_parts_alone():
    third = MemorySetting("curriculum.1.batch_size=1", {"maps": 0.25, "gradients": 0.5})
    assert third.saves(USE) == 7 * GIB
    assert third.key == "curriculum.1.batch_size"


def test_what_saves_most_comes_first():
    settings = [
        MemorySetting("a=1", {"maps_beside": 0.5}),
        MemorySetting("b=2", {"weights": 0.25}, "prepare again"),
        MemorySetting("c=true", {"maps": 0.875}),
    ]
    assert what_saves(settings, USE) == (
        "b=2 (prepare again) saves about 3.0 GiB, c=true 1.0 GiB, a=1 512 MiB"
    )


def test_without_settings_it_says_so():
    assert what_saves([], USE) == "no setting of this configuration would save any"
