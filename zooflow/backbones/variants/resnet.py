"""timm's ResNets: their numbers, under timm's own argument names."""

from typing import Any

from .. import pruned

Numbers = dict[str, Any]

C: Numbers = {"stem_width": 32, "stem_type": "deep"}
S: Numbers = {"stem_width": 64, "stem_type": "deep"}
D: Numbers = {**C, "avg_down": True}
T: Numbers = {"stem_width": 32, "stem_type": "deep_tiered", "avg_down": True}
SE: Numbers = {"block_args": {"attn_layer": "se"}}
ECA: Numbers = {"block_args": {"attn_layer": "eca"}}
RS: Numbers = {
    **D,
    "replace_stem_pool": True,
    "block_args": {"attn_layer": "se", "rd_ratio": 0.25},
}
AA: Numbers = {"aa_layer": "avg"}
BLUR: Numbers = {"aa_layer": "blur"}
GN: Numbers = {"norm_layer": "groupnorm"}
X32X4: Numbers = {"cardinality": 32, "base_width": 4}
X32X8: Numbers = {"cardinality": 32, "base_width": 8}
X64X4: Numbers = {"cardinality": 64, "base_width": 4}


def _basic(*layers: int) -> Numbers:
    return {"block": "basic", "layers": layers}


def _bottleneck(*layers: int) -> Numbers:
    return {"block": "bottleneck", "layers": layers}


R10 = _basic(1, 1, 1, 1)
R14 = _bottleneck(1, 1, 1, 1)
R18 = _basic(2, 2, 2, 2)
R26 = _bottleneck(2, 2, 2, 2)
R34 = _basic(3, 4, 6, 3)
R50 = _bottleneck(3, 4, 6, 3)
R101 = _bottleneck(3, 4, 23, 3)
R152 = _bottleneck(3, 8, 36, 3)
R200 = _bottleneck(3, 24, 36, 3)
R201 = _bottleneck(3, 24, 36, 4)
R269 = _bottleneck(3, 30, 48, 8)

VARIANTS: dict[str, Numbers] = {
    "ecaresnet26t": R26 | T | ECA,
    "ecaresnet50d": R50 | D | ECA,
    "ecaresnet50d_pruned": R50 | D | ECA | {"pruned": pruned.ECARESNET50D},
    "ecaresnet50t": R50 | T | ECA,
    "ecaresnet101d": R101 | D | ECA,
    "ecaresnet101d_pruned": R101 | D | ECA | {"pruned": pruned.ECARESNET101D},
    "ecaresnet200d": R200 | D | ECA,
    "ecaresnet269d": R269 | D | ECA,
    "ecaresnetlight": _bottleneck(1, 1, 11, 3) | ECA | {"stem_width": 32, "avg_down": True},
    "ecaresnext26t_32x4d": R26 | X32X4 | T | ECA,
    "ecaresnext50t_32x4d": R50 | X32X4 | T | ECA,
    "resnet10t": R10 | T,
    "resnet14t": R14 | T,
    "resnet18": R18,
    "resnet18d": R18 | D,
    "resnet26": R26,
    "resnet26d": R26 | D,
    "resnet26t": R26 | T,
    "resnet34": R34,
    "resnet34d": R34 | D,
    "resnet50": R50,
    "resnet50_gn": R50 | GN,
    "resnet50c": R50 | C,
    "resnet50d": R50 | D,
    "resnet50s": R50 | S,
    "resnet50t": R50 | T,
    "resnet101": R101,
    "resnet101c": R101 | C,
    "resnet101d": R101 | D,
    "resnet101s": R101 | S,
    "resnet152": R152,
    "resnet152c": R152 | C,
    "resnet152d": R152 | D,
    "resnet152s": R152 | S,
    "resnet200": R200,
    "resnet200d": R200 | D,
    "resnetaa34d": R34 | D | AA,
    "resnetaa50": R50 | AA,
    "resnetaa50d": R50 | D | AA,
    "resnetaa101d": R101 | D | AA,
    "resnetblur18": R18 | BLUR,
    "resnetblur50": R50 | BLUR,
    "resnetblur50d": R50 | D | BLUR,
    "resnetblur101d": R101 | D | BLUR,
    "resnetrs50": R50 | RS,
    "resnetrs101": R101 | RS,
    "resnetrs152": R152 | RS,
    "resnetrs200": R200 | RS,
    "resnetrs270": _bottleneck(4, 29, 53, 4) | RS,
    "resnetrs350": _bottleneck(4, 36, 72, 4) | RS,
    "resnetrs420": _bottleneck(4, 44, 87, 4) | RS,
    "resnext50_32x4d": R50 | X32X4,
    "resnext50d_32x4d": R50 | X32X4 | D,
    "resnext101_32x4d": R101 | X32X4,
    "resnext101_32x8d": R101 | X32X8,
    "resnext101_32x16d": R101 | {"cardinality": 32, "base_width": 16},
    "resnext101_32x32d": R101 | {"cardinality": 32, "base_width": 32},
    "resnext101_64x4d": R101 | X64X4,
    "senet154": R152
    | X64X4
    | SE
    | {"stem_type": "deep", "down_kernel_size": 3, "block_reduce_first": 2},
    "seresnet18": R18 | SE,
    "seresnet34": R34 | SE,
    "seresnet50": R50 | SE,
    "seresnet50t": R50 | T | SE,
    "seresnet101": R101 | SE,
    "seresnet152": R152 | SE,
    "seresnet152d": R152 | D | SE,
    "seresnet200d": R200 | D | SE,
    "seresnet269d": R269 | D | SE,
    "seresnetaa50d": R50 | D | AA | SE,
    "seresnext26d_32x4d": R26 | X32X4 | D | SE,
    "seresnext26t_32x4d": R26 | X32X4 | T | SE,
    "seresnext50_32x4d": R50 | X32X4 | SE,
    "seresnext101_32x4d": R101 | X32X4 | SE,
    "seresnext101_32x8d": R101 | X32X8 | SE,
    "seresnext101_64x4d": R101 | X64X4 | SE,
    "seresnext101d_32x8d": R101 | X32X8 | D | SE,
    "seresnextaa101d_32x8d": R101 | X32X8 | D | AA | SE,
    "seresnextaa201d_32x8d": R201
    | X32X8
    | AA
    | SE
    | {"stem_type": "deep", "stem_width": 64, "avg_down": True},
    "test_resnet": {
        "block": ("basic", "basic", "bottleneck", "basic"),
        "layers": (1, 1, 1, 1),
        "channels": (32, 48, 48, 96),
        "stem_width": 16,
        "stem_type": "deep",
        "avg_down": True,
    },
    "wide_resnet50_2": R50 | {"base_width": 128},
    "wide_resnet101_2": R101 | {"base_width": 128},
}
