"""timm's Vision Transformers: their numbers, under timm's own argument names.

A size, the features by which a line of models departs from the plain one, and the patches where
they are not 16 pixels wide. The size of the images is the checkpoint's to say.
"""

from typing import Any

MODEL_TYPES = (  # of transformers
    *("vit", "deit", "vit_msn", "vit_mae", "dinov2", "dinov2_with_registers"),
    *("clip_vision_model", "siglip_vision_model"),
)

Numbers = dict[str, Any]


def _size(embed_dim: int, depth: int, num_heads: int, mlp_ratio: float = 4.0) -> Numbers:
    return {"embed_dim": embed_dim, "depth": depth, "num_heads": num_heads, "mlp_ratio": mlp_ratio}


TINY = _size(192, 12, 3)
XSMALL = _size(256, 10, 4)
WEE = _size(256, 14, 4, 5)
PWEE = _size(256, 16, 4, 5)
LITTLE = _size(320, 14, 5, 5.6)
SMALL = _size(384, 12, 6)
MEDIUM = _size(512, 12, 8)
MEDIUMD = _size(512, 20, 8)
BETWIXT = _size(640, 12, 10)
BASE = _size(768, 12, 12)
SO150M2 = _size(832, 21, 13, 34 / 13)
SO150M = _size(896, 18, 14, 2.572)
PLUS = _size(896, 12, 14)
LARGE = _size(1024, 24, 16)
SO400M = _size(1152, 27, 16, 3.7362)
HUGE = _size(1280, 32, 16)
GIANT = _size(1408, 40, 16, 48 / 11)
GIANTOPT = _size(1536, 40, 16)
DINO_GIANT = _size(1536, 40, 24)
GIGANTIC = _size(1664, 48, 16, 64 / 13)
AIM_LARGE = _size(1024, 24, 8, 2.75)
AIM_HUGE = _size(1536, 24, 12, 2.6667)
AIM_1B = _size(2048, 24, 16, 2.75)
AIM_3B = _size(3072, 24, 24, 2.6667)

AIM = {
    "class_token": False,
    "fc_norm": False,
    "global_pool": "avg",
    "qkv_bias": False,
    "proj_bias": False,
    "act_layer": "silu",
    "norm_layer": ("rmsnorm", 1e-5),
    "embed_norm_layer": ("rmsnorm", 1e-5),
    "mlp_layer": "swiglu",
}
BEIT3 = {
    "scale_attn_norm": True,
    "scale_mlp_norm": True,
    "global_pool": "avg",
    "norm_layer": ("layernorm", 1e-5),
}
CLIP = {"pre_norm": True, "norm_layer": ("layernorm", 1e-5)}
XP = {
    "pre_norm": True,
    "no_embed_class": True,
    "norm_layer": "rmsnorm",
    "block_fn": "parallel",
    "qkv_bias": False,
    "qk_norm": True,
}
TIPS = {"no_embed_class": True, "reg_tokens": 1, "init_values": 1.0}
RADIO = {"no_embed_class": True, "final_norm": False}
SIGLIP = {"class_token": False, "global_pool": "map"}
GAP = {"class_token": False, "global_pool": "avg", "fc_norm": False}
SBB = {"class_token": False, "no_embed_class": True, "global_pool": "avg", "init_values": 1e-5}
AVERAGE = {"class_token": False, "global_pool": "avg"}
GATED = {"mlp_layer": "swiglupacked", "act_layer": "silu", "mlp_ratio": 5.33334}
DEIT3 = {"no_embed_class": True, "init_values": 1e-6}
SCALES = {"init_values": 1e-5}
REGISTER = {"reg_tokens": 1}
REGISTERS = {"reg_tokens": 4, "no_embed_class": True}
QUICK = {"act_layer": "quick_gelu"}
TANH = {"act_layer": "gelu_tanh"}
BIASLESS = {"qkv_bias": False}
PARALLEL = {"block_fn": "parallel"}
DIFFERENTIAL = {"attn_layer": "diff"}
RMS = {"norm_layer": "rmsnorm"}
DYNAMIC = {"dynamic_img_size": True}
P8 = {"patch_size": 8}
P14 = {"patch_size": 14}
P32 = {"patch_size": 32}

