"""timm's NFNets, those of its table and odd ones."""

from typing import Any

import timm
import torch

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("test_nfnet", "nf_regnet_b0", "nf_resnet26", "odd-deepmind", "odd-eca", "odd-tiered")
SMALL = {"depths": (1, 2, 1, 1), "channels": (32, 64, 96, 128), "group_size": 8}
NARROW = {"channels": (128, 256, 384, 384), "group_size": 64, "num_features": 768}
SHALLOW = {"depths": (1, 2, 2, 1)}
ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "odd-deepmind": ("dm_nfnet_f0", SMALL | {"stem_chs": 32, "num_features": 100, "ch_div": 4}),
    "odd-eca": ("eca_nfnet_l0", SMALL | {"stem_type": "deep_pool", "alpha": 0.5}),
    "odd-tiered": ("nf_resnet26", SMALL | {"stem_type": "deep_tiered", "stem_chs": 64}),
    "odd-gc": ("test_nfnet", {"attn_layer": "gc", "attn_kwargs": {}, "act_layer": "tanh"}),
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("nfnet"), *ODD]


def reference(name: str) -> Reference:
    """Run one; of the deep and wide ones, narrower or with one or two blocks in a stage."""
    architecture, arguments = ODD.get(name, (name, {}))
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=0)
    if not arguments and sum(weight.numel() for weight in model.parameters()) > 30e6:
        arguments = SHALLOW | (NARROW if "nfnet_f" in name else {})
    return run_timm(architecture, size=(65, 88), arguments=arguments)
