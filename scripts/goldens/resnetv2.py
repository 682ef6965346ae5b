"""timm's ResNets V2, those of its table and odd ones."""

import re
from functools import partial
from typing import Any

import timm
from timm.layers import GroupNormAct, StdConv2d

from .reference import Reference, run_model, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("resnetv2_18d", "resnetv2_50d_gn", "odd-after", "odd-same", "odd-evolved", "odd-cut")
SMALL = {"layers": (1, 2, 1, 1), "channels": (128, 128, 256, 256)}
ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "odd-after": ("resnetv2_50x1_bit", SMALL | {"preact": False}),
    "odd-same": ("resnetv2_50x1_bit", SMALL | {"bottle_ratio": 0.5, "stem_type": "same"}),
    "odd-evolved": ("resnetv2_50d_evos", SMALL),
    "odd-cut": ("resnetv2_50d_frn", SMALL | {"stem_type": "deep_same"}),
    "odd-groups": ("resnetv2_50d_gn", SMALL | {"preact": False, "act_layer": "silu"}),
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("resnetv2"), *ODD]


def reference(name: str) -> Reference:
    """Run one; of the deep and wide ones, with one or two blocks in a stage."""
    architecture, arguments = ODD.get(name, (name, {}))
    if re.search(r"101|152|x3", name):
        arguments = {"layers": (1, 2, 1, 1)}
    size = (65, 88) if name in ODD else (64, 80)
    if arguments and "_bit" in architecture:
        return run_model(architecture, bit(architecture, arguments), size, arguments)
    return run_timm(architecture, size=size, arguments=arguments)


def bit(architecture: str, arguments: dict[str, Any]) -> timm.models.ResNetV2:
    """Make a BiT of another shape, which timm's own functions do not."""
    width = int(architecture.partition("x")[2][0])
    fixed = {"stem_type": "fixed", "width_factor": width, "norm_layer": GroupNormAct}
    conv = partial(StdConv2d, eps=1e-8)
    return timm.create_model("resnetv2_50", num_classes=0, conv_layer=conv, **fixed | arguments)
