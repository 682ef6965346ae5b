"""timm's DaViTs, and odd ones."""

from typing import Any

import timm
import torch

from .reference import Reference, run_model, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("odd-davit-channels", "odd-davit-florence")
TINY: dict[str, Any] = {"embed_dims": (16, 32), "depths": (1, 2), "num_heads": (2, 4)}
ODD: dict[str, dict[str, Any]] = {  # arguments of davit_tiny
    "odd-davit-channels": TINY
    | {"attn_types": ("channel",), "qkv_bias": False, "cpe_act": True, "head_norm_first": True},
    "odd-davit-florence": TINY
    | {"window_size": 5, "down_kernel_size": 3, "channel_attn_v2": True, "named_blocks": True},
    "odd-davit-bare": TINY | {"ffn": False, "attn_types": ("channel", "channel")},
    "odd-davit-order": TINY
    | {
        "attn_types": ("channel", "spatial"),
        "mlp_ratio": 2,
        "norm_eps": 1e-3,
        "global_pool": "max",
    },
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("davit"), *ODD]


def reference(name: str) -> Reference:
    """Run one, on images that no patch or window divides; of the wide ones, fewer blocks."""
    if name in ODD:
        return run_timm("davit_tiny", size=(70, 90), arguments=ODD[name])
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=0)
        arguments: dict[str, Any] = {}
        if model.num_features > 768:
            arguments = {"depths": (1, 1, 1, 1)}
        if model.num_features > 2048:
            arguments = {"depths": (1, 1), "embed_dims": (384, 768), "num_heads": (12, 24)}
        model = timm.create_model(name, num_classes=0, **arguments)
    return run_model(name, model.to_empty(device="cpu"), (70, 90), arguments)
