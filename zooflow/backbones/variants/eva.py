"""timm's EVAs: their numbers, under timm's own argument names.

A size, and the features by which a line of models departs from the plain one. The size of the
images is the checkpoint's to say.
"""

from typing import Any

MODEL_TYPES = ("dinov3_vit",)  # of transformers

Numbers = dict[str, Any]


def _size(embed_dim: int, depth: int, num_heads: int, mlp_ratio: float = 4.0) -> Numbers:
    return {"embed_dim": embed_dim, "depth": depth, "num_heads": num_heads, "mlp_ratio": mlp_ratio}


TINY = _size(192, 12, 3)
SMALL = _size(384, 12, 6)
MEDIUM = _size(512, 12, 8)
MEDIUMD = _size(512, 20, 8)
BETWIXT = _size(640, 12, 10)
BASE = _size(768, 12, 12)
LARGE = _size(1024, 24, 16)
HUGE = _size(1280, 32, 20)
EVA_GIANT = _size(1408, 40, 16, 6144 / 1408)
GIANT = _size(1536, 40, 24)
PE_GIGANTIC = _size(1536, 50, 16, 8960 / 1536)
ENORMOUS = _size(1792, 64, 16, 15360 / 1792)
DINO_7B = _size(4096, 40, 32, 2)

P14 = {"patch_size": 14}
TOKEN = {"global_pool": "token"}
GATED = {"swiglu_mlp": True, "mlp_ratio": 4 * 2 / 3}
TURNED = {"use_rot_pos_emb": True, "ref_feat_shape": (16, 16)}
EVA02 = P14 | GATED | TURNED
EVA02_WIDE = EVA02 | {"qkv_fused": False, "scale_mlp": True}
CLIP = TOKEN | {"scale_attn_inner": True}
SBB = TURNED | {"init_values": 1e-5, "class_token": False, "use_abs_pos_emb": False}
PE = {
    "attn_type": "rope",
    "use_rot_pos_emb": True,
    "rope_grid_indexing": "xy",
    "use_pre_transformer_norm": True,
    "norm_layer": ("layernorm", 1e-5),
}
OFFSET = {"rope_grid_offset": 1.0}
NO_TOKEN = {"class_token": False}
CORE = PE | {"global_pool": "map", "attn_pool_num_heads": 8, "attn_pool_mlp_ratio": 4.0}
BARE = PE | {"ref_feat_shape": (32, 32), "use_post_transformer_norm": False, "use_fc_norm": False}
SCALES = {"init_values": 0.1}
NAVER = TOKEN | {
    "attn_type": "rope",
    "init_values": 1e-5,
    "use_abs_pos_emb": False,
    "use_rot_pos_emb": True,
    "rope_grid_indexing": "xy",
    "rope_temperature": 100.0,
}
MIXED = {"rope_type": "mixed", "rope_temperature": 10.0}
APE = {"use_abs_pos_emb": True, "no_embed_class": True}
DINO = {
    "dynamic_img_size": True,
    "init_values": 1e-5,
    "rope_type": "dinov3",
    "rope_temperature": 100,
    "rope_rotate_half": True,
    "use_rot_pos_emb": True,
    "use_abs_pos_emb": False,
    "num_reg_tokens": 4,
    "use_fc_norm": False,
    "norm_layer": ("layernorm", 1e-5),
}
BIASLESS = {"qkv_bias": False}
PLUS = {"swiglu_mlp": True, "swiglu_align_to": 8}
SAPIENS = (
    DINO
    | TOKEN
    | {
        "attn_type": "rope",
        "qkv_fused": False,
        "qk_norm": True,
        "swiglu_mlp": True,
        "init_values": 1.0,
        "attn_only_layer_scale": True,
        "num_reg_tokens": 8,
        "norm_layer": ("rmsnorm", 1e-6),
    }
)


def _stretched(side: int) -> Numbers:
    return {"ref_feat_shape": (side, side)}


