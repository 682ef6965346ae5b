"""timm's MetaFormers."""

from typing import Any

import timm
import torch
from timm.models.metaformer import (
    Attention,
    GroupNorm1,
    LayerNorm2d,
    LayerNormNoBias,
    MetaFormer,
    Pooling,
    SepConv,
)

from .reference import Reference, run_model, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("poolformer_s12", "odd-metaformer-mixers", "odd-metaformer-scales")
SMALL = {"depths": (1, 1, 2, 1), "dims": (32, 32, 64, 96)}
ODD: dict[str, dict[str, Any]] = {  # arguments of poolformerv2_s12, their words and timm's classes
    "odd-metaformer-mixers": SMALL
    | {
        "token_mixers": ("sepconv", "pooling", "attention", "pooling"),
        "norm_layers": ("layernorm", "groupnorm1", "layernorm_nobias", "layernorm"),
        "layer_scale_init_values": (None, 0.1, None, 0.1),
    },
    "odd-metaformer-scales": SMALL
    | {
        "mlp_act": "relu",
        "mlp_bias": True,
        "res_scale_init_values": 0.5,
        "norm_layers": "groupnorm1",
        "global_pool": "max",
    },
}
CLASSES = {
    "sepconv": SepConv,
    "pooling": Pooling,
    "attention": Attention,
    "layernorm": LayerNorm2d,
    "layernorm_nobias": LayerNormNoBias,
    "groupnorm1": GroupNorm1,
    "relu": torch.nn.ReLU,
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("metaformer"), *ODD]


def reference(name: str) -> Reference:
    """Run one, with two blocks of each stage."""
    if name not in ODD:
        with torch.device("meta"):
            model = timm.create_model(name, num_classes=0)
        depths = tuple(min(len(stage.blocks), 2) for stage in model.stages)
        for stage, depth in zip(model.stages, depths, strict=True):
            stage.blocks = stage.blocks[:depth]
        return run_model(name, model.to_empty(device="cpu"), (72, 88), {"depths": depths})
    model = MetaFormer(num_classes=0, **{key: meant(value) for key, value in ODD[name].items()})
    model.pretrained_cfg = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
    return run_model("poolformerv2_s12", model, (72, 88), ODD[name])


def meant(value: Any) -> Any:
    """Give timm's classes for words."""
    if isinstance(value, tuple):
        return [meant(item) for item in value]
    return CLASSES.get(value, value)
