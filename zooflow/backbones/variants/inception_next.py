"""timm's InceptionNeXts: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _size(width: int, *depths: int) -> Numbers:
    return {"depths": depths, "dims": (width, 2 * width, 4 * width, 8 * width)}


VARIANTS: dict[str, Numbers] = {
    "inception_next_atto": _size(40, 2, 2, 6, 2) | {"band_kernel_size": 9, "branch_ratio": 0.25},
    "inception_next_tiny": _size(96, 3, 3, 9, 3),
    "inception_next_small": _size(96, 3, 3, 27, 3),
    "inception_next_base": _size(128, 3, 3, 27, 3),
}
