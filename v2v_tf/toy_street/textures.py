"""Draws pictures of the toy street's movable objects, once per instance.

A texture is uint8 [h, w, 4], RGB and coverage (0 or 255 inside, soft at the edge).
Texels that are not covered carry colours too, so that filtering a texture does not
bleed black into its silhouette.
"""

from __future__ import annotations

import cv2
import numpy as np

Colour = tuple[int, int, int]

CAR_COLOURS: tuple[Colour, ...] = (
    (196, 40, 36),
    (34, 74, 170),
    (228, 228, 222),
    (40, 42, 48),
    (240, 184, 32),
    (34, 130, 84),
    (120, 176, 214),
    (218, 112, 34),
    (122, 52, 128),
    (150, 154, 160),
)
_GLASS: Colour = (46, 62, 78)
_GLASS_BRIGHT: Colour = (120, 146, 164)
_TYRE: Colour = (24, 24, 26)
_SKIN: tuple[Colour, ...] = ((236, 196, 164), (198, 146, 108), (122, 82, 58))
_CLOTHES: tuple[Colour, ...] = (
    (206, 52, 60),
    (52, 92, 190),
    (240, 208, 72),
    (70, 160, 92),
    (236, 236, 236),
    (150, 70, 160),
    (240, 130, 50),
)
_TROUSERS: tuple[Colour, ...] = (
    (44, 52, 82),
    (60, 56, 52),
    (110, 92, 70),
    (30, 30, 34),
)


def scaled(colour: Colour, factor: float) -> Colour:
    """Returns a colour made darker or brighter, clipped to 0 .. 255."""
    red, green, blue = (int(np.clip(c * factor, 0, 255)) for c in colour)
    return red, green, blue


def panel(colour: Colour) -> np.ndarray:
    """Returns a plain opaque texture."""
    return _canvas(8, 8, colour, covered=True)


