"""timm's FocalNets: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _size(embed_dim: int, middle: int) -> Numbers:
    return {"embed_dim": embed_dim, "depths": (2, 2, middle, 2)}


def _reach(levels: int, window: int = 3) -> Numbers:
    return {"focal_levels": (levels,) * 4, "focal_windows": (window,) * 4}


POST: Numbers = {"use_post_norm": True, "use_overlap_down": True, "layerscale_value": 1e-4}
HUGE: Numbers = {**POST, "use_post_norm_in_modulation": True}

VARIANTS: dict[str, Numbers] = {
    "focalnet_tiny_srf": _size(96, 6),
    "focalnet_small_srf": _size(96, 18),
    "focalnet_base_srf": _size(128, 18),
    "focalnet_tiny_lrf": _size(96, 6) | _reach(3),
    "focalnet_small_lrf": _size(96, 18) | _reach(3),
    "focalnet_base_lrf": _size(128, 18) | _reach(3),
    "focalnet_large_fl3": _size(192, 18) | _reach(3, 5) | POST,
    "focalnet_large_fl4": _size(192, 18) | _reach(4) | POST,
    "focalnet_xlarge_fl3": _size(256, 18) | _reach(3, 5) | POST,
    "focalnet_xlarge_fl4": _size(256, 18) | _reach(4) | POST,
    "focalnet_huge_fl3": _size(352, 18) | _reach(3) | HUGE,
    "focalnet_huge_fl4": _size(352, 18) | _reach(4) | HUGE,
}
