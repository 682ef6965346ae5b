"""timm's EfficientNets and mobile networks: their numbers, under timm's own argument names."""

from typing import Any

from .. import pruned

Numbers = dict[str, Any]

TF: Numbers = {"pad_type": "same", "bn_eps": 1e-3}  # as TensorFlow trained them


def _scaled(channels: float, depth: float | tuple[float, ...] = 1.0) -> Numbers:
    return {"channel_multiplier": channels, "depth_multiplier": depth}


B: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_e1_c16_se0.25",),
        ("ir_r2_k3_s2_e6_c24_se0.25",),
        ("ir_r2_k5_s2_e6_c40_se0.25",),
        ("ir_r3_k3_s2_e6_c80_se0.25",),
        ("ir_r3_k5_s1_e6_c112_se0.25",),
        ("ir_r4_k5_s2_e6_c192_se0.25",),
        ("ir_r1_k3_s1_e6_c320_se0.25",),
    ),
    "act_layer": "silu",
}
EDGE: Numbers = {
    "arch": (
        ("er_r1_k3_s1_e4_c24_fc24_noskip",),
        ("er_r2_k3_s2_e8_c32",),
        ("er_r4_k3_s2_e8_c48",),
        ("ir_r5_k5_s2_e8_c96",),
        ("ir_r4_k5_s1_e8_c144",),
        ("ir_r2_k5_s2_e8_c192",),
    ),
}
H: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_e1_c16_se0.25_d1",),
        ("er_r2_k3_s2_e4_c24_se0.25_nre",),
        ("er_r2_k5_s2_e4_c40_se0.25_nre",),
        ("ir_r3_k3_s2_e4_c80_se0.25",),
        ("ir_r3_k5_s1_e6_c112_se0.25",),
        ("ir_r4_k5_s2_e6_c192_se0.25",),
        ("ir_r1_k3_s1_e6_c320_se0.25",),
    ),
    "act_layer": "silu",
    "num_features": 2456,
}
LITE: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_e1_c16",),
        ("ir_r2_k3_s2_e6_c24",),
        ("ir_r2_k5_s2_e6_c40",),
        ("ir_r3_k3_s2_e6_c80",),
        ("ir_r3_k5_s1_e6_c112",),
        ("ir_r4_k5_s2_e6_c192",),
        ("ir_r1_k3_s1_e6_c320",),
    ),
    "act_layer": "relu6",
    "fix_first_last": True,
    "fix_stem": True,
}
X: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_e1_c16_se0.25_d1",),
        ("er_r2_k3_s2_e6_c24_se0.25_nre",),
        ("er_r2_k5_s2_e6_c40_se0.25_nre",),
        ("ir_r3_k3_s2_e6_c80_se0.25",),
        ("ir_r3_k5_s1_e6_c112_se0.25",),
        ("ir_r4_k5_s2_e6_c192_se0.25",),
        ("ir_r1_k3_s1_e6_c320_se0.25",),
    ),
    "act_layer": "silu",
}
V2L: Numbers = {
    "arch": (
        ("cn_r4_k3_s1_e1_c32_skip",),
        ("er_r7_k3_s2_e4_c64",),
        ("er_r7_k3_s2_e4_c96",),
        ("ir_r10_k3_s2_e4_c192_se0.25",),
        ("ir_r19_k3_s1_e6_c224_se0.25",),
        ("ir_r25_k3_s2_e6_c384_se0.25",),
        ("ir_r7_k3_s1_e6_c640_se0.25",),
    ),
    "act_layer": "silu",
}
V2M: Numbers = {
    "arch": (
        ("cn_r3_k3_s1_e1_c24_skip",),
        ("er_r5_k3_s2_e4_c48",),
        ("er_r5_k3_s2_e4_c80",),
        ("ir_r7_k3_s2_e4_c160_se0.25",),
        ("ir_r14_k3_s1_e6_c176_se0.25",),
        ("ir_r18_k3_s2_e6_c304_se0.25",),
        ("ir_r5_k3_s1_e6_c512_se0.25",),
    ),
    "act_layer": "silu",
    "stem_size": 24,
}
V2RW: Numbers = {
    "arch": (
        ("er_r2_k3_s1_e1_c24",),
        ("er_r4_k3_s2_e4_c48",),
        ("er_r4_k3_s2_e4_c64",),
        ("ir_r6_k3_s2_e4_c128_se0.25",),
        ("ir_r9_k3_s1_e6_c160_se0.25",),
        ("ir_r15_k3_s2_e6_c272_se0.25",),
    ),
    "act_layer": "silu",
    "stem_size": 24,
}
V2S: Numbers = {
    "arch": (
        ("cn_r2_k3_s1_e1_c24_skip",),
        ("er_r4_k3_s2_e4_c48",),
        ("er_r4_k3_s2_e4_c64",),
        ("ir_r6_k3_s2_e4_c128_se0.25",),
        ("ir_r9_k3_s1_e6_c160_se0.25",),
        ("ir_r15_k3_s2_e6_c256_se0.25",),
    ),
    "act_layer": "silu",
    "stem_size": 24,
}
V2XL: Numbers = {
    "arch": (
        ("cn_r4_k3_s1_e1_c32_skip",),
        ("er_r8_k3_s2_e4_c64",),
        ("er_r8_k3_s2_e4_c96",),
        ("ir_r16_k3_s2_e4_c192_se0.25",),
        ("ir_r24_k3_s1_e6_c256_se0.25",),
        ("ir_r32_k3_s2_e6_c512_se0.25",),
        ("ir_r8_k3_s1_e6_c640_se0.25",),
    ),
    "act_layer": "silu",
}
FBNETC: Numbers = {
    "arch": (
        ("ir_r1_k3_s1_e1_c16",),
        ("ir_r1_k3_s2_e6_c24", "ir_r2_k3_s1_e1_c24"),
        ("ir_r1_k5_s2_e6_c32", "ir_r1_k5_s1_e3_c32", "ir_r1_k5_s1_e6_c32", "ir_r1_k3_s1_e6_c32"),
        ("ir_r1_k5_s2_e6_c64", "ir_r1_k5_s1_e3_c64", "ir_r2_k5_s1_e6_c64"),
        ("ir_r3_k5_s1_e6_c112", "ir_r1_k5_s1_e3_c112"),
        ("ir_r4_k5_s2_e6_c184",),
        ("ir_r1_k3_s1_e6_c352",),
    ),
    "stem_size": 16,
    "num_features": 1984,
}
MNASNET: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_c16_noskip",),
        ("ir_r3_k3_s2_e3_c24",),
        ("ir_r3_k5_s2_e3_c40",),
        ("ir_r3_k5_s2_e6_c80",),
        ("ir_r2_k3_s1_e6_c96",),
        ("ir_r4_k5_s2_e6_c192",),
        ("ir_r1_k3_s1_e6_c320_noskip",),
    ),
}
MNASNET_SMALL: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_c8",),
        ("ir_r1_k3_s2_e3_c16",),
        ("ir_r2_k3_s2_e6_c16",),
        ("ir_r4_k5_s2_e6_c32_se0.25",),
        ("ir_r3_k3_s1_e6_c32_se0.25",),
        ("ir_r3_k5_s2_e6_c88_se0.25",),
        ("ir_r1_k3_s1_e6_c144",),
    ),
    "stem_size": 8,
}
EDGETPU: Numbers = {
    "arch": (
        ("cn_r1_k1_s1_c16",),
        ("er_r1_k3_s2_e8_c32", "er_r3_k3_s1_e4_c32"),
        ("er_r1_k3_s2_e8_c48", "er_r3_k3_s1_e4_c48"),
        ("ir_r1_k3_s2_e8_c96", "ir_r3_k3_s1_e4_c96"),
        ("ir_r1_k3_s1_e8_c96_noskip", "ir_r3_k3_s1_e4_c96"),
        ("ir_r1_k5_s2_e8_c160", "ir_r3_k5_s1_e4_c160"),
        ("ir_r1_k3_s1_e8_c192",),
    ),
}
EDGETPU_V2L: Numbers = {
    "arch": (
        ("cn_r1_k1_s1_c32",),
        ("er_r1_k3_s2_e8_c64", "er_r1_k3_s1_e4_gs128_c64"),
        (
            "er_r1_k3_s2_e8_c96",
            "er_r1_k3_s1_e4_gs128_c96",
            "er_r1_k3_s1_e4_c96",
            "er_r1_k3_s1_e4_gs128_c96",
        ),
        ("er_r1_k3_s2_e8_c192", "ir_r3_k3_s1_e4_c192"),
        ("ir_r1_k3_s1_e8_c240", "ir_r3_k3_s1_e4_c240"),
        ("ir_r1_k3_s2_e8_c256", "ir_r3_k3_s1_e4_c256"),
        ("ir_r1_k3_s1_e8_c384",),
    ),
    "stem_size": 64,
    "stem_kernel_size": 7,
    "num_features": 1408,
}
EDGETPU_V2M: Numbers = {
    "arch": (
        ("cn_r1_k1_s1_c32",),
        ("er_r1_k3_s2_e8_c64", "er_r1_k3_s1_e4_gs64_c64"),
        (
            "er_r1_k3_s2_e8_c80",
            "er_r1_k3_s1_e4_gs64_c80",
            "er_r1_k3_s1_e4_c80",
            "er_r1_k3_s1_e4_gs64_c80",
        ),
        ("er_r1_k3_s2_e8_c160", "ir_r3_k3_s1_e4_c160"),
        ("ir_r1_k3_s1_e8_c192", "ir_r3_k3_s1_e4_c192"),
        ("ir_r1_k3_s2_e8_c240", "ir_r3_k3_s1_e4_c240"),
        ("ir_r1_k3_s1_e8_c320",),
    ),
    "stem_size": 64,
    "stem_kernel_size": 5,
    "num_features": 1344,
}
EDGETPU_V2S: Numbers = {
    "arch": (
        ("cn_r1_k1_s1_c24",),
        ("er_r1_k3_s2_e8_c48", "er_r1_k3_s1_e4_gs64_c48"),
        (
            "er_r1_k3_s2_e8_c64",
            "er_r1_k3_s1_e4_gs64_c64",
            "er_r1_k3_s1_e4_c64",
            "er_r1_k3_s1_e4_gs64_c64",
        ),
        ("er_r1_k3_s2_e8_c128", "ir_r3_k3_s1_e4_c128"),
        ("ir_r1_k3_s1_e8_c160", "ir_r3_k3_s1_e4_c160"),
        ("ir_r1_k3_s2_e8_c192", "ir_r3_k3_s1_e4_c192"),
        ("ir_r1_k3_s1_e8_c256",),
    ),
    "stem_size": 64,
    "stem_kernel_size": 5,
}
EDGETPU_V2XS: Numbers = {
    "arch": (
        ("cn_r1_k1_s1_c16",),
        ("er_r1_k3_s2_e8_c32", "er_r1_k3_s1_e4_gs64_c32"),
        (
            "er_r1_k3_s2_e8_c48",
            "er_r1_k3_s1_e4_gs64_c48",
            "er_r1_k3_s1_e4_c48",
            "er_r1_k3_s1_e4_gs64_c48",
        ),
        ("er_r1_k3_s2_e8_c96", "ir_r3_k3_s1_e4_c96"),
        ("ir_r1_k3_s1_e8_c144", "ir_r3_k3_s1_e4_c144"),
        ("ir_r1_k3_s2_e8_c160", "ir_r3_k3_s1_e4_c160"),
        ("ir_r1_k3_s1_e8_c192",),
    ),
}
MOBILENETV1: Numbers = {
    "arch": (
        ("dsa_r1_k3_s1_c64",),
        ("dsa_r2_k3_s2_c128",),
        ("dsa_r2_k3_s2_c256",),
        ("dsa_r6_k3_s2_c512",),
        ("dsa_r2_k3_s2_c1024",),
    ),
    "act_layer": "relu6",
}
MOBILENETV2: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_c16",),
        ("ir_r2_k3_s2_e6_c24",),
        ("ir_r3_k3_s2_e6_c32",),
        ("ir_r4_k3_s2_e6_c64",),
        ("ir_r3_k3_s1_e6_c96",),
        ("ir_r3_k3_s2_e6_c160",),
        ("ir_r1_k3_s1_e6_c320",),
    ),
    "act_layer": "relu6",
}
SEMNASNET: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_e1_c16_noskip",),
        ("ir_r2_k3_s2_e6_c24",),
        ("ir_r3_k5_s2_e3_c40_se0.25",),
        ("ir_r4_k3_s2_e6_c80",),
        ("ir_r2_k3_s1_e6_c112_se0.25",),
        ("ir_r3_k5_s2_e6_c160_se0.25",),
        ("ir_r1_k3_s1_e6_c320",),
    ),
}
SPNASNET: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_c16_noskip",),
        ("ir_r3_k3_s2_e3_c24",),
        ("ir_r1_k5_s2_e6_c40", "ir_r3_k3_s1_e3_c40"),
        ("ir_r1_k5_s2_e6_c80", "ir_r3_k3_s1_e3_c80"),
        ("ir_r1_k5_s1_e6_c96", "ir_r3_k5_s1_e3_c96"),
        ("ir_r4_k5_s2_e6_c192",),
        ("ir_r1_k3_s1_e6_c320_noskip",),
    ),
}
CC: Numbers = B | {
    "arch": (*B["arch"][:4], *((f"{stage[0]}_cc4",) for stage in B["arch"][4:])),
}
MIXNET_S: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_e1_c16",),
        ("ir_r1_k3_a1.1_p1.1_s2_e6_c24", "ir_r1_k3_a1.1_p1.1_s1_e3_c24"),
        ("ir_r1_k3.5.7_s2_e6_c40_se0.5_nsw", "ir_r3_k3.5_a1.1_p1.1_s1_e6_c40_se0.5_nsw"),
        ("ir_r1_k3.5.7_p1.1_s2_e6_c80_se0.25_nsw", "ir_r2_k3.5_p1.1_s1_e6_c80_se0.25_nsw"),
        (
            "ir_r1_k3.5.7_a1.1_p1.1_s1_e6_c120_se0.5_nsw",
            "ir_r2_k3.5.7.9_a1.1_p1.1_s1_e3_c120_se0.5_nsw",
        ),
        ("ir_r1_k3.5.7.9.11_s2_e6_c200_se0.5_nsw", "ir_r2_k3.5.7.9_p1.1_s1_e6_c200_se0.5_nsw"),
    ),
    "stem_size": 16,
    "num_features": 1536,
}
MIXNET_M: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_e1_c24",),
        ("ir_r1_k3.5.7_a1.1_p1.1_s2_e6_c32", "ir_r1_k3_a1.1_p1.1_s1_e3_c32"),
        ("ir_r1_k3.5.7.9_s2_e6_c40_se0.5_nsw", "ir_r3_k3.5_a1.1_p1.1_s1_e6_c40_se0.5_nsw"),
        ("ir_r1_k3.5.7_s2_e6_c80_se0.25_nsw", "ir_r3_k3.5.7.9_a1.1_p1.1_s1_e6_c80_se0.25_nsw"),
        ("ir_r1_k3_s1_e6_c120_se0.5_nsw", "ir_r3_k3.5.7.9_a1.1_p1.1_s1_e3_c120_se0.5_nsw"),
        ("ir_r1_k3.5.7.9_s2_e6_c200_se0.5_nsw", "ir_r3_k3.5.7.9_p1.1_s1_e6_c200_se0.5_nsw"),
    ),
    "stem_size": 24,
    "num_features": 1536,
    "depth_trunc": "round",
}
TEST: Numbers = {
    "arch": (
        ("cn_r1_k3_s1_e1_c16_skip",),
        ("er_r1_k3_s2_e4_c24",),
        ("er_r1_k3_s2_e4_c32",),
        ("ir_r1_k3_s2_e4_c48_se0.25",),
        ("ir_r1_k3_s2_e4_c64_se0.25",),
    ),
    "act_layer": "silu",
    "round_limit": 0.0,
    "stem_size": 24,
    "num_features": 256,
}
V2B: Numbers = {
    "arch": (
        ("cn_r1_k3_s1_e1_c16_skip",),
        ("er_r2_k3_s2_e4_c32",),
        ("er_r2_k3_s2_e4_c48",),
        ("ir_r3_k3_s2_e4_c96_se0.25",),
        ("ir_r5_k3_s1_e6_c112_se0.25",),
        ("ir_r8_k3_s2_e6_c192_se0.25",),
    ),
    "act_layer": "silu",
    "round_limit": 0.0,
}

