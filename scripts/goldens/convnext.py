"""timm's ConvNeXts, odd ones, and transformers'."""

from typing import Any

import timm
import torch
from transformers import ConvNextConfig, ConvNextModel, ConvNextV2Config, ConvNextV2Model

from .reference import Reference, run_model, run_timm, run_transformers, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "convnext_atto_ols",
    "convnext_zepto_rms_ols",
    "convnextv2_atto",
    "test_convnext",
    "test_convnext3",
    "odd-convnext-head",
    "odd-convnext-max",
    "transformers-convnext-one-stage",
    "transformers-convnextv2",
)
ODD: dict[str, dict[str, Any]] = {  # arguments of test_convnext2
    "odd-convnext-stem": {"stem_type": "overlap_act", "conv_bias": False, "act_layer": "relu"},
    "odd-convnext-patch2": {"patch_size": 2, "kernel_sizes": 3},
    "odd-convnext-patch7": {"patch_size": 7, "norm_layer": "rmsnorm", "dims": (32, 32, 64, 64)},
    "odd-convnext-head": {"head_hidden_size": 40, "conv_mlp": True, "norm_layer": "simplenorm2d"},
    "odd-convnext-max": {"global_pool": "max", "use_grn": True, "head_norm_first": True},
    "odd-convnext-avgmax": {"global_pool": "avgmax", "norm_eps": 1e-3},
}
SMALL = {"hidden_sizes": [24, 32, 48, 64], "depths": [1, 2, 1, 1]}
FOREIGN: dict[str, dict[str, Any]] = {
    "transformers-convnext-tiny": {},
    "transformers-convnext-small": SMALL | {"hidden_act": "relu", "layer_norm_eps": 1e-2},
    "transformers-convnext-no-scale": SMALL
    | {"layer_scale_init_value": 0.0, "hidden_act": "gelu_new"},
    "transformers-convnext-one-stage": {"hidden_sizes": [32], "depths": [2], "num_stages": 1},
    "transformers-convnext-alike": {"hidden_sizes": [32, 32], "depths": [1, 1], "num_stages": 2},
    "transformers-convnext-patch": SMALL | {"patch_size": [3, 3]},
    "transformers-convnextv2": SMALL,
    "transformers-convnextv2-odd": SMALL | {"patch_size": 5, "hidden_act": "silu"},
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("convnext"), *ODD, *FOREIGN]


def reference(name: str) -> Reference:
    """Run one; of the wide ones, with up to 800 million weights, a block or two of each stage."""
    if name in FOREIGN:
        settings = FOREIGN[name] | {"image_size": [72, 88]}
        if "v2" in name:
            return run_transformers(ConvNextV2Model(ConvNextV2Config(**settings)))
        return run_transformers(ConvNextModel(ConvNextConfig(**settings)))
    if name in ODD:
        return run_timm("test_convnext2", arguments=ODD[name])
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=0)
        wide = model.num_features >= 1024
        arguments = {"depths": (1, 1, 2, 1)} if wide else {}
        model = timm.create_model(name, num_classes=0, **arguments)
    return run_model(name, model.to_empty(device="cpu"), (72, 88), arguments)
