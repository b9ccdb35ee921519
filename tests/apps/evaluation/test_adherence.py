"""Conditions found again, by a detector of another package: faces of two dots."""

import numpy as np
import pytest

from tests.apps.evaluation.dots import Dots, face, nobody
from v2v_tf.apps.evaluation import tables
from v2v_tf.apps.evaluation.adherence import AdherenceMeasure, AdherenceOptions
from v2v_tf.apps.evaluation.clip_features import FeatureNetworks
from v2v_tf.apps.evaluation.gathering import Gathering
from v2v_tf.config import load_config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.extras import MissingExtraError
from v2v_tf.inference.frames import Synthesized

FACE = load_config(None, ("task=face",))


@pytest.fixture(autouse=True)
def dots(monkeypatch):
    monkeypatch.setitem(DETECTORS._loaded, "dots", Dots)


def measure():
    return AdherenceMeasure.load(FACE, AdherenceOptions("dots"))


def clip(*frames):
    return np.stack(frames)


def test_errors_stand_beside_what_the_detector_errs_by_itself():
    real = clip(face(10), face(12), face(14, apart=10))
    made = {"moved": np.roll(real, 3, axis=2), "higher": np.roll(real, -2, axis=1)}
    found = measure().measure("a", real, made)
    eyes = np.array([20, 20, 10])
    assert found["moved"]["landmark_error"] == pytest.approx((3 / eyes).mean())
    assert found["higher"]["landmark_error"] == pytest.approx((2 / eyes).mean())
    for values in found.values():
        # Half a pixel to the right, and mirrored half a pixel to the left.
        assert values["landmark_error_floor"] == pytest.approx((1 / eyes).mean())
        assert values["faces_found"] == values["faces_found_floor"] == 1.0


def test_faces_that_are_missing_do_not_improve_the_mean_unseen():
    real = clip(face(10), face(10), nobody(), face(10))
    made = clip(face(12), nobody(), face(50, 5, 8), face(12))
    adherence = measure()
    values = adherence.measure("a", real, {"made": made})["made"]
    assert values["landmark_error"] == pytest.approx(0.1)
    assert values["faces_found"] == pytest.approx(2 / 3)
    assert adherence.notes() == (
        "adherence is measured in 3 of 4 frames, those whose real frame shows faces",
    )
    never = measure().measure("a", real, {"made": clip(*[nobody()] * 4)})["made"]
    assert "landmark_error" not in never and never["faces_found"] == 0.0


def test_the_person_of_the_real_clip_is_the_one_that_is_compared():
    # A small face in front, a large one behind; the real clip's large one is followed.
    def both(small, large):
        return face(large, 40, 30, into=face(small, 10, 12))

    real = clip(*[both(30 - t, 4 + t) for t in range(4)])
    made = clip(*[both(30 - t, 7 + t) for t in range(4)])
    made[3] = nobody()
    face(24, 10, 12, into=made[3])  # the large one is gone
    values = measure().measure("a", real, {"made": made})["made"]
    assert values["faces_found"] == 1.0
    eyes = np.hypot([24 - 7, 24 + 12 - 37], 30)
    middle = np.hypot(30 - 22, 30)
    wrong = (eyes.sum() + 66 * middle) / 68 / 30
    assert values["landmark_error"] == pytest.approx((3 * 0.1 + wrong) / 4)


def test_another_shot_is_another_person():
    quiet = clip(*[face(4, 40, 30) for _ in range(3)])
    # The next shot shows a smaller face, far away, on another ground.
    other = 255 - clip(*[nobody() for _ in range(3)])
    for frame in other:
        face(50, 8, 10, into=frame)
    real = np.concatenate([quiet, other])
    adherence = measure()
    adherence.measure("a", real, {"made": real})
    assert adherence.notes()[0].startswith("adherence is measured in 6 of 6")


