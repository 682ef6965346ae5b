"""Augmentation: images that vary while a model learns.

What an image becomes is drawn from seed, content and the number of the view alone: neither order
nor threads change it.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance

from ..errors import BadRecipe

TRIES = 10  # at a crop that lies within the image, as Inception's authors make them
RATIO = 3 / 4, 4 / 3  # of the crop's sides
CHANGES = ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color


@dataclass(frozen=True)
class Augment:
    """How images vary.

    Paper: Szegedy et al., Going Deeper with Convolutions, 2014. arXiv:1409.4842 (the crops)

    Args:
        crop: smallest part of the image's area that is cut out, above 0; 1 for the backbone's crop.
        flip: mirror every other image, left to right.
        color: most by which brightness, contrast and saturation change, 0 to 1.
    """

    crop: float = 1.0
    flip: bool = False
    color: float = 0.0

    def __post_init__(self):
        for field, good, rule in (
            ("crop", 0 < self.crop <= 1, "above 0 and at most 1"),
            ("color", 0 <= self.color <= 1, "from 0 to 1"),
        ):
            if not good:
                raise BadRecipe(f"augment's {field} is {getattr(self, field)}; it must be {rule}")


SETS = {
    "none": None,
    "light": Augment(crop=0.5, flip=True),
    "standard": Augment(crop=0.25, flip=True, color=0.2),
}


def box(
    size: tuple[int, int], augment: Augment, chance: np.random.Generator
) -> tuple[int, int, int, int]:
    """Draw the part that is cut out of an image: its left, top, right and bottom.

    Args:
        size: width and height of the image.
        augment: says how small the part may be.
        chance: what is drawn from.
    """
    wide, tall = size
    low, high = map(math.log, RATIO)
    for _ in range(TRIES):
        part = wide * tall * chance.uniform(augment.crop, 1)
        ratio = math.exp(chance.uniform(low, high))
        width, height = round(math.sqrt(part * ratio)), round(math.sqrt(part / ratio))
        if 0 < width <= wide and 0 < height <= tall:
            break
    else:  # the image is too slim: take as much of it as has a fair shape
        ratio = min(max(wide / tall, RATIO[0]), RATIO[1])
        width = max(1, min(wide, round(tall * ratio)))
        height = max(1, min(tall, round(wide / ratio)))
    left = int(chance.integers(wide - width + 1))
    top = int(chance.integers(tall - height + 1))
    return left, top, left + width, top + height


def vary(image: Image.Image, augment: Augment, chance: np.random.Generator) -> Image.Image:
    """Flip an image and change its colours.

    Args:
        image: of the size that the backbone takes.
        augment: says how much.
        chance: what is drawn from.
    """
    if augment.flip and chance.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if augment.color:
        for change in CHANGES:
            image = change(image).enhance(1 + chance.uniform(-augment.color, augment.color))
    return image
