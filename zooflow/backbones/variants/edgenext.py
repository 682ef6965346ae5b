"""timm's EdgeNeXts: their numbers, under timm's own argument names."""

from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {
    "edgenext_xx_small": {"depths": (2, 2, 6, 2), "dims": (24, 48, 88, 168), "heads": (4,) * 4},
    "edgenext_x_small": {"dims": (32, 64, 100, 192), "heads": (4,) * 4},
    "edgenext_small": {"dims": (48, 96, 160, 304)},
    "edgenext_base": {"dims": (80, 160, 288, 584)},
    "edgenext_small_rw": {
        "dims": (48, 96, 192, 384),
        "downsample_block": True,
        "conv_bias": False,
        "stem_type": "overlap",
    },
}
