"""timm's EfficientViTs of MIT: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]

LARGE: Numbers = {"large": True, "act_layer": "gelu_tanh", "norm_eps": 1e-7}


def _sizes(width: int, *depths: int, head: tuple[int, int], dim: int = 32) -> Numbers:
    return {
        "widths": tuple(width * 2**i for i in range(5)),
        "depths": depths,
        "head_dim": dim,
        "head_widths": head,
    }


VARIANTS: dict[str, Numbers] = {
    "efficientvit_b0": _sizes(8, 1, 2, 2, 2, 2, head=(1024, 1280), dim=16),
    "efficientvit_b1": _sizes(16, 1, 2, 3, 3, 4, head=(1536, 1600), dim=16),
    "efficientvit_b2": _sizes(24, 1, 3, 4, 4, 6, head=(2304, 2560)),
    "efficientvit_b3": _sizes(32, 1, 4, 6, 6, 9, head=(2304, 2560)),
    "efficientvit_l1": LARGE | _sizes(32, 1, 1, 1, 6, 6, head=(3072, 3200)),
    "efficientvit_l2": LARGE | _sizes(32, 1, 2, 2, 8, 8, head=(3072, 3200)),
    "efficientvit_l3": LARGE | _sizes(64, 1, 2, 2, 8, 8, head=(6144, 6400)),
}
