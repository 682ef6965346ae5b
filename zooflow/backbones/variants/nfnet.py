"""timm's NFNets: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _res(*depths: int) -> Numbers:
    return {
        "depths": depths,
        "channels": (256, 512, 1024, 2048),
        "stem_type": "7x7_pool",
        "stem_chs": 64,
        "bottle_ratio": 0.25,
        "act_layer": "relu",
    }


def _reg(depths: tuple[int, ...], channels: tuple[int, ...] = (48, 104, 208, 440)) -> Numbers:
    return {
        "depths": depths,
        "channels": channels,
        "group_size": 8,
        "width_factor": 0.75,
        "bottle_ratio": 2.25,
        "num_features": 1280 * channels[-1] // 440,
        "reg": True,
        "attn_layer": "se",
        "attn_kwargs": {"rd_ratio": 0.5},
    }


def _f(times: int) -> Numbers:
    return {
        "depths": tuple(times * depth for depth in (1, 2, 6, 3)),
        "channels": (256, 512, 1536, 1536),
        "stem_type": "deep_quad",
        "stem_chs": 128,
        "group_size": 128,
        "extra_conv": True,
        "num_features": 3072,
        "act_layer": "gelu",
        "attn_layer": "se",
        "attn_kwargs": {"rd_ratio": 0.5},
    }


DM: Numbers = {"gamma_in_act": True, "same_padding": True, "skipinit": True}
L: Numbers = {"group_size": 64, "bottle_ratio": 0.25, "act_layer": "silu"}
L0: Numbers = L | {"num_features": 2304}
SE: Numbers = {"attn_layer": "se", "attn_kwargs": {"rd_ratio": 1 / 16}}
SE4: Numbers = {"attn_kwargs": {"rd_ratio": 0.25, "rd_divisor": 8}}
ECA: Numbers = {"attn_layer": "eca", "attn_kwargs": {}}
R26, R50, R101 = _res(2, 2, 2, 2), _res(3, 4, 6, 3), _res(3, 4, 23, 3)

VARIANTS: dict[str, Numbers] = {
    **{f"dm_nfnet_f{i}": _f(i + 1) | DM for i in range(7)},
    "eca_nfnet_l0": _f(1) | L0 | ECA,
    "eca_nfnet_l1": _f(2) | L | ECA,
    "eca_nfnet_l2": _f(3) | L | ECA,
    "eca_nfnet_l3": _f(4) | L | ECA,
    "nf_ecaresnet26": R26 | ECA,
    "nf_ecaresnet50": R50 | ECA,
    "nf_ecaresnet101": R101 | ECA,
    "nf_regnet_b0": _reg((1, 3, 6, 6)),
    "nf_regnet_b1": _reg((2, 4, 7, 7)),
    "nf_regnet_b2": _reg((2, 4, 8, 8), (56, 112, 232, 488)),
    "nf_regnet_b3": _reg((2, 5, 9, 9), (56, 128, 248, 528)),
    "nf_regnet_b4": _reg((2, 6, 11, 11), (64, 144, 288, 616)),
    "nf_regnet_b5": _reg((3, 7, 14, 14), (80, 168, 336, 704)),
    "nf_resnet26": R26,
    "nf_resnet50": R50,
    "nf_resnet101": R101,
    "nf_seresnet26": R26 | SE,
    "nf_seresnet50": R50 | SE,
    "nf_seresnet101": R101 | SE,
    **{f"nfnet_f{i}": _f(i + 1) for i in range(8)},
    "nfnet_l0": _f(1) | L0 | SE4,
    "test_nfnet": _f(1)
    | L
    | SE4
    | {
        "depths": (1, 1, 1, 1),
        "channels": (32, 64, 96, 128),
        "group_size": 8,
        "num_features": 192,
    },
}
