"""timm's EVAs, odd ones, and transformers' DINOv3s."""

import re
from typing import Any

import timm
import torch
from transformers import DINOv3ViTConfig, DINOv3ViTModel

from .reference import Reference, run_model, timm_names
from .saved import run_saved

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "vit_pe_core_tiny_patch16_384",
    "eva02_tiny_patch14_224",
    "odd-eva-mixed",
    "odd-eva-grouped",
    "odd-eva-mrope",
    "odd-eva-last",
    "transformers-dinov3-gated",
)
TINY: dict[str, Any] = {"embed_dim": 48, "depth": 2, "num_heads": 3}
ROPE: dict[str, Any] = TINY | {"use_rot_pos_emb": True}
GROUPS: dict[str, Any] = {"attn_type": "rope", "qkv_fused": False}
ODD: dict[str, dict[str, Any]] = {  # arguments of eva02_tiny_patch14_224
    "odd-eva-plain": TINY | {"swiglu_mlp": False, "use_rot_pos_emb": False, "qkv_bias": False},
    "odd-eva-last": ROPE | {"use_post_norm": True, "scale_mlp": True, "swiglu_align_to": 16},
    "odd-eva-mixed": ROPE
    | {"rope_type": "mixed", "rope_grid_indexing": "xy", "init_values": 0.5, "global_pool": "max"},
    "odd-eva-dinov3": ROPE
    | {"rope_type": "dinov3", "rope_grid_indexing": "xy", "rope_grid_offset": 0.25}
    | {"global_pool": "avgmax", "no_embed_class": True, "num_reg_tokens": 3},
    "odd-eva-grouped": ROPE
    | GROUPS
    | {"num_heads": 6, "num_kv_heads": [2, 3], "qk_norm": True, "use_fc_norm": False},
    "odd-eva-shared": ROPE | GROUPS | {"num_kv_heads": 1, "attn_only_layer_scale": True}
    | {"init_values": 0.0, "class_token": False, "rope_rotate_half": True},
    "odd-eva-mrope": ROPE
    | {"rope_type": "mrope", "rope_mrope_section": [2, 3, 2], "global_pool": "map"},
    "odd-eva-apart": ROPE
    | {"swiglu_align_to": 24, "qkv_fused": False, "scale_attn_inner": True, "ref_feat_shape": 9}
    | {"use_pre_transformer_norm": True, "patch_size": 13, "use_post_transformer_norm": True},
}  # fmt: skip
SMALL: dict[str, Any] = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3}
FOREIGN: dict[str, dict[str, Any]] = {
    "transformers-dinov3-small": {"num_register_tokens": 4},
    "transformers-dinov3-gated": SMALL
    | {"intermediate_size": 100, "use_gated_mlp": True, "hidden_act": "silu"}
    | {"num_register_tokens": 2, "rope_theta": 31.0},
    "transformers-dinov3-keys": SMALL | {"key_bias": True, "layer_norm_eps": 1e-2},
    "transformers-dinov3-biasless": SMALL
    | {"query_bias": False, "value_bias": False, "patch_size": [11, 11], "intermediate_size": 31},
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("eva"), *ODD, *FOREIGN]


def reference(name: str) -> Reference:
    """Run one on 4 x 5 patches, for which its positions are made.

    Of those with more than thirty million weights, up to seven billion, two blocks do, or one.
    """
    if name in FOREIGN:
        return run_transformers(FOREIGN[name])
    given = ODD.get(name, {})
    name = "eva02_tiny_patch14_224" if given else name
    found = re.search(r"patch(\d+)", name)
    patch = given.get("patch_size") or int(found[1] if found else 16)
    size = (4 * patch, 5 * patch)
    with torch.device("meta"):  # random weights for a billion parameters take a minute
        model = timm.create_model(name, num_classes=0, img_size=size, **given)
        arguments = given or shallow(name, model)
        model = timm.create_model(name, num_classes=0, img_size=size, **arguments)
    model = model.to_empty(device="cpu")
    for module in model.modules():
        if hasattr(module, "init_non_persistent_buffers"):
            module.init_non_persistent_buffers()
    return run_model(name, model, size, arguments)


def shallow(name: str, model: Any) -> dict[str, Any]:
    """Give the arguments by which a wide network has fewer blocks."""
    if model.embed_dim < 512:
        return {}
    depth = 1 if model.embed_dim > 2048 else 2
    if "sapiens" not in name:
        return {"depth": depth}
    counts = [block.attn.num_kv_heads for block in model.blocks]
    return {"depth": depth, "num_kv_heads": [min(counts), max(counts)][:depth]}


def run_transformers(settings: dict[str, Any]) -> Reference:
    """Run a DINOv3 of transformers on 4 x 5 patches and a rest that is cut off."""
    patch = settings.get("patch_size", 16)
    patch = patch if isinstance(patch, int) else patch[0]
    size = (4 * patch + 3, 5 * patch + 1)
    model = DINOv3ViTModel(DINOv3ViTConfig(**settings, image_size=size))
    skip = r".*mask_token" if settings.get("num_register_tokens") else r".*(mask|register)_tokens?"
    return run_saved(model, size, skip=skip)
