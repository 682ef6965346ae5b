"""Image files to pixels, as the backbone's own evaluation transform makes them.

Needs Pillow and NumPy alone, so that a script can compare it with timm in one process.
"""

import io
import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from ..cards import ImageInput
from ..errors import BadData, UnknownName

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
_SLIMMEST = 200  # longer sides than this many shorter ones would resize to gigabytes


def decode(source: Path | str | bytes, input: ImageInput) -> np.ndarray:
    """Read an image and resize and crop it as a backbone takes it.

    Args:
        source: an image file, or its bytes.
        input: what the backbone takes.

    Returns:
        Pixels, 0 to 255, (height, width, channels); as many channels as `input.mean` has.

    Raises:
        BadData: it is not a whole image.
    """
    image = load(source)
    if len(input.mean) == 1:
        image = image.convert("L")
    pixels = np.asarray(fit(image, input))
    return pixels if pixels.ndim == 3 else pixels[..., None]


def decode_all(
    paths: Sequence[Path], input: ImageInput, *, threads: int | None = None
) -> np.ndarray:
    """Decode many images at once into memory, (images, height, width, channels)."""
    out = np.empty((len(paths), *input.size, len(input.mean)), np.uint8)

    def fill(i: int) -> None:
        out[i] = decode(paths[i], input)

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        deque(pool.map(fill, range(len(paths))), maxlen=0)
    return out


def image_batches(
    paths: Sequence[Path], input: ImageInput, batch: int, *, threads: int | None = None
) -> Iterator[np.ndarray]:
    """Decode images in order, two batches ahead of whoever reads them.

    Args:
        paths: image files.
        input: what the backbone takes.
        batch: images in each array; the last may have fewer.
        threads: decoders at work; all cores by default.

    Yields:
        Pixels, 0 to 255, (batch, height, width, channels).
    """
    ahead: deque[Iterator[np.ndarray]] = deque()
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for start in range(0, len(paths), batch):
            chunk = paths[start : start + batch]
            ahead.append(pool.map(decode, chunk, [input] * len(chunk)))
            if len(ahead) > 2:
                yield np.stack(list(ahead.popleft()))
        while ahead:
            yield np.stack(list(ahead.popleft()))


def load(source: Path | str | bytes, *, quick: bool = False) -> Image.Image:
    """Read an image whole: upright, first frame, on white where it is transparent, in RGB.

    Args:
        source: an image file, or its bytes.
        quick: let JPEG decode at an eighth of its size, to see whether it is whole.

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
            if quick:
                image.draft(None, (1, 1))
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


def fit(image: Image.Image, input: ImageInput) -> Image.Image:
    """Resize and crop as timm's evaluation transform does, or transformers', to the pixel.

    Args:
        image: an upright image.
        input: what the backbone takes.
    """
    if input.interpolation.upper() not in Image.Resampling.__members__:
        known = [member.lower() for member in Image.Resampling.__members__]
        raise UnknownName("interpolation", input.interpolation, known)
    resample = Image.Resampling[input.interpolation.upper()]
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
    resized = image.resize((target[1], target[0]), resample)
    return _crop(resized, input.size, fill, {"round": round, "floor": math.floor}[input.halve])


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