def car_end(colour: Colour, rear: bool) -> np.ndarray:
    """Returns the lower half of a car's rear or front: lights, bumper, tyres."""
    height, width = 64, 128
    image = _canvas(height, width, colour, covered=True)
    image[: height // 2, :, :3] = scaled(colour, 1.12)
    image[int(0.62 * height) :, :, :3] = scaled(colour, 0.62)  # bumper
    image[int(0.76 * height) :, :, :3] = (20, 20, 22)  # the shadow below the car
    for left in (6, width - 30):
        cv2.rectangle(image, (left, 46), (left + 24, height), (*_TYRE, 255), -1)
    lights = (224, 30, 34) if rear else (255, 246, 214)
    for left in (4, width - 30):
        cv2.rectangle(image, (left, 10), (left + 26, 25), (*lights, 255), -1)
        cv2.rectangle(
            image, (left, 10), (left + 26, 25), (*scaled(lights, 0.6), 255), 1
        )
    if rear:
        cv2.rectangle(image, (46, 26), (82, 36), (240, 236, 214, 255), -1)
    else:
        cv2.rectangle(image, (38, 14), (90, 30), (34, 36, 40, 255), -1)
    return image


def car_side(colour: Colour) -> np.ndarray:
    """Returns the lower half of a car's side, its front at the left."""
    height, width = 64, 256
    image = _canvas(height, width, scaled(colour, 0.86), covered=True)
    image[: height // 4, :, :3] = colour
    image[int(0.7 * height) :, :, :3] = (20, 20, 22)
    for x in (118, 176):
        cv2.line(image, (x, 0), (x, 42), (*scaled(colour, 0.55), 255), 2)
    for x in (48, 206):
        cv2.circle(image, (x, 42), 26, (*scaled(colour, 0.4), 255), -1)
        cv2.circle(image, (x, 42), 22, (*_TYRE, 255), -1)
        cv2.circle(image, (x, 42), 11, (176, 178, 182, 255), -1)
    cv2.rectangle(image, (0, 8), (10, 20), (255, 246, 214, 255), -1)
    cv2.rectangle(image, (width - 9, 8), (width, 22), (224, 30, 34, 255), -1)
    return image


def car_window(
    colour: Colour, insets: tuple[float, float], pillars: tuple[float, ...] = ()
) -> np.ndarray:
    """Returns one side of a cabin: a trapezoid of car colour filled with glass.

    Args:
        colour: colour of the car.
        insets: shares of the width by which the upper corners move in, left and right.
        pillars: positions of the pillars that divide the glass, in shares of the width.
    """
    height, width = 48, 128
    image = _canvas(height, width, scaled(colour, 0.9), covered=False)
    corners = np.array(
        [
            (insets[0] * width, 0),
            ((1 - insets[1]) * width, 0),
            (width, height),
            (0, height),
        ]
    )
    inner = corners + np.array([(7, 7), (-7, 7), (-10, -3), (10, -3)])
    image[..., 3] = _polygon(height, width, corners)
    glass = _polygon(height, width, inner)[..., None] / 255.0
    ramp = np.linspace(0, 1, height)[:, None, None]
    shade = np.array(_GLASS_BRIGHT) * (1 - ramp) + np.array(_GLASS) * ramp
    image[..., :3] = image[..., :3] * (1 - glass) + shade * glass
    for part in pillars:
        x = int(part * width)
        cv2.line(image, (x, 4), (x, height), (*scaled(colour, 0.9), 255), 5)
    return image


def tree(rng: np.random.Generator) -> np.ndarray:
    """Returns a tree, 1 wide to 1.6 high: trunk and a crown of leaf clusters."""
    height, width = 205, 128
    green = np.array([(58, 122, 46), (84, 142, 52), (44, 104, 58)][rng.integers(3)])
    image = _canvas(height, width, (58, 110, 48), covered=False)
    trunk = (int(rng.integers(84, 108)), 74, 48)
    cv2.rectangle(image, (57, 110), (71, height), (*trunk, 255), -1)
    cv2.rectangle(image, (57, 110), (62, height), (*scaled(trunk, 0.7), 255), -1)
    for x, y, radius in ((64, 62, 44), (38, 84, 30), (90, 86, 31), (62, 104, 30)):
        centre = (int(x + rng.integers(-5, 6)), int(y + rng.integers(-5, 6)))
        cv2.circle(image, centre, radius, (*map(int, green), 255), -1, cv2.LINE_AA)
    crown = image[..., 3] > 0
    for _ in range(70):
        x, y = rng.integers(14, 114), rng.integers(14, 134)
        # Lit from above right.
        light = 1.0 + 0.35 * (0.5 * (x - 64) - (y - 74)) / 74 + rng.uniform(-0.26, 0.26)
        blob = np.zeros((height, width), np.uint8)
        cv2.circle(blob, (int(x), int(y)), int(rng.integers(6, 13)), 1, -1)
        leaves = (blob > 0) & crown & (np.arange(height)[:, None] < 136)
        image[leaves, :3] = np.clip(green * light, 0, 255)
    return image


def person(rng: np.random.Generator) -> np.ndarray:
    """Returns a walking person, 1 wide to 2.5 high."""
    height, width = 160, 64
    skin = _SKIN[rng.integers(len(_SKIN))]
    coat = _CLOTHES[rng.integers(len(_CLOTHES))]
    trousers = _TROUSERS[rng.integers(len(_TROUSERS))]
    image = _canvas(height, width, scaled(coat, 0.8), covered=False)
    for foot, shade in ((14, 0.75), (50, 1.0)):
        points = np.array([(26, 88), (40, 88), (foot + 7, 158), (foot - 6, 158)])
        cv2.fillConvexPoly(image, points, (*scaled(trousers, shade), 255), cv2.LINE_AA)
    for hand, shade in ((10, 0.8), (54, 0.9)):
        cv2.line(image, (32, 44), (hand, 84), (*scaled(coat, shade), 255), 9)
        cv2.circle(image, (hand, 86), 5, (*skin, 255), -1)
    cv2.ellipse(image, (32, 66), (15, 32), 0, 0, 360, (*coat, 255), -1, cv2.LINE_AA)
    cv2.circle(image, (32, 20), 13, (*skin, 255), -1, cv2.LINE_AA)
    hair = scaled(trousers, float(rng.uniform(0.6, 1.4)))
    cv2.ellipse(image, (32, 16), (14, 11), 0, 180, 360, (*hair, 255), -1, cv2.LINE_AA)
    return image


def noise_tile(seed: int, texels: int = 256) -> np.ndarray:
    """Returns band-limited noise that repeats without a seam.

    Returns:
        float32 [texels, texels], mean 0, standard deviation 1, features of about
        eight texels.
    """
    noise = np.random.default_rng(seed).standard_normal((texels, texels))
    wrapped = np.pad(noise, 16, mode="wrap")
    smooth = cv2.GaussianBlur(wrapped, (0, 0), 2.0)[16:-16, 16:-16]
    smooth -= cv2.GaussianBlur(np.pad(smooth, 48, mode="wrap"), (0, 0), 12.0)[
        48:-48, 48:-48
    ]
    return ((smooth - smooth.mean()) / smooth.std()).astype(np.float32)


def _canvas(height: int, width: int, colour: Colour, covered: bool) -> np.ndarray:
    image = np.empty((height, width, 4), np.uint8)
    image[...] = (*colour, 255 if covered else 0)
    return image


def _polygon(height: int, width: int, corners: np.ndarray) -> np.ndarray:
    """Returns a filled polygon with soft edges, uint8 [height, width]."""
    mask = np.zeros((height, width), np.uint8)
    fixed = np.rint(corners * 16 - 8).astype(np.int32)  # 4 fractional bits
    cv2.fillConvexPoly(mask, fixed, 255, cv2.LINE_AA, shift=4)
    return mask
