"""timm's ViTs with relative positions: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _size(embed_dim: int, num_heads: int) -> Numbers:
    return {"embed_dim": embed_dim, "num_heads": num_heads, "qkv_bias": False}


SMALL = _size(384, 6)
MEDIUM = _size(512, 8)
BASE = _size(768, 12)
PLUS = _size(896, 14) | {"qkv_bias": True}
LATE = {"fc_norm": True}
TOKEN = {"class_token": True, "global_pool": "token"}
LAST = {"block_fn": "respost"}
SHARED = {"shared_rel_pos": True}

VARIANTS: dict[str, Numbers] = {
    "test_vit_relpos": _size(96, 3) | LATE | {"depth": 9, "mlp_ratio": 2},
    "vit_relpos_base_patch16_224": BASE | LATE,
    "vit_relpos_base_patch16_cls_224": BASE | TOKEN,
    "vit_relpos_base_patch16_clsgap_224": BASE | LATE | {"class_token": True},
    "vit_relpos_base_patch16_plus_240": PLUS,
    "vit_relpos_base_patch16_rpn_224": BASE | LAST,
    "vit_relpos_base_patch32_plus_rpn_256": PLUS | LAST | {"patch_size": 32},
    "vit_relpos_medium_patch16_224": MEDIUM | LATE,
    "vit_relpos_medium_patch16_cls_224": MEDIUM | TOKEN | {"rel_pos_dim": 256},
    "vit_relpos_medium_patch16_rpn_224": MEDIUM | LAST,
    "vit_relpos_small_patch16_224": SMALL | LATE,
    "vit_relpos_small_patch16_rpn_224": SMALL | LAST,
    "vit_srelpos_medium_patch16_224": MEDIUM | SHARED | {"rel_pos_dim": 512},
    "vit_srelpos_small_patch16_224": SMALL | SHARED | {"rel_pos_dim": 384},
}