VARIANTS: dict[str, Numbers] = {
    "efficientnet_b0": B,
    "efficientnet_b0_g16_evos": B | {"group_size": 16, "channel_divisor": 16},
    "efficientnet_b0_g8_gn": B | {"group_size": 8, "norm_layer": "groupnorm8"},
    "efficientnet_b0_gn": B | {"norm_layer": "groupnorm8"},
    "efficientnet_b1": B | _scaled(1.0, 1.1),
    "efficientnet_b1_pruned": B | _scaled(1.0, 1.1) | TF | {"pruned": pruned.EFFICIENTNET_B1},
    "efficientnet_b2": B | _scaled(1.1, 1.2) | {"num_features": 1408},
    "efficientnet_b2_pruned": B
    | _scaled(1.1, 1.2)
    | TF
    | {"num_features": 1408, "pruned": pruned.EFFICIENTNET_B2},
    "efficientnet_b3": B | _scaled(1.2, 1.4) | {"num_features": 1536},
    "efficientnet_b3_g8_gn": B
    | _scaled(1.2, 1.4)
    | {"channel_divisor": 16, "group_size": 8, "num_features": 1536, "norm_layer": "groupnorm16"},
    "efficientnet_b3_gn": B
    | _scaled(1.2, 1.4)
    | {"channel_divisor": 16, "num_features": 1536, "norm_layer": "groupnorm16"},
    "efficientnet_b3_pruned": B
    | _scaled(1.2, 1.4)
    | TF
    | {"num_features": 1536, "pruned": pruned.EFFICIENTNET_B3},
    "efficientnet_b4": B | _scaled(1.4, 1.8) | {"num_features": 1792},
    "efficientnet_b5": B | _scaled(1.6, 2.2) | {"num_features": 2048},
    "efficientnet_b6": B | _scaled(1.8, 2.6) | {"num_features": 2304},
    "efficientnet_b7": B | _scaled(2.0, 3.1) | {"num_features": 2560},
    "efficientnet_b8": B | _scaled(2.2, 3.6) | {"num_features": 2816},
    "efficientnet_blur_b0": B | {"aa_layer": "blurpc"},
    "efficientnet_cc_b0_4e": CC,
    "efficientnet_cc_b0_8e": CC | {"experts_multiplier": 2},
    "efficientnet_cc_b1_8e": CC | _scaled(1.0, 1.1) | {"experts_multiplier": 2},
    "efficientnet_el": EDGE | _scaled(1.2, 1.4) | {"num_features": 1536},
    "efficientnet_el_pruned": EDGE | _scaled(1.2, 1.4) | {"num_features": 1536},
    "efficientnet_em": EDGE | _scaled(1.0, 1.1),
    "efficientnet_es": EDGE,
    "efficientnet_es_pruned": EDGE,
    "efficientnet_h_b5": H | _scaled(1.92, 2.2),
    "efficientnet_l2": B | _scaled(4.3, 5.3) | {"num_features": 5504},
    "efficientnet_lite0": LITE,
    "efficientnet_lite1": LITE | _scaled(1.0, 1.1),
    "efficientnet_lite2": LITE | _scaled(1.1, 1.2),
    "efficientnet_lite3": LITE | _scaled(1.2, 1.4),
    "efficientnet_lite4": LITE | _scaled(1.4, 1.8),
    "efficientnet_x_b3": X | _scaled(1.2, 1.4) | {"num_features": 1536},
    "efficientnet_x_b5": X | _scaled(1.6, 2.2) | {"num_features": 2048},
    "efficientnetv2_l": V2L,
    "efficientnetv2_m": V2M,
    "efficientnetv2_rw_m": V2RW
    | _scaled(1.2, (1.2, 1.2, 1.2, 1.2, 1.6, 1.6))
    | {"num_features": 2152},
    "efficientnetv2_rw_s": V2RW | {"num_features": 1792},
    "efficientnetv2_rw_t": V2S | _scaled(0.8, 0.9) | {"num_features": 1024},
    "efficientnetv2_s": V2S,
    "efficientnetv2_xl": V2XL,
    "fbnetc_100": FBNETC,
    "gc_efficientnetv2_rw_t": V2S | _scaled(0.8, 0.9) | {"num_features": 1024, "se_layer": "gc"},
    "mixnet_l": MIXNET_M | _scaled(1.3),
    "mixnet_m": MIXNET_M,
    "mixnet_s": MIXNET_S,
    "mixnet_xl": MIXNET_M | _scaled(1.6, 1.2),
    "mixnet_xxl": MIXNET_M | _scaled(2.4, 1.3),
    "mnasnet_050": MNASNET | _scaled(0.5),
    "mnasnet_075": MNASNET | _scaled(0.75),
    "mnasnet_100": MNASNET,
    "mnasnet_140": MNASNET | _scaled(1.4),
    "mnasnet_small": MNASNET_SMALL,
    "mobilenet_edgetpu_100": EDGETPU,
    "mobilenet_edgetpu_v2_l": EDGETPU_V2L,
    "mobilenet_edgetpu_v2_m": EDGETPU_V2M,
    "mobilenet_edgetpu_v2_s": EDGETPU_V2S,
    "mobilenet_edgetpu_v2_xs": EDGETPU_V2XS,
    "mobilenetv1_100": MOBILENETV1 | {"num_features": 0},
    "mobilenetv1_100h": MOBILENETV1 | {"num_features": 1024},
    "mobilenetv1_125": MOBILENETV1 | _scaled(1.25) | {"num_features": 0},
    "mobilenetv2_035": MOBILENETV2 | _scaled(0.35),
    "mobilenetv2_050": MOBILENETV2 | _scaled(0.5),
    "mobilenetv2_075": MOBILENETV2 | _scaled(0.75),
    "mobilenetv2_100": MOBILENETV2,
    "mobilenetv2_110d": MOBILENETV2
    | _scaled(1.1, 1.2)
    | {"fix_first_last": True, "fix_stem": True},
    "mobilenetv2_120d": MOBILENETV2
    | _scaled(1.2, 1.4)
    | {"fix_first_last": True, "fix_stem": True},
    "mobilenetv2_140": MOBILENETV2 | _scaled(1.4) | {"num_features": 1792},
    "semnasnet_050": SEMNASNET | _scaled(0.5),
    "semnasnet_075": SEMNASNET | _scaled(0.75),
    "semnasnet_100": SEMNASNET,
    "semnasnet_140": SEMNASNET | _scaled(1.4),
    "spnasnet_100": SPNASNET,
    "test_efficientnet": TEST,
    "test_efficientnet_evos": TEST | {"norm_layer": "evonorms0-8"},
    "test_efficientnet_gn": TEST | {"norm_layer": "groupnorm8"},
    "test_efficientnet_ln": TEST | {"norm_layer": "layernorm"},
    "tf_efficientnet_b0": B | TF,
    "tf_efficientnet_b1": B | _scaled(1.0, 1.1) | TF,
    "tf_efficientnet_b2": B | _scaled(1.1, 1.2) | TF | {"num_features": 1408},
    "tf_efficientnet_b3": B | _scaled(1.2, 1.4) | TF | {"num_features": 1536},
    "tf_efficientnet_b4": B | _scaled(1.4, 1.8) | TF | {"num_features": 1792},
    "tf_efficientnet_b5": B | _scaled(1.6, 2.2) | TF | {"num_features": 2048},
    "tf_efficientnet_b6": B | _scaled(1.8, 2.6) | TF | {"num_features": 2304},
    "tf_efficientnet_b7": B | _scaled(2.0, 3.1) | TF | {"num_features": 2560},
    "tf_efficientnet_b8": B | _scaled(2.2, 3.6) | TF | {"num_features": 2816},
    "tf_efficientnet_cc_b0_4e": CC | TF,
    "tf_efficientnet_cc_b0_8e": CC | TF | {"experts_multiplier": 2},
    "tf_efficientnet_cc_b1_8e": CC | _scaled(1.0, 1.1) | TF | {"experts_multiplier": 2},
    "tf_efficientnet_el": EDGE | _scaled(1.2, 1.4) | TF | {"num_features": 1536},
    "tf_efficientnet_em": EDGE | _scaled(1.0, 1.1) | TF,
    "tf_efficientnet_es": EDGE | TF,
    "tf_efficientnet_l2": B | _scaled(4.3, 5.3) | TF | {"num_features": 5504},
    "tf_efficientnet_lite0": LITE | TF,
    "tf_efficientnet_lite1": LITE | _scaled(1.0, 1.1) | TF,
    "tf_efficientnet_lite2": LITE | _scaled(1.1, 1.2) | TF,
    "tf_efficientnet_lite3": LITE | _scaled(1.2, 1.4) | TF,
    "tf_efficientnet_lite4": LITE | _scaled(1.4, 1.8) | TF,
    "tf_efficientnetv2_b0": V2B | TF,
    "tf_efficientnetv2_b1": V2B | _scaled(1.0, 1.1) | TF,
    "tf_efficientnetv2_b2": V2B | _scaled(1.1, 1.2) | TF | {"num_features": 1408},
    "tf_efficientnetv2_b3": V2B | _scaled(1.2, 1.4) | TF | {"num_features": 1536},
    "tf_efficientnetv2_l": V2L | TF,
    "tf_efficientnetv2_m": V2M | TF,
    "tf_efficientnetv2_s": V2S | TF,
    "tf_efficientnetv2_xl": V2XL | TF,
    "tf_mixnet_l": MIXNET_M | _scaled(1.3) | TF,
    "tf_mixnet_m": MIXNET_M | TF,
    "tf_mixnet_s": MIXNET_S | TF,
    "tinynet_a": B | _scaled(1.0, 1.2) | {"depth_trunc": "round", "fix_stem": True},
    "tinynet_b": B | _scaled(0.75, 1.1) | {"depth_trunc": "round", "fix_stem": True},
    "tinynet_c": B | _scaled(0.54, 0.85) | {"depth_trunc": "round", "fix_stem": True},
    "tinynet_d": B | _scaled(0.54, 0.695) | {"depth_trunc": "round", "fix_stem": True},
    "tinynet_e": B | _scaled(0.51, 0.6) | {"depth_trunc": "round", "fix_stem": True},
}
