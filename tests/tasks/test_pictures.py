"""Pictures as cameras, encoders and broken copies leave them."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.jpeg_damage import is_damaged
from v2v_tf.tasks.orientation import as_stored, upright
from v2v_tf.tasks.street.label_tables import LabelReader

SHOWN = np.kron(np.arange(6, dtype=np.uint8).reshape(2, 3) * 40 + 7, np.ones((8, 8)))
SHOWN = SHOWN.astype(np.uint8)
COLORS = np.stack([SHOWN, 255 - SHOWN, SHOWN // 2], axis=-1)
IDS = np.arange(12, dtype=np.uint8).reshape(3, 4) % 7
FORMATS = [("png", {}), ("tif", {}), ("webp", {"lossless": True})]


def _save(path, values, orientation=1, **options):
    """Writes a picture that is shown as `values`, and lies in the file turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(as_stored(values, orientation)).save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("suffix", "options"), [*FORMATS, ("jpg", {"quality": 100})])
def test_frames_are_upright_whatever_their_format(
    tmp_path, suffix, options, orientation
):
    path = _save(tmp_path / f"a.{suffix}", COLORS, orientation, **options)
    near = {"atol": 60 if suffix == "jpg" else 0}
    np.testing.assert_allclose(source_files.read_rgb(path), COLORS, **near)
    stored = source_files.read_stored_rgb(path)
    np.testing.assert_allclose(stored, as_stored(COLORS, orientation), **near)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("suffix", "options"), FORMATS)
def test_ids_and_colours_are_turned_as_frames_are(
    tmp_path, suffix, options, orientation
):
    if suffix == "webp":
        values = np.repeat(SHOWN[..., np.newaxis], 3, axis=-1)
    else:
        values = SHOWN
    path = _save(tmp_path / f"ids.{suffix}", values, orientation, **options)
    stored = as_stored(SHOWN, orientation)
    np.testing.assert_array_equal(source_files.read_ids(path), SHOWN)
    np.testing.assert_array_equal(source_files.read_stored_ids(path), stored)
    path = _save(tmp_path / f"colors.{suffix}", COLORS, orientation, **options)
    ids = {
        tuple(color): i
        for i, color in enumerate(np.unique(COLORS.reshape(-1, 3), axis=0).tolist())
    }
    reader = LabelReader(tuple((*color, label) for color, label in ids.items()))
    labels = np.array([[ids[tuple(c)] for c in row] for row in COLORS.tolist()])
    np.testing.assert_array_equal(reader(path), labels)
    turned = as_stored(labels, orientation)
    np.testing.assert_array_equal(reader.as_stored()(path), turned)


def test_turning_is_undone():
    for orientation in range(1, 9):
        turned = upright(COLORS, orientation)
        np.testing.assert_array_equal(as_stored(turned, orientation), COLORS)
    assert upright(IDS, 8)[0].tolist() == IDS[:, -1].tolist()


@pytest.mark.parametrize(("number", "named"), [(7, "JPEG"), (50_001, "WebP")])
def test_ids_of_a_lossy_tiff_are_refused(tmp_path, number, named):
    path = tmp_path / "a.tiff"
    Image.fromarray(SHOWN).save(path, compression="jpeg")
    before, after = (struct.pack("<HHIHH", 259, 3, 1, n, 0) for n in (7, number))
    assert path.read_bytes().count(before) == 1
    path.write_bytes(path.read_bytes().replace(before, after))
    said = f"lossless format such as PNG, got TIFF compressed by {named}, which mixes"
    with pytest.raises(InputError, match=said) as error:
        source_files.read_ids(path)
    assert str(error.value).count(str(path)) == 1
    Image.fromarray(SHOWN).save(path, compression="tiff_lzw")
    np.testing.assert_array_equal(source_files.read_ids(path), SHOWN)


def test_webp_may_hold_ids_where_it_is_lossless(tmp_path):
    path = tmp_path / "a.webp"
    Image.fromarray(IDS).convert("RGB").save(path, lossless=True)
    np.testing.assert_array_equal(source_files.read_ids(path), IDS)
    Image.fromarray(COLORS).save(path, lossless=True)
    with pytest.raises(InputError, match="expected a single-channel map of ids"):
        source_files.read_ids(path)
    Image.fromarray(IDS).convert("RGB").save(path, quality=90)
    with pytest.raises(InputError, match="lossless format such as PNG, got WEBP"):
        source_files.read_ids(path)


