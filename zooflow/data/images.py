"""Image files to pixels, as the backbone's own evaluation transform makes them.

Needs Pillow and NumPy alone, so that a script can compare it with timm in one process.
"""

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..cards import ImageInput
from ..errors import BadData, UnknownName
from .augment import Augment, box, vary

# By content, not by ending. Others that Pillow knows run programs (EPS) or guess (TGA).
_WANTED = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "ICO", "JPEG2000", "AVIF")
Image.init()
FORMATS = tuple(name for name in _WANTED if name in Image.OPEN)

_UPRIGHT = {  # EXIF orientation -> what undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DRAFT = 2  # times the side that is wanted: a JPEG decoded smaller would lose what resizing keeps
GLANCES = 64  # at images, to see whether they are small
_SLIMMEST = 200  # longer sides than this many shorter ones would resize to gigabytes


def decode(
    source: Path | str | bytes,
    input: ImageInput,
    augment: Augment | None = None,
    chance: np.random.Generator | None = None,
) -> np.ndarray:
    """Read an image and resize and crop it as a backbone takes it.

    Args:
        source: an image file, or its bytes.
        input: what the backbone takes.
        augment: how it varies; None for not at all.
        chance: what is then drawn from.

    Returns:
        Pixels, 0 to 255, (height, width, channels); as many channels as `input.mean` has.

    Raises:
        BadData: it is not a whole image.
    """
    cuts = augment is not None and augment.crop < 1
    part = math.sqrt(augment.crop) if augment and cuts else input.crop
    image = load(source, side=DRAFT * math.ceil(max(input.size) / part))
    if len(input.mean) == 1:
        image = image.convert("L")
    if augment and chance:
        image = cut(image, input, augment, chance) if cuts else fit(image, input)
        image = vary(image, augment, chance)
    else:
        image = fit(image, input)
    pixels = np.asarray(image)
    return pixels if pixels.ndim == 3 else pixels[..., None]


def load(source: Path | str | bytes, *, side: int = 0) -> Image.Image:
    """Read an image whole: upright, first frame, on white where it is transparent, in RGB.

    Args:
        source: an image file, or its bytes.
        side: JPEG may decode at a half, a quarter or an eighth of its size, if that leaves its
            shorter side this many pixels; 0 for its own size.

    Raises:
        BadData: it is empty, no image, damaged, or too large or too slim to handle.
    """
    name = "the image" if isinstance(source, bytes) else str(source)
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError as error:
        raise BadData(f"{name} cannot be read: {error.strerror or error}") from error
    if not data:
        raise BadData(f"{name} is empty")
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
        raise BadData(f"{name} is a HEIC image, which Pillow cannot read", "convert it to JPEG")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if max(image.size) > _SLIMMEST * min(image.size):
                raise BadData(f"{name} is too slim: {image.width} x {image.height} pixels")
            if side:
                scale = side / min(image.size)
                image.draft(None, (round(image.width * scale), round(image.height * scale)))
            image.load()
            return _rgb(_upright(image), name)
    except BadData:
        raise
    except Image.UnidentifiedImageError as error:
        raise BadData(f"{name} is not an image") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadData(f"{name} is too large: {_lower(error)}") from error
    except Exception as error:  # Pillow's readers raise anything on damaged files
        raise BadData(f"{name} is a damaged image: {_lower(error)}") from error


def whole(input: ImageInput, paths: Sequence[Path]) -> ImageInput:
    """Let a backbone see all of images that are smaller than those that it takes.

    What is cropped away from photos is their margin; of digits or thumbnails it is a part of what
    they show. (Logistic regression on EfficientNet-Lite0's features of 2,000 of Fashion-MNIST's
    images tells 1,000 others by 0.877 of them, and by 0.865 where they are cropped.)

    Args:
        input: what the backbone takes.
        paths: of images that can be decoded.
    """
    places = np.linspace(0, len(paths) - 1, min(GLANCES, len(paths))).round().astype(int)
    sides = [_longer_side(paths[i]) for i in places]
    return input.at(crop=1.0) if np.median(sides) < min(input.size) else input


def _longer_side(path: Path) -> int:
    with Image.open(path, formats=FORMATS) as image:
        return max(image.size)


def fit(image: Image.Image, input: ImageInput) -> Image.Image:
    """Resize and crop as timm's evaluation transform does, or transformers'.

    To the pixel where the image is enlarged; where it is shrunk, some in a thousand values differ
    by one, as Pillow rounds what it cuts out to float32.

    Args:
        image: an upright image.
        input: what the backbone takes.
    """
    resample = _filter(input)
    height, width = (math.floor(side / input.crop) for side in input.size)
    ratios = image.height / height, image.width / width
    fill: tuple[int, ...] | int = 0
    if input.crop_mode == "squash":
        target = height, width
    elif input.crop_mode == "border":
        target = _scaled(image, max(ratios))
        fill = tuple(round(255 * value) for value in input.mean)
        fill = fill[0] if len(fill) == 1 else fill
    elif input.crop_mode != "center":
        raise UnknownName("crop mode", input.crop_mode, ["center", "squash", "border"])
    elif height != width:
        target = _scaled(image, min(ratios))
    else:  # truncates where the non-square rule rounds
        short, long = sorted(image.size)
        other = int(height * long / short)
        target = (other, height) if image.width <= image.height else (height, other)
    halve = {"round": round, "floor": math.floor}[input.halve]
    across, down = image.width / target[1], image.height / target[0]
    shrinks = min(across, down) > 1 and resample is not Image.Resampling.NEAREST
    tall = image.height > 2 * image.width  # which Pillow begins with the height
    if input.crop_mode != "center" or tall or not shrinks:
        resized = image.resize((target[1], target[0]), resample)
        return _crop(resized, input.size, fill, halve)
    # What is cropped away is not made. Width first, as Pillow does; then height.
    top, left = halve((target[0] - input.size[0]) / 2), halve((target[1] - input.size[1]) / 2)
    right, bottom = (left + input.size[1]) * across, (top + input.size[0]) * down
    sides = left * across, 0, min(right, image.width), image.height
    narrow = image.resize((input.size[1], image.height), resample, sides)
    ends = 0, top * down, narrow.width, min(bottom, image.height)
    return narrow.resize((narrow.width, input.size[0]), resample, ends)


def cut(
    image: Image.Image, input: ImageInput, augment: Augment, chance: np.random.Generator
) -> Image.Image:
    """Cut a random part out of an image and resize it.

    Args:
        image: an upright image.
        input: what the backbone takes.
        augment: says how small the part may be.
        chance: what is drawn from.
    """
    part = box(image.size, augment, chance)
    return image.resize((input.size[1], input.size[0]), _filter(input), part)


def _filter(input: ImageInput) -> Image.Resampling:
    if input.interpolation.upper() not in Image.Resampling.__members__:
        known = [member.lower() for member in Image.Resampling.__members__]
        raise UnknownName("interpolation", input.interpolation, known)
    return Image.Resampling[input.interpolation.upper()]


def _scaled(image: Image.Image, ratio: float) -> tuple[int, int]:
    return max(1, round(image.height / ratio)), max(1, round(image.width / ratio))


def _crop(
    image: Image.Image,
    size: tuple[int, int],
    fill: tuple[int, ...] | int,
    halve: Callable[[float], int],
) -> Image.Image:
    height, width = size
    if image.height < height or image.width < width:
        canvas = (max(image.width, width), max(image.height, height))
        corner = (canvas[0] - image.width) // 2, (canvas[1] - image.height) // 2
        padded = Image.new(image.mode, canvas, fill)
        padded.paste(image, corner)
        image = padded
    top = halve((image.height - height) / 2)
    left = halve((image.width - width) / 2)
    return image.crop((left, top, left + width, top + height))


def _upright(image: Image.Image) -> Image.Image:
    try:
        turn = _UPRIGHT.get(image.getexif().get(0x0112, 1))
    except Exception:  # EXIF that is damaged says nothing of the way up
        turn = None
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image, name: str) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = Image.fromarray(_eight_bits(np.asarray(image), name))
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _eight_bits(values: np.ndarray, name: str) -> np.ndarray:
    """Scale 16-bit grey, which Pillow would cut off at 255, and floats from 0 to 1."""
    low, high = values.min(), values.max()
    most = 1.0 if values.dtype.kind == "f" else 65535
    if not (low >= 0 and high <= most):
        raise BadData(f"{name} has grey values from {low} to {high}, not from 0 to {most:g}")
    return np.round(values / most * 255).astype(np.uint8)


def _lower(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[:1].lower() + text[1:].rstrip(".")
