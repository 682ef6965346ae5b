"""Pixels: equal to timm's, and right for every kind of image file."""

import dataclasses
import importlib.util
import io
import json
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zooflow.cards import ImageInput
from zooflow.data import decode, decode_all, find_images, images, verify_images
from zooflow.errors import BadData, UnknownName

HERE = Path(__file__).parent
SMALL = ImageInput((8, 8), crop=1.0, interpolation="nearest")


def parity():
    path = HERE.parent / "scripts" / "parity_preprocessing.py"
    spec = importlib.util.spec_from_file_location("parity_preprocessing", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def encoded(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def photo(seed: int = 0, size: tuple[int, int] = (40, 30)) -> Image.Image:
    rng = np.random.RandomState(seed)
    return Image.fromarray(rng.randint(0, 256, (size[1], size[0], 3)).astype(np.uint8))


def album(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{i}.png" for i in range(count)]
    for i, path in enumerate(paths):
        photo(i).save(path)
    return paths


def flat(mode: str, colour: object) -> Image.Image:
    return Image.new(mode, (8, 8), colour)  # pyright: ignore[reportArgumentType]


def test_pixels_are_those_that_timm_made_but_for_a_rounding():
    script = parity()
    goldens = json.loads((HERE / "data" / "preprocessing.json").read_text())
    assert len(goldens) > 100
    for seed, size, crop, mode, interpolation, values in goldens:
        input = ImageInput(tuple(size), crop, mode, interpolation)
        pixels = decode(script.synthetic(seed), input).astype(int)
        assert np.abs(pixels.ravel()[:: script.STEP] - values).max() <= 1, (seed, input)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_upright_whatever_exif_says(orientation):
    upright = np.zeros((8, 8, 3), np.uint8)
    upright[:4, :2] = 255  # no symmetry
    stored = {  # row and column of the stored image, by the EXIF standard
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(np.ascontiguousarray(stored)), "PNG", exif=exif)
    np.testing.assert_array_equal(decode(data, SMALL), upright)


WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (encoded(flat("L", 77), "PNG"), (77, 77, 77)),
        (encoded(flat("1", 1), "PNG"), WHITE),
        (encoded(flat("LA", (0, 0)), "PNG"), WHITE),
        (encoded(flat("LA", (0, 128)), "PNG"), (127, 127, 127)),
        (encoded(flat("RGBA", (255, 0, 0, 0)), "PNG"), WHITE),
        (encoded(flat("RGBA", (255, 0, 0, 255)), "PNG"), RED),
        (encoded(flat("RGB", RED), "PNG", transparency=RED), WHITE),
        (encoded(flat("RGB", RED).quantize(2), "PNG"), RED),
        (encoded(flat("RGB", RED).quantize(2), "PNG", transparency=0), WHITE),
        (encoded(flat("RGB", RED).quantize(2), "PNG", transparency=b"\0"), WHITE),
        (encoded(flat("RGB", RED), "GIF"), RED),
        (encoded(flat("CMYK", (0, 255, 255, 0)), "TIFF"), RED),
        (encoded(flat("I;16", 65535), "PNG"), WHITE),
        (encoded(flat("I;16", 256 * 100), "PNG"), (100, 100, 100)),
        (encoded(flat("I;16", 65535), "TIFF"), WHITE),
        (encoded(flat("I", 0), "TIFF"), BLACK),
        (encoded(flat("I", 65535), "TIFF"), WHITE),
        (encoded(flat("F", 1.0), "TIFF"), WHITE),
        (b"P5 8 8 65535\n" + b"\xff\xff" * 64, WHITE),
        (encoded(flat("RGB", RED), "BMP"), RED),
        (encoded(flat("RGB", RED), "WEBP", lossless=True), RED),
        (encoded(flat("HSV", (0, 255, 255)).convert("RGB"), "PPM"), RED),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(data, colour):
    np.testing.assert_array_equal(decode(data, SMALL), np.full((8, 8, 3), colour, np.uint8))


def test_cmyk_jpeg_is_near_its_colour():
    pixels = decode(encoded(flat("CMYK", (0, 255, 255, 0)), "JPEG", quality=95), SMALL)
    assert np.abs(pixels.astype(int) - RED).max() < 8


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_animations_show_their_first_frame(format):
    frames = {"save_all": True, "append_images": [flat("RGB", (0, 0, 255))]}
    lossless = {"lossless": True} if format == "WEBP" else {}
    data = encoded(flat("RGB", RED), format, **frames, **lossless)
    assert decode(data, SMALL)[0, 0].tolist() == [255, 0, 0]


def test_damaged_exif_does_not_hide_an_image():
    data = encoded(photo(), "JPEG", exif=b"Exif\0\0garbage and nothing else")
    assert decode(data, SMALL).shape == (8, 8, 3)


def test_grey_backbones_get_one_channel():
    input = ImageInput((8, 8), 1.0, interpolation="nearest", mean=(0.5,), std=(0.5,))
    pixels = decode(encoded(flat("L", 77), "PNG"), input)
    assert pixels.shape == (8, 8, 1)
    assert (pixels == 77).all()


def bomb(width: int, height: int) -> bytes:
    """Write a PNG that says it is larger than it is."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


PNG, JPEG = encoded(photo(), "PNG"), encoded(photo(), "JPEG")
BAD = {
    "empty.jpg": (b"", "is empty"),
    "garbage.png": (random.Random(0).randbytes(500), "is not an image"),
    "text.jpg": (b"<html>404 not found</html>", "is not an image"),
    "zeros.bmp": (bytes(400), "is not an image"),
    "cut.jpg": (JPEG[: len(JPEG) // 2], "is a damaged image: "),
    "cut.png": (PNG[: len(PNG) // 2], "is a damaged image: "),
    "header.jpg": (JPEG[:20], "is not an image"),
    "magic.png": (PNG[:8], "is not an image"),
    "cut.gif": (encoded(photo(), "GIF")[:-400], "is a damaged image: "),
    "cut.webp": (encoded(photo(), "WEBP")[:120], "is "),
    "cut.tif": (encoded(photo(), "TIFF")[:200], "is "),
    "cut.bmp": (encoded(photo(), "BMP")[:200], "is a damaged image: "),
    "flipped.png": (PNG[:60] + bytes([PNG[60] ^ 255]) + PNG[61:], "is a damaged image: "),
    "bomb.png": (bomb(30000, 30000), "is too large: "),
    "lie.png": (bomb(3000, 3000), "is a damaged image: "),
    "slim.png": (encoded(photo(size=(3000, 2)), "PNG"), "is too slim: 3000 x 2 pixels"),
    "phone.heic": (b"\0\0\0\x18ftypheic" + bytes(40), "is a HEIC image"),
    "script.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not an image"),
    "drawing.png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not an image"),
    "range.tif": (encoded(flat("F", 700.0), "TIFF"), "has grey values from 700.0 to 700.0"),
    "signed.tif": (encoded(flat("I", -5), "TIFF"), "has grey values from -5 to -5"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_image_is_refused_in_one_sentence_that_names_it(name, tmp_path):
    data, message = BAD[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BadData) as caught:
        decode(path, SMALL)
    assert str(caught.value).startswith(f"{path} {message}")
    assert "\n" not in str(caught.value)
    with pytest.raises(BadData, match=name):
        verify_images([path])


def test_a_missing_image_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "nowhere.png", tmp_path):
        with pytest.raises(BadData, match="cannot be read"):
            decode(path, SMALL)


def test_all_unreadable_images_are_told_at_once(tmp_path):
    paths = []
    for i in range(9):
        paths.append(tmp_path / f"{i}.png")
        paths[-1].write_bytes(PNG if i == 4 else b"no")
    with pytest.raises(BadData) as caught:
        verify_images(paths)
    message = str(caught.value)
    assert message.startswith("8 of 9 examples cannot be used: ")
    assert message.endswith("5.png is not an image; and 3 more")
    assert "--on-bad-file skip" in caught.value.hint
    good, bad = verify_images(paths, "skip")
    assert good == [paths[4]]
    assert len(bad) == 8
    with pytest.raises(BadData, match="'ignore'"):
        verify_images(paths, "ignore")


def test_all_images_at_once_equal_each_by_itself(tmp_path):
    paths = album(tmp_path, 11)
    whole = decode_all(paths, SMALL)
    assert whole.shape == (11, 8, 8, 3)
    assert whole.dtype == np.uint8
    np.testing.assert_array_equal(whole[7], decode(paths[7].read_bytes(), SMALL))
    assert decode_all([], SMALL).shape == (0, 8, 8, 3)


def test_a_large_jpeg_is_decoded_smaller_and_looks_the_same():
    file = io.BytesIO()
    large = photo(size=(24, 18)).resize((1600, 1200), Image.Resampling.BICUBIC)
    large.save(file, "JPEG", quality=90)
    input = ImageInput((64, 64))
    assert images.load(file.getvalue(), side=2 * 74).size == (200, 150)
    pixels = decode(file.getvalue(), input).astype(int)
    reference = np.asarray(images.fit(images.load(file.getvalue()), input)).astype(int)
    assert np.abs(pixels - reference).max() <= 6
    assert np.abs(pixels - reference).mean() < 1


def test_small_images_are_shown_whole_and_photos_as_the_backbone_wants(tmp_path):
    paths = []
    for i, side in enumerate((28, 28, 28, 600)):
        paths.append(tmp_path / f"{i}.png")
        Image.new("RGB", (side, side // 2)).save(paths[-1])
    input = ImageInput((64, 64), crop=0.9)
    assert images.whole(input, paths) == dataclasses.replace(input, crop=1.0)
    assert images.whole(input, paths[3:]) == input
    assert images.whole(ImageInput((28, 28)), paths[:1]).crop == 0.875  # as large as it takes
    assert images.whole(input, [*paths[:1], *paths[3:] * 200]) == input  # most are large


def test_unknown_ways_to_resize_are_refused():
    with pytest.raises(UnknownName) as caught:
        decode(PNG, ImageInput(interpolation="bicubik"))
    assert "bicubic" in caught.value.hint
    with pytest.raises(UnknownName, match="'centre'"):
        decode(PNG, ImageInput(crop_mode="centre"))


def test_files_folders_and_globs_name_images(tmp_path):
    for name in ("a/1.JPG", "a/b/2.png", "a/.hidden/3.png", "a/._4.png", "a/Thumbs.db", "a/n.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    found = find_images([str(tmp_path / "a"), str(tmp_path / "a" / "*.JPG")])
    assert [path.name for path in found] == ["1.JPG", "2.png"]
    assert find_images([str(tmp_path / "**" / "*.png")]) == [tmp_path / "a" / "b" / "2.png"]
    assert find_images([str(tmp_path / "a" / "n.txt")]) == [tmp_path / "a" / "n.txt"]
    with pytest.raises(BadData, match="no file or folder"):
        find_images([str(tmp_path / "nowhere")])
    with pytest.raises(BadData, match="no images in"):
        find_images([str(tmp_path / "a" / "*.txt")])
