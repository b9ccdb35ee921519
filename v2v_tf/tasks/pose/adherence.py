"""Compares the body of a generated person with that of the real one."""

from __future__ import annotations

import numpy as np

from v2v_tf.tasks.adherence import Adherence, AdherenceMetric, Seen, mirrored_points
from v2v_tf.tasks.face.adherence import MIRROR as FACE_MIRROR
from v2v_tf.tasks.points_over_time import is_detected
from v2v_tf.tasks.pose import people

NEAR = 0.1  # of the torso
# The point of the other side, for each of BODY_25.
BODY_MIRROR = (
    *(0, 1, 5, 6, 7, 2, 3, 4, 8, 12, 13, 14, 9, 10, 11),
    *(16, 15, 18, 17, 22, 23, 24, 19, 20, 21),
)
# The same for all 137: body; face with its pupils, 68 and 69; left and right hand.
MIRROR = (
    *BODY_MIRROR,
    *(people.FACE.start + point for point in FACE_MIRROR),
    *range(people.HANDS[1].start, people.HANDS[1].stop),
    *range(people.HANDS[0].start, people.HANDS[0].stop),
)
# A shoulder and the hip of the other side; where neither pair is seen, neck and hips.
_TORSO = ((2, 12), (5, 9))
_SPINE = (1, 8)
_PCK = "pose_pck"


def torso_size(body: np.ndarray) -> float | None:
    """Returns the size of a torso: the mean distance of shoulders and opposite hips.

    Args:
        body: [25 or more, 2 or more], BODY_25 first, x and y first, pixels.

    Returns:
        Pixels; None where no torso is seen.
    """
    known = is_detected(body)
    pairs = [pair for pair in _TORSO if known[list(pair)].all()]
    if not pairs and known[list(_SPINE)].all():
        pairs = [_SPINE]
    sizes = [float(np.hypot(*(body[a, :2] - body[b, :2]))) for a, b in pairs]
    return float(np.mean(sizes)) if sizes and min(sizes) > 0 else None


def correct_points(found: np.ndarray | None, real: np.ndarray) -> float | None:
    """Returns the percentage of correct keypoints (PCK) of a body, as a share.

    A point of the real frame is correct where the generated one has it no farther than
    a tenth of the torso away; one that is missing is wrong. The percentage is that of
    Yang and Ramanan (PAMI 2013, DOI 10.1109/TPAMI.2012.261), by the torso in place of
    the box around the person, as Sapp and Taskar (CVPR 2013, DOI 10.1109/CVPR.2013.471)
    measure: a box grows with every raised arm.

    Args:
        found: [137, 3], points of the generated frame, see `pose.people`; None where
            it shows nobody.
        real: those of the real frame.

    Returns:
        0 .. 1; None where the real frame shows no torso.
    """
    body = real[people.BODY].astype(np.float64)
    torso, known = torso_size(body), is_detected(real[people.BODY])
    if torso is None:
        return None
    if found is None:
        return 0.0
    moved = found[people.BODY, :2].astype(np.float64) - body[:, :2]
    near = np.hypot(*moved.T) <= NEAR * torso  # of a missing point NaN, so false
    return float((near & is_detected(found[people.BODY]))[known].mean())


def compare(found: Seen, real: Seen) -> dict[str, float]:
    """Returns the share of correct points; nothing where the real frame has none.

    Args:
        found: see `correct_points`.
        real: see `correct_points`; None where the real frame shows nobody.
    """
    share = None if real is None else correct_points(found, real)
    return {} if share is None else {_PCK: share}


ADHERENCE = Adherence(
    "bodies with shoulders and hips",
    (
        AdherenceMetric(
            _PCK,
            "PCK of poses",
            f"share of the real body's points that lie within {NEAR:g} of its torso; "
            "missing ones are wrong; 1 is all",
        ),
    ),
    compare,
    lambda points, width: mirrored_points(points, width, MIRROR),
)
