"""timm's MobileNets V3 and V4 and their kin: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]

TF: Numbers = {"pad_type": "same", "bn_eps": 1e-3}  # as TensorFlow trained them
V3: Numbers = {
    "se_layer": {"gate_layer": "hard_sigmoid", "force_act_layer": "relu", "round_limit": 0.9}
}
LARGE: Numbers = V3 | {
    "arch": (
        ("ds_r1_k3_s1_e1_c16_nre",),
        ("ir_r1_k3_s2_e4_c24_nre", "ir_r1_k3_s1_e3_c24_nre"),
        ("ir_r3_k5_s2_e3_c40_se0.25_nre",),
        ("ir_r1_k3_s2_e6_c80", "ir_r1_k3_s1_e2.5_c80", "ir_r2_k3_s1_e2.3_c80"),
        ("ir_r2_k3_s1_e6_c112_se0.25",),
        ("ir_r3_k5_s2_e6_c160_se0.25",),
        ("cn_r1_k1_s1_c960",),
    ),
}
SMALL: Numbers = V3 | {
    "arch": (
        ("ds_r1_k3_s2_e1_c16_se0.25_nre",),
        ("ir_r1_k3_s2_e4.5_c24_nre", "ir_r1_k3_s1_e3.67_c24_nre"),
        ("ir_r1_k5_s2_e4_c40_se0.25", "ir_r2_k5_s1_e6_c40_se0.25"),
        ("ir_r2_k5_s1_e3_c48_se0.25",),
        ("ir_r3_k5_s2_e6_c96_se0.25",),
        ("cn_r1_k1_s1_c576",),
    ),
    "num_features": 1024,
}
LARGE_MINIMAL: Numbers = {
    "arch": (
        ("ds_r1_k3_s1_e1_c16",),
        ("ir_r1_k3_s2_e4_c24", "ir_r1_k3_s1_e3_c24"),
        ("ir_r3_k3_s2_e3_c40",),
        ("ir_r1_k3_s2_e6_c80", "ir_r1_k3_s1_e2.5_c80", "ir_r2_k3_s1_e2.3_c80"),
        ("ir_r2_k3_s1_e6_c112",),
        ("ir_r3_k3_s2_e6_c160",),
        ("cn_r1_k1_s1_c960",),
    ),
    "act_layer": "relu",
}
SMALL_MINIMAL: Numbers = {
    "arch": (
        ("ds_r1_k3_s2_e1_c16",),
        ("ir_r1_k3_s2_e4.5_c24", "ir_r1_k3_s1_e3.67_c24"),
        ("ir_r1_k3_s2_e4_c40", "ir_r2_k3_s1_e6_c40"),
        ("ir_r2_k3_s1_e3_c48",),
        ("ir_r3_k3_s2_e6_c96",),
        ("cn_r1_k1_s1_c576",),
    ),
    "act_layer": "relu",
    "num_features": 1024,
}
FBNET: Numbers = {
    "num_features": 1984,
    "head_bias": False,
    "round_limit": 0.95,
    "se_layer": {"gate_layer": "hard_sigmoid", "round_limit": 0.95},
    "se_from_exp": False,
}
FBNET_B: Numbers = FBNET | {
    "arch": (
        ("ds_r2_k3_s1_e1_c16",),
        ("ir_r1_k5_s2_e4_c24", "ir_r3_k5_s1_e2_c24"),
        ("ir_r1_k5_s2_e5_c40_se0.25", "ir_r4_k5_s1_e3_c40_se0.25"),
        ("ir_r1_k5_s2_e5_c72", "ir_r4_k3_s1_e3_c72"),
        ("ir_r1_k3_s1_e5_c120_se0.25", "ir_r5_k5_s1_e3_c120_se0.25"),
        (
            "ir_r1_k3_s2_e6_c184_se0.25",
            "ir_r5_k5_s1_e4_c184_se0.25",
            "ir_r1_k5_s1_e6_c224_se0.25",
        ),
        ("cn_r1_k1_s1_c1344",),
    ),
}
FBNET_D: Numbers = FBNET | {
    "arch": (
        ("ds_r2_k3_s1_e1_c16",),
        ("ir_r1_k3_s2_e5_c24", "ir_r5_k3_s1_e2_c24"),
        ("ir_r1_k5_s2_e4_c40_se0.25", "ir_r4_k3_s1_e3_c40_se0.25"),
        ("ir_r1_k3_s2_e5_c72", "ir_r4_k3_s1_e3_c72"),
        ("ir_r1_k3_s1_e5_c128_se0.25", "ir_r6_k5_s1_e3_c128_se0.25"),
        (
            "ir_r1_k3_s2_e6_c208_se0.25",
            "ir_r5_k5_s1_e5_c208_se0.25",
            "ir_r1_k5_s1_e6_c240_se0.25",
        ),
        ("cn_r1_k1_s1_c1440",),
    ),
    "stem_size": 24,
}
FBNET_G: Numbers = FBNET | {
    "arch": (
        ("ds_r3_k3_s1_e1_c24",),
        ("ir_r1_k5_s2_e4_c40", "ir_r4_k5_s1_e2_c40"),
        ("ir_r1_k5_s2_e4_c56_se0.25", "ir_r4_k5_s1_e3_c56_se0.25"),
        ("ir_r1_k5_s2_e5_c104", "ir_r4_k3_s1_e3_c104"),
        ("ir_r1_k3_s1_e5_c160_se0.25", "ir_r8_k5_s1_e3_c160_se0.25"),
        (
            "ir_r1_k3_s2_e6_c264_se0.25",
            "ir_r6_k5_s1_e5_c264_se0.25",
            "ir_r2_k5_s1_e6_c288_se0.25",
        ),
        ("cn_r1_k1_s1_c1728",),
    ),
    "stem_size": 32,
}
LCNET: Numbers = {
    "arch": (
        ("dsa_r1_k3_s1_c32",),
        ("dsa_r2_k3_s2_c64",),
        ("dsa_r2_k3_s2_c128",),
        ("dsa_r1_k3_s2_c256", "dsa_r1_k5_s1_c256"),
        ("dsa_r4_k5_s1_c256",),
        ("dsa_r2_k5_s2_c512_se0.25",),
    ),
    "se_layer": {"gate_layer": "hard_sigmoid", "force_act_layer": "relu"},
}
V4: Numbers = {"act_layer": "relu", "head_norm": True, "stem_size": 32}
V4_SMALL: Numbers = V4 | {
    "arch": (
        ("cn_r1_k3_s2_e1_c32", "cn_r1_k1_s1_e1_c32"),
        ("cn_r1_k3_s2_e1_c96", "cn_r1_k1_s1_e1_c64"),
        ("uir_r1_a5_k5_s2_e3_c96", "uir_r4_a0_k3_s1_e2_c96", "uir_r1_a3_k0_s1_e4_c96"),
        (
            "uir_r1_a3_k3_s2_e6_c128",
            "uir_r1_a5_k5_s1_e4_c128",
            "uir_r1_a0_k5_s1_e4_c128",
            "uir_r1_a0_k5_s1_e3_c128",
            "uir_r2_a0_k3_s1_e4_c128",
        ),
        ("cn_r1_k1_s1_c960",),
    ),
}


def _universal(channels: int, blocks: str, attention: str = "") -> tuple[str, ...]:
    """Write out a stage: of each block two windows and the expansion, or m for attention."""
    return tuple(
        f"mqa_r1_k3_{attention}_c{channels}"
        if block == "m"
        else f"uir_r1_a{block[0]}_k{block[1]}_s{1 if i else 2}_e{block[2]}_c{channels}"
        for i, block in enumerate(blocks.split())
    )


def _v4(*stages: tuple[str, ...]) -> Numbers:
    return V4 | {"arch": (("er_r1_k3_s2_e4_c48",), *stages, ("cn_r1_k1_s1_c960",))}


V4_MEDIUM: Numbers = _v4(
    _universal(80, "354 332"),
    _universal(160, "356 334 334 354 334 304 002 304"),
    _universal(256, "556 554 354 354 004 304 352 554 004 004 502"),
)
V4_LARGE: Numbers = _v4(
    _universal(96, "354 334"),
    _universal(192, "354 334 334 334 354 534 534 534 534 534 304"),
    _universal(512, "554 554 554 554 504 534 504 504 534 554 504 504 504"),
) | {"stem_size": 24}
HYBRID_MEDIUM: Numbers = _v4(
    _universal(80, "354 332"),
    _universal(160, "356 002 334 354 m 334 m 304 m 334 m 304", "h4_s1_v2_d64"),
    _universal(256, "556 554 354 354 002 352 002 004 m 304 m 554 m 504 m 504", "h4_s1_d64"),
) | {"layer_scale_init_value": 1e-5}
HYBRID_LARGE: Numbers = _v4(
    _universal(96, "354 334"),
    _universal(192, "354 334 334 334 354 534 534 m 534 m 534 m 534 m 304", "h8_s1_v2_d48"),
    _universal(512, "554 554 554 554 504 534 504 504 534 554 m 504 m 504 m 504 m 504", "h8_s1_d64"),
) | {"layer_scale_init_value": 1e-5, "stem_size": 24, "act_layer": "gelu"}


def _hardcore(*stages: str) -> Numbers:
    """Write out stages: of each block its window and expansion, and s where it weighs channels."""
    arch: list[tuple[str, ...]] = [("ds_r1_k3_s1_e1_c16_nre",)]
    for channels, blocks in zip((24, 40, 80, 112, 192), stages, strict=True):
        end = "_nre" if channels <= 40 else ""
        arch.append(
            tuple(
                f"ir_r1_k{block[0]}_s{1 if i or channels == 112 else 2}_e{block[1]}_c{channels}"
                f"{end}{'_se0.25' if block[2:] else ''}"
                for i, block in enumerate(blocks.split())
            )
        )
    return V3 | {"arch": (*arch, ("cn_r1_k1_s1_c960",)), "stem_size": 32}


def _narrow(channels: float) -> Numbers:
    return {"channel_multiplier": channels, "fix_stem": True}


VARIANTS: dict[str, Numbers] = {
    "fbnetv3_b": FBNET_B,
    "fbnetv3_d": FBNET_D,
    "fbnetv3_g": FBNET_G,
    "hardcorenas_a": _hardcore("53 53s", "53 56s", "56s 56s", "56s 56s", "56s 56s"),
    "hardcorenas_b": _hardcore(
        "53 53s 33", "53 53 53", "53 53 33 33", "53 33 33 33", "56s 56s 33s"
    ),
    "hardcorenas_c": _hardcore(
        "53 53s", "53 53 53 53", "54 56s 33 33", "56s 33 33 33", "56s 56s 33s"
    ),
    "hardcorenas_d": _hardcore(
        "53s 53s", "53s 54s 33s", "54s 33s 33s 33s", "34s 54s 33s 53s", "56s 56s 56s 36s"
    ),
    "hardcorenas_e": _hardcore(
        "53s 53s", "56s 54s 54s 33s", "54s 36s", "56s 56s 56s 53s", "56s 56s 56s 36s"
    ),
    "hardcorenas_f": _hardcore(
        "53s 53s", "56s 56s", "56s 56s 33s 33s", "36s 56s 56s 33s", "56s 56s 36s 36s"
    ),
    "lcnet_035": LCNET | {"channel_multiplier": 0.35},
    "lcnet_050": LCNET | {"channel_multiplier": 0.5},
    "lcnet_075": LCNET | {"channel_multiplier": 0.75},
    "lcnet_100": LCNET,
    "lcnet_150": LCNET | {"channel_multiplier": 1.5},
    "mobilenetv3_large_075": LARGE | {"channel_multiplier": 0.75},
    "mobilenetv3_large_100": LARGE,
    "mobilenetv3_large_150d": LARGE | {"channel_multiplier": 1.5, "depth_multiplier": 1.2},
    "mobilenetv3_rw": LARGE
    | {
        "arch": (("ds_r1_k3_s1_e1_c16_nre_noskip",), *LARGE["arch"][1:]),
        "head_bias": False,
        "bn_eps": 1e-3,
        "se_layer": {"gate_layer": "hard_sigmoid"},
    },
    "mobilenetv3_small_050": SMALL | _narrow(0.5),
    "mobilenetv3_small_075": SMALL | {"channel_multiplier": 0.75},
    "mobilenetv3_small_100": SMALL,
    "mobilenetv4_conv_aa_large": V4_LARGE | {"aa_layer": "avg"},
    "mobilenetv4_conv_aa_medium": V4_MEDIUM | {"aa_layer": "avg"},
    "mobilenetv4_conv_blur_medium": V4_MEDIUM | {"aa_layer": "blurpc"},
    "mobilenetv4_conv_large": V4_LARGE,
    "mobilenetv4_conv_medium": V4_MEDIUM,
    "mobilenetv4_conv_small": V4_SMALL,
    "mobilenetv4_conv_small_035": V4_SMALL | _narrow(0.35),
    "mobilenetv4_conv_small_050": V4_SMALL | _narrow(0.5),
    "mobilenetv4_hybrid_large": HYBRID_LARGE,
    "mobilenetv4_hybrid_large_075": HYBRID_LARGE | _narrow(0.75),
    "mobilenetv4_hybrid_medium": HYBRID_MEDIUM,
    "mobilenetv4_hybrid_medium_075": HYBRID_MEDIUM | _narrow(0.75),
    "tf_mobilenetv3_large_075": LARGE | TF | {"channel_multiplier": 0.75},
    "tf_mobilenetv3_large_100": LARGE | TF,
    "tf_mobilenetv3_large_minimal_100": LARGE_MINIMAL | TF,
    "tf_mobilenetv3_small_075": SMALL | TF | {"channel_multiplier": 0.75},
    "tf_mobilenetv3_small_100": SMALL | TF,
    "tf_mobilenetv3_small_minimal_100": SMALL_MINIMAL | TF,
}
