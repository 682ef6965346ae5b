"""timm's MambaOuts: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _size(width: int, *depths: int) -> Numbers:
    return {"depths": depths, "dims": (width, 2 * width, 4 * width, 6 * width)}


RW: Numbers = {
    "stem_mid_norm": False,
    "downsample": "conv_nf",
    "ls_init_value": 1e-6,
    "head_fn": "norm_mlp",
}
WIDE: Numbers = {"expansion_ratio": 3.0, "conv_ratio": 1.5, "act_layer": "silu"}

VARIANTS: dict[str, Numbers] = {
    "mambaout_femto": _size(48, 3, 3, 9, 3),
    "mambaout_kobe": _size(48, 3, 3, 15, 3),
    "mambaout_tiny": _size(96, 3, 3, 9, 3),
    "mambaout_small": _size(96, 3, 4, 27, 3),
    "mambaout_base": _size(128, 3, 4, 27, 3),
    "mambaout_small_rw": _size(96, 3, 4, 27, 3) | RW,
    "mambaout_base_short_rw": _size(128, 3, 3, 25, 3)
    | RW
    | {"expansion_ratio": 3.0, "conv_ratio": 1.25},
    "mambaout_base_tall_rw": _size(128, 3, 4, 30, 3)
    | RW
    | {"expansion_ratio": 2.5, "conv_ratio": 1.25},
    "mambaout_base_wide_rw": _size(128, 3, 4, 27, 3) | RW | WIDE,
    "mambaout_base_plus_rw": _size(128, 3, 4, 30, 3) | RW | WIDE,
    "test_mambaout": RW
    | {
        "depths": (1, 1, 3, 1),
        "dims": (16, 32, 48, 64),
        "expansion_ratio": 3,
        "ls_init_value": 1e-4,
        "act_layer": "silu",
    },
}
