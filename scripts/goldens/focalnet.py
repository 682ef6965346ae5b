"""timm's FocalNets."""

from typing import Any

import timm
import torch
from timm.layers import LayerNorm2d

from .reference import Reference, run_model, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("focalnet_tiny_lrf", "odd-focalnet-head", "odd-focalnet-post")
SMALL = {"embed_dim": 16, "mlp_ratio": 2.5}
ODD: dict[str, dict[str, Any]] = {  # arguments of focalnet_tiny_srf
    "odd-focalnet-head": {
        "head_hidden_size": 40,
        "normalize_modulator": True,
        "focal_levels": (1, 2, 3, 0),
        "focal_windows": (7, 5, 3, 3),
        "global_pool": "avgmax",
    },
    "odd-focalnet-post": {
        "use_post_norm": True,
        "use_post_norm_in_modulation": True,
        "use_overlap_down": True,
        "layerscale_value": 1.0,
    },
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("focalnet"), *ODD]


def reference(name: str) -> Reference:
    """Run one; of all but the small ones, a block or two of each stage.

    Of the wide ones, with up to 700 million weights, the first three stages.
    """
    size = (72, 88)
    if name in ODD:
        small = {**SMALL, **ODD[name]}
        model = timm.models.focalnet.FocalNet(num_classes=0, **small)
        model.pretrained_cfg = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
        return run_model("focalnet_tiny_srf", model, size, small)
    if "tiny" in name:
        return run_timm(name, size=size)
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=0)
        stages = model.layers if model.num_features < 1536 else model.layers[:3]
        depths = (1, 1, 2, 1)[: len(stages)]
        for stage, depth in zip(stages, depths, strict=True):
            stage.blocks = stage.blocks[:depth]
        model.layers = stages
        model.norm = LayerNorm2d(model.embed_dim[len(stages) - 1], eps=1e-5)
    first = [stage.blocks[0].modulation for stage in stages]
    arguments = {
        "depths": depths,
        "focal_levels": [step.focal_level for step in first],
        "focal_windows": [step.focal_window for step in first],
    }
    return run_model(name, model.to_empty(device="cpu"), size, arguments)
