"""A pipeline begins at any batch, and several share one."""

import numpy as np
import pytest

from tests.data.conftest import equal, make, take
from v2v_tf.data.input.dataset import Share
from v2v_tf.errors import InputError


@pytest.mark.parametrize(
    ("batch_size", "first"),
    [
        (1, 2),
        *(
            pytest.param(*pair, marks=pytest.mark.slow)
            for pair in ((1, 5), (2, 1), (2, 5))
        ),
    ],
)
def test_a_pipeline_begins_at_any_batch(street, make_config, batch_size, first):
    # Three clips are long enough, so a pass ends inside batches of two.
    config = make_config()
    whole = take(make(street, config, batch_size=batch_size), first + 4)
    rest = make(street, config, batch_size=batch_size, first_batch=first)
    assert equal(take(rest, 4), whole[first:])
    assert not equal(whole[:4], whole[first:])
    for clips in ({"training": False}, {"repeat": False}):
        order = make(street, config, batch_size=1, **clips)
        later = make(street, config, batch_size=1, first_batch=first, **clips)
        expected = take(order, first + 2)[first:]
        assert equal(take(later, 2), expected)


@pytest.mark.parametrize(
    ("workers", "replicas"),
    [
        (1, 2),
        pytest.param(2, 1, marks=pytest.mark.slow),
        (2, 3),
        pytest.param(3, 2, marks=pytest.mark.slow),
    ],
)
def test_shares_make_up_the_batch(street, make_config, workers, replicas):
    config = make_config()
    size = workers * replicas * 2
    whole = take(make(street, config, batch_size=size), 2)
    parts = [
        take(
            make(street, config, batch_size=size, share=Share(w, workers, replicas)),
            2 * replicas,
        )
        for w in range(workers)
    ]
    for number, batch in enumerate(whole):
        # Workers in order, and the replicas of each.
        mine = [
            part[number * replicas + replica]
            for part in parts
            for replica in range(replicas)
        ]
        assert all(len(part["frames"]) == 2 for part in mine)
        for key, value in batch.items():
            joined = np.concatenate([part[key] for part in mine])
            np.testing.assert_array_equal(joined, value)
    with pytest.raises(InputError, match="cannot be shared"):
        make(street, config, batch_size=size + 1, share=Share(0, workers, replicas))
