"""timm's hybrid Vision Transformers."""

from typing import Any

import timm

from .reference import Reference, run_model, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("vit_tiny_r_s16_p8_224", "odd-hybrid-v2", "odd-hybrid-convs", "odd-hybrid-resnet")
TINY: dict[str, Any] = {"embed_dim": 48, "depth": 2, "num_heads": 3}
ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "odd-hybrid-v2": (
        "vit_small_r26_s32_224",
        TINY | {"global_pool": "avg", "class_token": False, "init_values": 0.5},
    ),
    "odd-hybrid-resnet": ("vit_small_resnet26d_224", TINY | {"reg_tokens": 2, "patch_size": 2}),
    "odd-hybrid-convs": ("vit_base_mci_224", {"depth": 1, "no_embed_class": False}),
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("vision_transformer_hybrid"), *ODD]


def reference(name: str) -> Reference:
    """Run one; of the wide ones, two blocks of the transformer."""
    name, arguments = ODD.get(
        name, (name, {} if "tiny" in name or "small" in name else {"depth": 2})
    )
    size = (128, 192)
    model = timm.create_model(name, num_classes=0, img_size=size, **arguments)
    return run_model(name, model, size, arguments)