def test_notes_say_where_nothing_was_found():
    adherence = measure()
    empty = clip(nobody((64, 128)), nobody((64, 128)))
    assert adherence.measure("a", empty, {"made": empty}) == {"made": {}}
    assert adherence.notes() == (
        "no faces found in the real clips at 128x64: adherence to conditions is not "
        "measured",
    )
    seen = clip(face(), nobody())
    adherence.measure("b", seen, {"made": seen})
    assert adherence.notes() == (
        "adherence is measured in 1 of 4 frames, those whose real frame shows faces; "
        "none in 1 of 2 clips "
        "(a)",
    )


def test_edges_are_found_without_a_network():
    config = load_config(None, ("task=edges",))
    adherence = AdherenceMeasure.load(config, AdherenceOptions())
    real = clip(*[face(apart=30)] * 2)
    real[:, :, 40:] = 200
    values = adherence.measure("a", real, {"made": np.roll(real, 9, axis=2)})["made"]
    assert values["edge_f1"] < 0.5 < 0.99 < values["edge_f1_floor"]
    assert "without a network" in adherence.describe()["adherence"]["detector"]
    with pytest.raises(InputError, match="edges is found in frames without a network"):
        AdherenceMeasure.load(config, AdherenceOptions(network="nets"))


def test_what_is_missing_is_noted_or_refused(monkeypatch):
    street = load_config(None, ("task=street",))
    left_out = AdherenceMeasure.load(street, AdherenceOptions())
    assert not left_out.measures and left_out.measure("a", clip(face()), {}) == {}
    (note,) = left_out.notes()
    assert note.startswith("adherence to conditions is left out: task street")
    with pytest.raises(InputError, match="task street"):
        AdherenceMeasure.load(street, AdherenceOptions(is_needed=True))
    with pytest.raises(InputError, match="finds what task face reads"):
        AdherenceMeasure.load(
            load_config(None, ("task=pose",)), AdherenceOptions("dots")
        )
    with pytest.raises(InputError, match="there is no such file"):
        AdherenceMeasure.load(FACE, AdherenceOptions("dots", "missing"))

    def nothing():
        raise MissingExtraError("annotate", "No module named 'scenedetect'")

    monkeypatch.setattr("v2v_tf.apps.evaluation.adherence.CutFinder", nothing)
    (note,) = AdherenceMeasure.load(FACE, AdherenceOptions()).notes()
    assert "left out: needs the extra [annotate]: pip install" in note
    none = AdherenceMeasure.load(FACE, AdherenceOptions("none"))
    assert not none.measures and none.notes() == ()


def test_tables_have_the_floor_in_the_real_row():
    real = clip(*[face(10, size=(32, 64)) for _ in range(2)])
    flow = np.zeros([1, 32, 64, 2], np.float32)
    trusted = np.ones([1, 32, 64, 1], np.float32)
    planes = np.zeros([2, 32, 64, 1], np.uint8)
    gathering = Gathering(FeatureNetworks(), FACE, 0, adherence=measure())
    methods = {
        name: Synthesized(np.roll(real, by, axis=2), None, None, None, None)
        for name, by in (("vid2vid", 1), ("copy_warp", 4))
    }
    whole = Clip(planes, real, None, flow, trusted, clip_id="a@0")
    gathering.add(whole, methods)
    summary = gathering.summary()
    rows = tables.rows(summary)
    errors = {name: values["landmark_error"] for name, values in rows.items()}
    assert errors == {
        "real": pytest.approx(0.05),
        "vid2vid": pytest.approx(0.05),
        "copy_warp": pytest.approx(0.2),
    }
    assert summary.clips["a@0"]["copy_warp"]["landmark_error"] == pytest.approx(0.2)
    assert rows["real"]["faces_found"] == 1.0
    assert summary.networks["adherence"]["detector"] == "dots"
    assert "dots.bin (sha256 abababababab" in summary.networks["adherence"]["networks"]
    text = tables.as_text(summary)
    assert "once mirrored, the floor" in text
    assert "adherence is measured in 2 of 2" in text
