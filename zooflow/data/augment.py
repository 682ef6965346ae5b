"""Augmentation: examples that vary while a model learns.

What an example becomes is drawn from seed, content and the number of the view alone: neither order
nor threads change it.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance

from ..errors import BadRecipe
from .operations import aug_mix, rand_augment

TRIES = 10  # at a crop that lies within the image, as Inception's authors make them
RATIO = 3 / 4, 4 / 3  # of the crop's sides
ERASED = (0.02, 1 / 3), (0.3, 10 / 3)  # part of the area that is erased, and ratio of its sides
CHANGES = ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color


@dataclass(frozen=True)
class Augment:
    """How examples vary: images by all but the last field, texts by the last.

    Papers:
        Szegedy et al., Going Deeper with Convolutions, 2014. arXiv:1409.4842 (the crops)
        Zhong et al., Random Erasing Data Augmentation, 2017. arXiv:1708.04896

    Args:
        crop: smallest part of the image's area that is cut out, above 0; 1 for the backbone's crop.
        flip: mirror every other image, left to right.
        color: most by which brightness, contrast and saturation change, 0 to 1.
        operations: of RandAugment that follow each other.
        strength: of these, 0 to 1.
        augmix: mix the image with mild variants of itself.
        erase: part of the images of which a patch becomes noise, 0 to 1.
        mixup: blend images, and their labels, by a share from Beta(mixup, mixup); 0 for not.
        cutmix: paste a patch of another image, as large as Beta(cutmix, cutmix) says; 0 for not.
        drop: part of the tokens of a text that are masked, 0 to below 1.
    """

    crop: float = 1.0
    flip: bool = False
    color: float = 0.0
    operations: int = 0
    strength: float = 0.5
    augmix: bool = False
    erase: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    drop: float = 0.0

    def __post_init__(self):
        for field, good, rule in (
            ("crop", 0 < self.crop <= 1, "above 0 and at most 1"),
            ("color", 0 <= self.color <= 1, "from 0 to 1"),
            ("operations", self.operations >= 0, "0 or more"),
            ("strength", 0 <= self.strength <= 1, "from 0 to 1"),
            ("erase", 0 <= self.erase <= 1, "from 0 to 1"),
            ("mixup", 0 <= self.mixup < float("inf"), "0 or more"),
            ("cutmix", 0 <= self.cutmix < float("inf"), "0 or more"),
            ("drop", 0 <= self.drop < 1, "from 0 to below 1"),
        ):
            if not good:
                raise BadRecipe(f"augment's {field} is {getattr(self, field)}; it must be {rule}")

    @property
    def mixes(self) -> bool:
        """Whether images are mixed with others."""
        return bool(self.mixup or self.cutmix)


SETS = ("none", "light", "standard", "strong")
MANY = 1000  # examples from which mixing them helps more than it blurs
LIGHT = Augment(crop=0.5, flip=True)
STANDARD = Augment(crop=0.25, flip=True, color=0.2)


def augmentation(
    name: str, *, text: bool, examples: int, batch_norm: bool = False
) -> Augment | None:
    """Make a named set, sound for a backbone and its data.

    Images are mirrored in all of them: for letters and digits make an `Augment` of your own. Texts
    lose a twentieth, a tenth or a fifth of their tokens. Images are mixed in "strong" only, and
    from 1,000 examples on: hardly for nets that normalise over the batch, as ResNet's later recipes
    do (Wightman et al., ResNet strikes back, 2021, arXiv:2110.00476), much for transformers, as
    DeiT does (Touvron et al., 2020, arXiv:2012.12877).

    Args:
        name: one of `SETS`.
        text: for texts, not images.
        examples: to learn from.
        batch_norm: the backbone normalises over the batch.
    """
    place = SETS.index(name)
    if text:
        return (None, Augment(drop=0.05), Augment(drop=0.1), Augment(drop=0.2))[place]
    mixing = (0.1, 1.0) if batch_norm else (0.8, 1.0)
    mixup, cutmix = mixing if examples >= MANY else (0.0, 0.0)
    strong = Augment(
        crop=0.15, flip=True, operations=2, strength=0.7, erase=0.25, mixup=mixup, cutmix=cutmix
    )
    return (None, LIGHT, STANDARD, strong)[place]


def mild(examples: int) -> Augment:
    """Let images vary in ways that no label depends on.

    They lose at most a quarter and, where there are many, are blended a little with others (Zhang
    et al., mixup, 2017, arXiv:1710.09412). They are not mirrored, which makes another letter of
    some. Smoothed labels beside it gained no more than another seed does, at a log loss of 0.13
    on digits where it was 0.02.

    Args:
        examples: to learn from.
    """
    return Augment(crop=0.75, mixup=0.2 if examples >= MANY else 0.0)


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
    """Flip an image, change its colours, apply what else is wanted, and erase a patch.

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
    if augment.operations:
        image = rand_augment(image, augment.operations, augment.strength, chance)
    if augment.augmix:
        image = aug_mix(image, chance)
    if augment.erase and chance.random() < augment.erase:
        image = _erase(image, chance)
    return image


def _erase(image: Image.Image, chance: np.random.Generator) -> Image.Image:
    """Fill a patch with noise."""
    (least, most), (low, high) = ERASED
    area = image.width * image.height * chance.uniform(least, most)
    ratio = math.exp(chance.uniform(math.log(low), math.log(high)))
    width = min(image.width, max(1, round(math.sqrt(area * ratio))))
    height = min(image.height, max(1, round(math.sqrt(area / ratio))))
    corner = (
        int(chance.integers(image.width - width + 1)),
        int(chance.integers(image.height - height + 1)),
    )
    noise = chance.integers(256, size=(height, width, len(image.getbands())), dtype="uint8")
    image = image.copy()
    image.paste(Image.fromarray(noise.squeeze(-1) if noise.shape[-1] == 1 else noise), corner)
    return image