def _sapiens(embed_dim: int, depth: int, num_heads: int) -> Numbers:
    """Share keys and values in all blocks but the first and the last eight."""
    shared = max(depth - 16, 0)
    ends = (num_heads,) * ((depth - shared) // 2)
    counts = (*ends, *(num_heads // 2,) * shared, *ends)
    return _size(embed_dim, depth, num_heads) | SAPIENS | {"num_kv_heads": counts}


DINOS = {
    "vit_small_patch16_dinov3": SMALL | DINO,
    "vit_small_plus_patch16_dinov3": SMALL | DINO | PLUS,
    "vit_base_patch16_dinov3": BASE | DINO,
    "vit_large_patch16_dinov3": LARGE | DINO,
    "vit_huge_plus_patch16_dinov3": HUGE | DINO | PLUS,
}
NAVERS = {"small": SMALL | NAVER, "base": BASE | NAVER, "large": LARGE | NAVER}

VARIANTS: dict[str, Numbers] = {
    "eva_giant_patch14_224": EVA_GIANT | P14,
    "eva_giant_patch14_336": EVA_GIANT | P14,
    "eva_giant_patch14_560": EVA_GIANT | P14,
    "eva_giant_patch14_clip_224": EVA_GIANT | P14 | TOKEN,
    "eva02_tiny_patch14_224": TINY | EVA02,
    "eva02_tiny_patch14_336": TINY | EVA02,
    "eva02_small_patch14_224": SMALL | EVA02,
    "eva02_small_patch14_336": SMALL | EVA02,
    "eva02_base_patch14_224": BASE | EVA02_WIDE,
    "eva02_base_patch14_448": BASE | EVA02_WIDE,
    "eva02_base_patch16_clip_224": BASE | EVA02_WIDE | CLIP | {"patch_size": 16},
    "eva02_large_patch14_224": LARGE | EVA02_WIDE,
    "eva02_large_patch14_448": LARGE | EVA02_WIDE,
    "eva02_large_patch14_clip_224": LARGE | EVA02_WIDE | CLIP,
    "eva02_large_patch14_clip_336": LARGE | EVA02_WIDE | CLIP,
    "eva02_enormous_patch14_clip_224": ENORMOUS | P14 | TOKEN | {"use_post_norm": True},
    "vit_medium_patch16_rope_reg1_gap_256": MEDIUM | SBB | {"num_reg_tokens": 1},
    "vit_mediumd_patch16_rope_reg1_gap_256": MEDIUMD | SBB | {"num_reg_tokens": 1} | BIASLESS,
    "vit_betwixt_patch16_rope_reg4_gap_256": BETWIXT | SBB | {"num_reg_tokens": 4},
    "vit_base_patch16_rope_reg1_gap_256": BASE | SBB | {"num_reg_tokens": 1},
    "vit_pe_core_tiny_patch16_384": TINY | CORE | OFFSET | _stretched(24),
    "vit_pe_core_small_patch16_384": SMALL | CORE | OFFSET | _stretched(24),
    "vit_pe_core_base_patch16_224": BASE | CORE | OFFSET | _stretched(14),
    "vit_pe_core_large_patch14_336": LARGE | CORE | OFFSET | _stretched(24) | P14,
    "vit_pe_core_gigantic_patch14_448": PE_GIGANTIC | CORE | NO_TOKEN | _stretched(32) | P14,
    "vit_pe_lang_large_patch14_448": LARGE | BARE | OFFSET | SCALES | P14 | {"depth": 23},
    "vit_pe_lang_gigantic_patch14_448": PE_GIGANTIC
    | BARE
    | NO_TOKEN
    | SCALES
    | P14
    | {"depth": 47},
    "vit_pe_spatial_tiny_patch16_512": TINY | BARE | OFFSET,
    "vit_pe_spatial_small_patch16_512": SMALL | BARE | OFFSET,
    "vit_pe_spatial_base_patch16_512": BASE | BARE | OFFSET,
    "vit_pe_spatial_large_patch14_448": LARGE | BARE | OFFSET | P14,
    "vit_pe_spatial_gigantic_patch14_448": PE_GIGANTIC | BARE | NO_TOKEN | SCALES | P14,
    **{f"vit_{size}_patch16_rope_224": numbers for size, numbers in NAVERS.items()},
    "vit_base_patch16_rope_224": NAVERS["base"] | {"use_fc_norm": False},
    **{f"vit_{size}_patch16_rope_mixed_224": numbers | MIXED for size, numbers in NAVERS.items()},
    **{f"vit_{size}_patch16_rope_ape_224": numbers | APE for size, numbers in NAVERS.items()},
    **{
        f"vit_{size}_patch16_rope_mixed_ape_224": numbers | MIXED | APE
        for size, numbers in NAVERS.items()
    },
    "vit_tiny_patch16_dinov3_qkvb": TINY | DINO,
    **{name: numbers | BIASLESS for name, numbers in DINOS.items()},
    **{f"{name}_qkvb": numbers for name, numbers in DINOS.items()},
    "vit_7b_patch16_dinov3": DINO_7B | DINO | BIASLESS | PLUS | {"swiglu_align_to": 64},
    "vit_small_patch16_lingbot": SMALL | DINO | TOKEN,
    "vit_base_patch16_lingbot": BASE | DINO | TOKEN,
    "vit_large_patch16_lingbot": LARGE | DINO | TOKEN,
    "vit_giant_patch16_lingbot": GIANT | DINO | TOKEN | BIASLESS | GATED | PLUS,
    "vit_base_patch16_sapiens2": _sapiens(768, 12, 12),
    "vit_large_patch16_sapiens2": _sapiens(1024, 24, 16),
    "vit_huge_patch16_sapiens2": _sapiens(1280, 32, 16),
    "vit_giant_patch16_sapiens2": _sapiens(1536, 40, 24),
    "vit_5b_patch16_sapiens2": _sapiens(2432, 56, 32),
}