VARIANTS: dict[str, Numbers] = {
    "aimv2_1b_patch14_224": AIM_1B | AIM | P14,
    "aimv2_1b_patch14_336": AIM_1B | AIM | P14,
    "aimv2_1b_patch14_448": AIM_1B | AIM | P14,
    "aimv2_3b_patch14_224": AIM_3B | AIM | P14,
    "aimv2_3b_patch14_336": AIM_3B | AIM | P14,
    "aimv2_3b_patch14_448": AIM_3B | AIM | P14,
    "aimv2_huge_patch14_224": AIM_HUGE | AIM | P14,
    "aimv2_huge_patch14_336": AIM_HUGE | AIM | P14,
    "aimv2_huge_patch14_448": AIM_HUGE | AIM | P14,
    "aimv2_large_patch14_224": AIM_LARGE | AIM | P14,
    "aimv2_large_patch14_336": AIM_LARGE | AIM | P14,
    "aimv2_large_patch14_448": AIM_LARGE | AIM | P14,
    "beit3_base_patch16_224": BASE | BEIT3,
    "beit3_giant_patch14_224": GIANT | BEIT3 | P14 | {"mlp_ratio": 4.3637},
    "beit3_giant_patch14_336": GIANT | BEIT3 | P14 | {"mlp_ratio": 4.3637},
    "beit3_large_patch16_224": LARGE | BEIT3,
    "deit3_base_patch16_224": BASE | DEIT3,
    "deit3_base_patch16_384": BASE | DEIT3,
    "deit3_huge_patch14_224": HUGE | DEIT3 | P14,
    "deit3_large_patch16_224": LARGE | DEIT3,
    "deit3_large_patch16_384": LARGE | DEIT3,
    "deit3_medium_patch16_224": MEDIUM | DEIT3,
    "deit3_small_patch16_224": SMALL | DEIT3,
    "deit3_small_patch16_384": SMALL | DEIT3,
    "deit_base_distilled_patch16_224": BASE | {"distilled": True},
    "deit_base_distilled_patch16_384": BASE | {"distilled": True},
    "deit_base_patch16_224": BASE,
    "deit_base_patch16_384": BASE,
    "deit_small_distilled_patch16_224": SMALL | {"distilled": True},
    "deit_small_patch16_224": SMALL,
    "deit_tiny_distilled_patch16_224": TINY | {"distilled": True},
    "deit_tiny_patch16_224": TINY,
    "eva_large_patch14_196": LARGE | P14 | {"global_pool": "avg"},
    "eva_large_patch14_336": LARGE | P14 | {"global_pool": "avg"},
    "flexivit_base": BASE | {"no_embed_class": True},
    "flexivit_large": LARGE | {"no_embed_class": True},
    "flexivit_small": SMALL | {"no_embed_class": True},
    "test_vit": _size(64, 6, 2, 3) | DYNAMIC,
    "test_vit2": _size(64, 8, 2, 3) | AVERAGE | SCALES | REGISTER | DYNAMIC,
    "test_vit3": _size(96, 9, 3, 2) | SIGLIP | SCALES | REGISTER | {"pool_include_prefix": True},
    "test_vit4": _size(96, 9, 3, 3) | AVERAGE | SCALES | REGISTER | DYNAMIC | RMS,
    "vit_base_patch14_dinov2": BASE | SCALES | P14,
    "vit_base_patch14_reg1_tipsv2": BASE | TIPS | P14,
    "vit_base_patch14_reg4_dinov2": BASE | SCALES | REGISTERS | P14,
    "vit_base_patch16_18x2_224": BASE | SCALES | {"depth": 18, "block_fn": "things"},
    "vit_base_patch16_224": BASE,
    "vit_base_patch16_224_miil": BASE | BIASLESS,
    "vit_base_patch16_384": BASE,
    "vit_base_patch16_clip_224": BASE | CLIP,
    "vit_base_patch16_clip_384": BASE | CLIP,
    "vit_base_patch16_clip_quickgelu_224": BASE | CLIP | QUICK,
    "vit_base_patch16_gap_224": BASE | GAP | {"num_heads": 16},
    "vit_base_patch16_plus_240": PLUS | SCALES,
    "vit_base_patch16_plus_clip_240": PLUS | CLIP,
    "vit_base_patch16_radio_v3": BASE | RADIO | SCALES | {"reg_tokens": 7},
    "vit_base_patch16_reg4_gap_256": BASE | AVERAGE | REGISTERS,
    "vit_base_patch16_rpn_224": BASE | AVERAGE | SCALES | BIASLESS | {"block_fn": "respost"},
    "vit_base_patch16_siglip_224": BASE | SIGLIP,
    "vit_base_patch16_siglip_256": BASE | SIGLIP,
    "vit_base_patch16_siglip_384": BASE | SIGLIP,
    "vit_base_patch16_siglip_512": BASE | SIGLIP,
    "vit_base_patch16_siglip_gap_224": BASE | GAP,
    "vit_base_patch16_siglip_gap_256": BASE | GAP,
    "vit_base_patch16_siglip_gap_384": BASE | GAP,
    "vit_base_patch16_siglip_gap_512": BASE | GAP,
    "vit_base_patch16_xp_224": BASE | XP,
    "vit_base_patch32_224": BASE | P32,
    "vit_base_patch32_384": BASE | P32,
    "vit_base_patch32_clip_224": BASE | CLIP | P32,
    "vit_base_patch32_clip_256": BASE | CLIP | P32,
    "vit_base_patch32_clip_384": BASE | CLIP | P32,
    "vit_base_patch32_clip_448": BASE | CLIP | P32,
    "vit_base_patch32_clip_quickgelu_224": BASE | CLIP | QUICK | P32,
    "vit_base_patch32_plus_256": PLUS | SCALES | P32,
    "vit_base_patch32_siglip_256": BASE | SIGLIP | TANH | P32,
    "vit_base_patch32_siglip_gap_256": BASE | GAP | TANH | P32,
    "vit_base_patch8_224": BASE | P8,
    "vit_betwixt_patch16_gap_256": BETWIXT | GAP | BIASLESS | {"init_values": 1e-6},
    "vit_betwixt_patch16_reg1_gap_256": BETWIXT | SBB | REGISTER,
    "vit_betwixt_patch16_reg4_gap_256": BETWIXT | SBB | {"reg_tokens": 4},
    "vit_betwixt_patch16_reg4_gap_384": BETWIXT | SBB | {"reg_tokens": 4},
    "vit_betwixt_patch32_clip_224": BETWIXT | CLIP | P32,
    "vit_dlittle_patch16_reg1_gap_256": LITTLE | SBB | REGISTER | DIFFERENTIAL,
    "vit_dpwee_patch16_reg1_gap_256": PWEE | SBB | REGISTER | PARALLEL | DIFFERENTIAL,
    "vit_dwee_patch16_reg1_gap_256": WEE | SBB | REGISTER | DIFFERENTIAL,
    "vit_giant_patch14_224": GIANT | P14,
    "vit_giant_patch14_clip_224": GIANT | CLIP | P14,
    "vit_giant_patch14_dinov2": DINO_GIANT | GATED | SCALES | P14,
    "vit_giant_patch14_reg1_tipsv2": DINO_GIANT | TIPS | GATED | P14,
    "vit_giant_patch14_reg4_dinov2": DINO_GIANT | GATED | SCALES | REGISTERS | P14,
    "vit_giant_patch16_gap_224": GIANT | GAP,
    "vit_giant_patch16_radio_v3": DINO_GIANT | RADIO | {"reg_tokens": 7},
    "vit_giantopt_patch16_siglip_256": GIANTOPT | SIGLIP | TANH,
    "vit_giantopt_patch16_siglip_384": GIANTOPT | SIGLIP | TANH,
    "vit_giantopt_patch16_siglip_gap_256": GIANTOPT | GAP | TANH,
    "vit_giantopt_patch16_siglip_gap_384": GIANTOPT | GAP | TANH,
    "vit_gigantic_patch14_224": GIGANTIC | P14,
    "vit_gigantic_patch14_clip_224": GIGANTIC | CLIP | P14,
    "vit_gigantic_patch14_clip_378": GIGANTIC | CLIP | P14,
    "vit_gigantic_patch14_clip_quickgelu_224": GIGANTIC | CLIP | QUICK | P14,
    "vit_huge_patch14_224": HUGE | P14,
    "vit_huge_patch14_clip_224": HUGE | CLIP | P14,
    "vit_huge_patch14_clip_336": HUGE | CLIP | P14,
    "vit_huge_patch14_clip_378": HUGE | CLIP | P14,
    "vit_huge_patch14_clip_quickgelu_224": HUGE | CLIP | QUICK | P14,
    "vit_huge_patch14_clip_quickgelu_378": HUGE | CLIP | QUICK | P14,
    "vit_huge_patch14_gap_224": HUGE | GAP | P14,
    "vit_huge_patch14_xp_224": HUGE | XP | P14,
    "vit_huge_patch16_gap_448": HUGE | GAP,
    "vit_huge_patch16_radio_v3": HUGE | RADIO | {"reg_tokens": 7},
    "vit_huge_patch16_radio_v4": HUGE | RADIO | {"reg_tokens": 9},
    "vit_intern300m_patch14_448": LARGE | P14 | DYNAMIC | {"init_values": 0.1, "final_norm": False},
    "vit_large_patch14_224": LARGE | P14,
    "vit_large_patch14_clip_224": LARGE | CLIP | P14,
    "vit_large_patch14_clip_336": LARGE | CLIP | P14,
    "vit_large_patch14_clip_quickgelu_224": LARGE | CLIP | QUICK | P14,
    "vit_large_patch14_clip_quickgelu_336": LARGE | CLIP | QUICK | P14,
    "vit_large_patch14_dinov2": LARGE | SCALES | P14,
    "vit_large_patch14_reg1_tipsv2": LARGE | TIPS | P14,
    "vit_large_patch14_reg4_dinov2": LARGE | SCALES | REGISTERS | P14,
    "vit_large_patch14_xp_224": LARGE | XP | P14,
    "vit_large_patch16_224": LARGE,
    "vit_large_patch16_384": LARGE,
    "vit_large_patch16_radio_v3": LARGE | RADIO | SCALES | {"reg_tokens": 7},
    "vit_large_patch16_siglip_256": LARGE | SIGLIP,
    "vit_large_patch16_siglip_384": LARGE | SIGLIP,
    "vit_large_patch16_siglip_512": LARGE | SIGLIP | TANH,
    "vit_large_patch16_siglip_gap_256": LARGE | GAP,
    "vit_large_patch16_siglip_gap_384": LARGE | GAP,
    "vit_large_patch16_siglip_gap_512": LARGE | GAP | TANH,
    "vit_large_patch32_224": LARGE | P32,
    "vit_large_patch32_384": LARGE | P32,
    "vit_little_patch16_reg1_gap_256": LITTLE | SBB | REGISTER,
    "vit_little_patch16_reg4_gap_256": LITTLE | SBB | {"reg_tokens": 4},
    "vit_medium_patch16_clip_224": MEDIUM | CLIP,
    "vit_medium_patch16_gap_240": MEDIUM | GAP | BIASLESS | {"init_values": 1e-6},
    "vit_medium_patch16_gap_256": MEDIUM | GAP | BIASLESS | {"init_values": 1e-6},
    "vit_medium_patch16_gap_384": MEDIUM | GAP | BIASLESS | {"init_values": 1e-6},
    "vit_medium_patch16_reg1_gap_256": MEDIUM | SBB | REGISTER,
    "vit_medium_patch16_reg4_gap_256": MEDIUM | SBB | {"reg_tokens": 4},
    "vit_medium_patch32_clip_224": MEDIUM | CLIP | P32,
    "vit_mediumd_patch16_reg4_gap_256": MEDIUMD | SBB | {"reg_tokens": 4},
    "vit_mediumd_patch16_reg4_gap_384": MEDIUMD | SBB | {"reg_tokens": 4},
    "vit_pwee_patch16_reg1_gap_256": PWEE | SBB | REGISTER | PARALLEL,
    "vit_small_patch14_dinov2": SMALL | SCALES | P14,
    "vit_small_patch14_reg4_dinov2": SMALL | SCALES | REGISTERS | P14,
    "vit_small_patch16_18x2_224": SMALL | SCALES | {"depth": 18, "block_fn": "things"},
    "vit_small_patch16_224": SMALL,
    "vit_small_patch16_36x1_224": SMALL | SCALES | {"depth": 36},
    "vit_small_patch16_384": SMALL,
    "vit_small_patch32_224": SMALL | P32,
    "vit_small_patch32_384": SMALL | P32,
    "vit_small_patch8_224": SMALL | P8,
    "vit_so150m2_patch16_reg1_gap_256": SO150M2 | AVERAGE | SCALES | BIASLESS | REGISTER,
    "vit_so150m2_patch16_reg1_gap_384": SO150M2 | AVERAGE | SCALES | BIASLESS | REGISTER,
    "vit_so150m2_patch16_reg1_gap_448": SO150M2 | AVERAGE | SCALES | BIASLESS | REGISTER,
    "vit_so150m_patch16_reg4_gap_256": SO150M | GAP | {"reg_tokens": 4},
    "vit_so150m_patch16_reg4_gap_384": SO150M | GAP | {"reg_tokens": 4},
    "vit_so150m_patch16_reg4_map_256": SO150M | SIGLIP | {"reg_tokens": 4},
    "vit_so400m_patch14_reg1_tipsv2": SO400M | TIPS | P14 | {"mlp_ratio": 269 / 72},
    "vit_so400m_patch14_siglip_224": SO400M | SIGLIP | P14,
    "vit_so400m_patch14_siglip_378": SO400M | SIGLIP | P14,
    "vit_so400m_patch14_siglip_384": SO400M | SIGLIP | P14,
    "vit_so400m_patch14_siglip_gap_224": SO400M | GAP | P14,
    "vit_so400m_patch14_siglip_gap_378": SO400M | GAP | P14,
    "vit_so400m_patch14_siglip_gap_384": SO400M | GAP | P14,
    "vit_so400m_patch14_siglip_gap_448": SO400M | GAP | P14,
    "vit_so400m_patch14_siglip_gap_896": SO400M | GAP | P14,
    "vit_so400m_patch16_radio_v4": SO400M | RADIO | {"mlp_ratio": 269 / 72, "reg_tokens": 9},
    "vit_so400m_patch16_siglip_256": SO400M | SIGLIP | TANH,
    "vit_so400m_patch16_siglip_384": SO400M | SIGLIP | TANH,
    "vit_so400m_patch16_siglip_512": SO400M | SIGLIP | TANH,
    "vit_so400m_patch16_siglip_gap_256": SO400M | GAP | TANH,
    "vit_so400m_patch16_siglip_gap_384": SO400M | GAP | TANH,
    "vit_so400m_patch16_siglip_gap_512": SO400M | GAP | TANH,
    "vit_tiny_patch16_224": TINY,
    "vit_tiny_patch16_384": TINY,
    "vit_wee_patch16_reg1_gap_256": WEE | SBB | REGISTER,
    "vit_xsmall_patch16_clip_224": XSMALL | CLIP,
}
