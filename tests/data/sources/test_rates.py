"""Frame rates of folders of pictures."""

from fractions import Fraction

import pytest

from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.data.sources.rates import FRAME_RATES, read_rates, write_rates
from v2v_tf.errors import InputError


def test_a_layout_may_say_the_rates_of_its_sequences(
    tmp_path, write_street, make_config
):
    write_street(tmp_path, {"a": 3, "b": 3})
    write_rates(tmp_path / FRAME_RATES, {"b": Fraction(30000, 1001)})
    one, other = list_sequences(tmp_path, make_config())
    assert (one.fps(), other.fps()) == (None, Fraction(30000, 1001))
    (flat,) = list_sequences(
        tmp_path / "train_A/b",
        make_config("street", "conditioning.street.use_instances=false"),
        need_frames=False,
    )
    assert flat.fps() == Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[25]", "expected the frames per second of each sequence"),
        ('{"a": "fast"}', "expected the frames per second of each sequence"),
        ('{"a": "1/0"}', "expected the frames per second of each sequence"),
        ('{"a": -5}', "expected a rate above 0 of a, got -5"),
        ("{", "expected the frames per second of each sequence"),
    ],
)
def test_other_rates_are_refused(tmp_path, text, message):
    (tmp_path / FRAME_RATES).write_text(text)
    with pytest.raises(InputError, match=message):
        read_rates(tmp_path / FRAME_RATES)


def test_decimals_are_rates_too(tmp_path):
    (tmp_path / FRAME_RATES).write_text('{"a": 12.5, "b": "24"}')
    rates = read_rates(tmp_path / FRAME_RATES)
    assert rates == {"a": Fraction(25, 2), "b": Fraction(24)}
