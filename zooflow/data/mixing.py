"""Mixing: images that are partly another example, and their labels with them.

Papers:
    Zhang et al., mixup: Beyond Empirical Risk Minimization, 2017. arXiv:1710.09412
    Yun et al., CutMix, 2019. arXiv:1905.04899
"""

import math
from dataclasses import dataclass

import numpy as np

from .augment import Augment


@dataclass(frozen=True)
class Mix:
    """How an image is mixed.

    Args:
        other: the example whose image goes into it.
        share: that remains of it and of its label, 0 to 1.
        patch: rows and columns that the other image takes; None where the two are blended.
    """

    other: int
    share: float
    patch: tuple[slice, slice] | None = None


def draw(
    augment: Augment, examples: int, size: tuple[int, int], chance: np.random.Generator
) -> Mix:
    """Draw how an image is mixed; where both ways are wanted, one of them.

    Args:
        augment: says by which ways, and how evenly.
        examples: among which the other is drawn.
        size: height and width of the images.
        chance: what is drawn from.
    """
    other = int(chance.integers(examples))
    cuts = augment.cutmix and (not augment.mixup or chance.random() < 0.5)
    alpha = augment.cutmix if cuts else augment.mixup
    share = float(chance.beta(alpha, alpha))
    if not cuts:
        return Mix(other, share)
    spans = []
    for side in size:
        length = side * math.sqrt(1 - share)
        centre = chance.uniform(0, side)
        ends = (min(max(round(centre + sign * length / 2), 0), side) for sign in (-1, 1))
        spans.append(slice(*ends))
    rows, columns = spans
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    return Mix(other, 1 - area / (size[0] * size[1]), (rows, columns))


def mix(image: np.ndarray, other: np.ndarray, how: Mix) -> np.ndarray:
    """Mix two images, uint8 (height, width, channels)."""
    if how.patch:
        mixed = image.copy()
        mixed[how.patch] = other[how.patch]
        return mixed
    return np.round(how.share * image + (1 - how.share) * other).astype(np.uint8)
