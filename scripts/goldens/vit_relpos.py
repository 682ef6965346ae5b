"""timm's Vision Transformers with relative positions, and odd ones."""

from typing import Any

import timm
from timm.models.vision_transformer_relpos import ResPostRelPosBlock

from .reference import Reference, run_model, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "test_vit_relpos",
    "odd-relpos-table",
    "odd-relpos-swin",
    "odd-relpos-shared",
)
TINY: dict[str, Any] = {"depth": 2}
ODD: dict[str, dict[str, Any]] = {  # arguments of test_vit_relpos
    "odd-relpos-table": TINY | {"rel_pos_type": "bias", "class_token": True, "qk_norm": True},
    "odd-relpos-bare": TINY | {"rel_pos_type": "bias", "init_values": 0.0, "patch_size": 13},
    "odd-relpos-swin": TINY
    | {"rel_pos_type": "mlp_swin", "class_token": True, "fc_norm": False, "qkv_bias": True},
    "odd-relpos-shared": TINY
    | {"shared_rel_pos": True, "rel_pos_type": "bias", "class_token": True}
    | {"global_pool": "token", "block_fn": "respost"},
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("vision_transformer_relpos"), *ODD]


def reference(name: str) -> Reference:
    """Run one on 4 x 5 patches; of the wide ones, two blocks."""
    given = ODD.get(name, {"depth": 2} if "base" in name or "medium" in name else {})
    name = "test_vit_relpos" if name in ODD else name
    patch = given.get("patch_size", 32 if "patch32" in name else 16)
    size = (4 * patch, 5 * patch)
    block = {"block_fn": ResPostRelPosBlock} if "block_fn" in given else {}
    model = timm.create_model(name, num_classes=0, img_size=size, **{**given, **block})
    return run_model(name, model, size, given)
