"""timm's encoders of images of Qwen3, and odd ones."""

from typing import Any

import timm
import torch

from .reference import Reference, run_model, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("odd-qwen3-plain", "odd-qwen3-merge", "odd-qwen3-alone")
TINY: dict[str, Any] = {
    "embed_dim": 48,
    "depth": 2,
    "num_heads": 2,
    "mlp_ratio": 2.7,
    "pos_embed_grid_size": 5,
}
ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "odd-qwen3-plain": ("qwen3_vit_88m", TINY | {"final_norm": False, "patch_size": 11}),
    "odd-qwen3-merge": (
        "qwen3_vit_88m_merge",
        TINY | {"out_features": 40, "norm_eps": 1e-2, "rope_temperature": 50.0},
    ),
    "odd-qwen3-alone": ("qwen3_vit_88m_enc", TINY | {"out_features": 0, "merge_size": 3}),
    "odd-qwen3-average": (
        "qwen3_vit_88m_enc",
        TINY | {"out_features": 0, "global_pool": "avg", "pos_embed_grid_size": 6},
    ),
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("qwen3_vit"), *ODD]


def reference(name: str) -> Reference:
    """Run one on 6 x 6 or 4 x 6 patches; of the wide ones, two blocks, and a narrow projector."""
    plain = {"depth": 2, "out_features": 64, "pos_embed_grid_size": 9}
    name, arguments = ODD.get(name, (name, plain))
    patch = arguments.get("patch_size", 16)
    size = (6 * patch, 6 * patch) if "merge_size" in arguments else (4 * patch, 6 * patch)
    model = timm.create_model(name, num_classes=0, **arguments)
    if name.endswith("_enc"):
        model.forward_head = average_of(model)
    return run_model(name, model, size, arguments)


def average_of(model: Any) -> Any:
    """Give what timm's encoders have no word for: the average of what they project."""

    def pooled(features: torch.Tensor, pre_logits: bool) -> torch.Tensor:
        tokens = model.merger(features) if model.merger else features.flatten(1, 2)
        return tokens.mean(1)

    return pooled
