"""Operations on images that RandAugment and AugMix chain, at random strengths.

Papers:
    Cubuk et al., RandAugment, 2019. arXiv:1909.13719
    Hendrycks et al., AugMix, 2019. arXiv:1912.02781
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

GREY = 128  # of what an operation leaves bare
CHAINS, LONGEST, MILD = 3, 3, 0.3  # of AugMix: chains, operations in one, their greatest strength


def _bend(image: Image.Image, *matrix: float) -> Image.Image:
    """Sample an image where an affine map says, about its centre."""
    a, b, shift_x, c, d, shift_y = matrix
    x, y = image.width / 2, image.height / 2
    about = a, b, x - a * x - b * y + shift_x, c, d, y - c * x - d * y + shift_y
    fill = GREY if image.mode == "L" else (GREY,) * 3
    return image.transform(
        image.size, Image.Transform.AFFINE, about, Image.Resampling.BILINEAR, fillcolor=fill
    )


def _turn(image: Image.Image, by: float) -> Image.Image:
    angle = np.deg2rad(30 * by)
    return _bend(image, np.cos(angle), np.sin(angle), 0, -np.sin(angle), np.cos(angle), 0)


def _enhance(kind: Callable[[Image.Image], ImageEnhance._Enhance]) -> "Operation":
    return lambda image, by: kind(image).enhance(1 + 0.9 * by)


Operation = Callable[[Image.Image, float], Image.Image]  # by a strength from -1 to 1
SHAPES: tuple[Operation, ...] = (
    lambda image, by: ImageOps.autocontrast(image),
    lambda image, by: ImageOps.equalize(image),
    lambda image, by: ImageOps.posterize(image, 8 - round(4 * abs(by))),
    lambda image, by: ImageOps.solarize(image, round(256 * (1 - abs(by)))),
    _turn,
    lambda image, by: _bend(image, 1, 0.3 * by, 0, 0, 1, 0),
    lambda image, by: _bend(image, 1, 0, 0, 0.3 * by, 1, 0),
    lambda image, by: _bend(image, 1, 0, 0.45 * by * image.width, 0, 1, 0),
    lambda image, by: _bend(image, 1, 0, 0, 0, 1, 0.45 * by * image.height),
)
COLOURS: tuple[Operation, ...] = (
    _enhance(ImageEnhance.Color),
    _enhance(ImageEnhance.Contrast),
    _enhance(ImageEnhance.Brightness),
    _enhance(ImageEnhance.Sharpness),
)
ALL: tuple[Operation, ...] = (*SHAPES, *COLOURS, lambda image, by: image)


def rand_augment(
    image: Image.Image, count: int, strength: float, chance: np.random.Generator
) -> Image.Image:
    """Apply operations drawn at random, all at one strength and each to either side.

    Args:
        image: in RGB or grey.
        count: how many.
        strength: 0 to 1.
        chance: what is drawn from.
    """
    for choice in chance.integers(len(ALL), size=count):
        image = ALL[choice](image, strength * chance.choice((-1, 1)))
    return image


def aug_mix(image: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Mix an image with what chains of mild operations make of it.

    Args:
        image: in RGB or grey.
        chance: what is drawn from.
    """
    own = chance.beta(1, 1)
    mixed = own * np.asarray(image, "float32")
    for share in chance.dirichlet(np.ones(CHAINS)):
        made = image
        for choice in chance.integers(len(SHAPES), size=chance.integers(1, LONGEST + 1)):
            made = SHAPES[choice](made, chance.uniform(-MILD, MILD))
        mixed += (1 - own) * share * np.asarray(made, "float32")
    return Image.fromarray(np.clip(np.round(mixed), 0, 255).astype("uint8"))
