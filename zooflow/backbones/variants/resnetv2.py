"""timm's ResNets V2: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]

BN: Numbers = {"conv_layer": "conv", "norm_layer": "batchnorm"}
BASIC: Numbers = BN | {"channels": (64, 128, 256, 512), "basic": True, "bottle_ratio": 1.0}
D: Numbers = {"stem_type": "deep", "avg_down": True}
T: Numbers = {"stem_type": "tiered", "avg_down": True}
R18: Numbers = {"layers": (2, 2, 2, 2)}
R34: Numbers = {"layers": (3, 4, 6, 3)}  # ResNet-50's, too
R101: Numbers = {"layers": (3, 4, 23, 3)}
R152: Numbers = {"layers": (3, 8, 36, 3)}


def _bit(width_factor: int) -> Numbers:
    return {"stem_type": "fixed", "conv_eps": 1e-8, "width_factor": width_factor}


VARIANTS: dict[str, Numbers] = {
    "resnetv2_18": R18 | BASIC,
    "resnetv2_18d": R18 | BASIC | D,
    "resnetv2_34": R34 | BASIC,
    "resnetv2_34d": R34 | BASIC | D,
    "resnetv2_50": R34 | BN,
    "resnetv2_50d": R34 | BN | D,
    "resnetv2_50d_evos": R34 | D | {"conv_layer": "conv", "norm_layer": "evonorms0"},
    "resnetv2_50d_frn": R34 | D | {"conv_layer": "conv", "norm_layer": "frntlu"},
    "resnetv2_50d_gn": R34 | D | {"conv_layer": "conv"},
    "resnetv2_50t": R34 | BN | T,
    "resnetv2_50x1_bit": R34 | _bit(1),
    "resnetv2_50x3_bit": R34 | _bit(3),
    "resnetv2_101": R101 | BN,
    "resnetv2_101d": R101 | BN | D,
    "resnetv2_101x1_bit": R101 | _bit(1),
    "resnetv2_101x3_bit": R101 | _bit(3),
    "resnetv2_152": R152 | BN,
    "resnetv2_152d": R152 | BN | D,
    "resnetv2_152x2_bit": R152 | _bit(2),
    "resnetv2_152x4_bit": R152 | _bit(4),
}