@pytest.mark.parametrize("largest", [34, 255, 1000, 65_535])
@pytest.mark.parametrize("kind", ["P5", "P2"])
def test_ids_of_pgm_are_what_the_file_holds(tmp_path, largest, kind):
    ids = np.linspace(0, largest, 12).astype(np.int32).reshape(3, 4)
    header = f"{kind}\n# by hand\n4 3\n{largest}\n".encode()
    if kind == "P2":
        body = " ".join(map(str, ids.ravel())).encode()
    else:
        body = ids.astype("u1" if largest < 256 else ">u2").tobytes()
    (tmp_path / "a.pgm").write_bytes(header + body)
    np.testing.assert_array_equal(source_files.read_ids(tmp_path / "a.pgm"), ids)


@pytest.mark.parametrize("depth", [2, 4])
def test_ids_of_few_bits_are_what_the_file_holds(tmp_path, depth):
    ids = np.arange(16).reshape(2, 8) * 5 % 2**depth
    bits = (ids[..., np.newaxis] >> np.arange(depth)[::-1]) & 1
    rows = np.packbits(bits.reshape(2, -1).astype(np.uint8), axis=1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 8, 2, depth, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    )
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(held))
        + name
        + held
        + struct.pack(">I", zlib.crc32(name + held))
        for name, held in chunks
    )
    (tmp_path / "a.png").write_bytes(data)
    np.testing.assert_array_equal(source_files.read_ids(tmp_path / "a.png"), ids)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_lines_may_lie_in_alpha_alone(tmp_path, mode):
    lines = np.where(SHOWN > 100, 255, 0).astype(np.uint8)
    black = Image.new(mode[:-1], lines.shape[::-1])
    black.putalpha(Image.fromarray(lines))
    black.save(tmp_path / "a.png")
    np.testing.assert_array_equal(source_files.read_grey(tmp_path / "a.png"), lines)
    # Where colours differ, they are the picture.
    colors = Image.fromarray(COLORS)
    colors.putalpha(Image.fromarray(lines))
    colors.save(tmp_path / "b.png")
    expected = cv2.cvtColor(COLORS, cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(source_files.read_grey(tmp_path / "b.png"), expected)
    Image.new("RGBA", (5, 3), (0, 0, 0, 255)).save(tmp_path / "c.png")
    assert not source_files.read_grey(tmp_path / "c.png").any()


def _jpeg(**options):
    noise = np.random.default_rng(4).integers(0, 255, (30, 43, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(cv2.resize(noise, (430, 301))).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 95}])
def test_frames_of_a_jpeg_that_breaks_off_are_refused(tmp_path, options):
    data, path = _jpeg(**options), tmp_path / "a.jpg"
    half = len(data) // 2
    for broken in (data[:half], data[:half] + b"\xff\xd9"):
        path.write_bytes(broken)
        with pytest.raises(InputError, match=r"a\.jpg: not a readable image"):
            source_files.read_rgb(path)
    path.write_bytes(data)
    assert source_files.read_rgb(path).shape == (301, 430, 3)


def test_most_of_what_is_written_into_a_jpeg_is_seen():
    data, rng = _jpeg(), np.random.default_rng(8)
    half = len(data) // 2
    seen = [
        is_damaged(data[:half] + rng.bytes(300) + data[half + 300 :]) for _ in range(40)
    ]
    assert np.mean(seen) > 0.7


@pytest.mark.parametrize(
    "data",
    [
        _jpeg(exif=b"Exif\0\0of no camera" * 9, comment=b"\xff" * 40),
        _jpeg(icc_profile=b"no profile" * 30, progressive=True),
        _jpeg(subsampling="4:1:1", quality=30),
        _jpeg()[:-2],
        _jpeg() + bytes(500),
        _jpeg() + _jpeg(),
        b"",
        b"\x89PNG broken",
    ],
)
def test_what_lies_around_a_picture_is_no_damage(data):
    assert not is_damaged(data)


def test_a_file_is_named_once(tmp_path):
    path = tmp_path / "a.png"
    for data in (b"nothing", b"\x89PNG broken"):
        path.write_bytes(data)
        with pytest.raises(InputError, match="no known format") as error:
            source_files.read_ids(path)
        assert str(error.value).count(str(path)) == 1
