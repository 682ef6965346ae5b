"""Augmentation: images that vary while a model learns.

What an image becomes is drawn from seed, content and the number of the view alone: neither order
nor threads change it.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance

from ..cards import ImageInput
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
    area = image.width * image.height
    low, high = map(math.log, RATIO)
    for _ in range(TRIES):
        part, ratio = area * chance.uniform(augment.crop, 1), math.exp(chance.uniform(low, high))
        width, height = round(math.sqrt(part * ratio)), round(math.sqrt(part / ratio))
        if 0 < width <= image.width and 0 < height <= image.height:
            break
    else:  # the image is too slim: take as much of it as has a fair shape
        ratio = min(max(image.width / image.height, RATIO[0]), RATIO[1])
        width = max(1, min(image.width, round(image.height * ratio)))
        height = max(1, min(image.height, round(image.width / ratio)))
    left = int(chance.integers(image.width - width + 1))
    top = int(chance.integers(image.height - height + 1))
    resample = Image.Resampling[input.interpolation.upper()]
    box = left, top, left + width, top + height
    return image.resize((input.size[1], input.size[0]), resample, box)


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
