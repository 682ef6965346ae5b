"""timm's VGGs: their numbers, under timm's own argument names."""

from typing import Any


def _widths(*depths: int) -> tuple[int | str, ...]:
    """Give the channels of each convolution, and "M" where height and width are halved."""
    stages = zip((64, 128, 256, 512, 512), depths, strict=True)
    return tuple(step for width, depth in stages for step in (*[width] * depth, "M"))


CFGS = {
    "vgg11": _widths(1, 1, 2, 2, 2),
    "vgg13": _widths(2, 2, 2, 2, 2),
    "vgg16": _widths(2, 2, 3, 3, 3),
    "vgg19": _widths(2, 2, 4, 4, 4),
}

VARIANTS: dict[str, dict[str, Any]] = {
    **{name: {"cfg": cfg} for name, cfg in CFGS.items()},
    **{f"{name}_bn": {"cfg": cfg, "norm_layer": "batchnorm"} for name, cfg in CFGS.items()},
}
