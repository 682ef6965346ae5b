"""timm's MaxViTs and CoAtNets, and odd ones."""

import re
from typing import Any

import timm
import torch

from .reference import Reference, run_model, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("test_coatnet", "odd-maxxvit-tf", "odd-maxxvit-parallel", "odd-coatnet-max")
TINY: dict[str, Any] = {"embed_dim": (32, 64), "depths": (1, 2), "stem_width": (8, 16)}
ODD: dict[str, tuple[str, tuple[int, int], dict[str, Any]]] = {
    "odd-maxxvit-tf": (
        "maxvit_tiny_tf_224",
        (48, 64),
        TINY | {"block_type": ("M", ("C", "T")), "transformer_partition_ratio": 8},
    ),
    "odd-maxxvit-parallel": (
        "maxxvit_rmlp_nano_rw_256",
        (48, 64),
        TINY | {"block_type": (("PM", "C"), "PM"), "transformer_window_size": (3, 2)},
    ),
    "odd-maxxvit-grid": (
        "maxvit_rmlp_pico_rw_256",
        (48, 64),
        TINY
        | {
            "block_type": ("M", "M"),
            "transformer_window_size": (3, 2),
            "transformer_grid_size": (2, 4),
            "transformer_init_values": 0.1,
            "conv_attn_layer": "",
        },
    ),
    "odd-coatnet-max": (
        "coatnet_0_224",
        (48, 64),
        TINY
        | {
            "block_type": ("C", "T"),
            "conv_stride_mode": "1x1",
            "conv_pool_type": "max2",
            "conv_group_size": 8,
            "conv_kernel_size": 5,
            "transformer_pool_type": "max",
            "transformer_attn_bias": False,
            "transformer_rel_pos_type": "",
            "transformer_dim_head": 16,
            "global_pool": "max",
        },
    ),
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("maxxvit"), *ODD]


def reference(name: str) -> Reference:
    """Run one, on windows that are not square.

    Of the wide and the deep ones, whose errors grow too, a block or two of each stage do.
    """
    architecture, size, arguments = ODD.get(name, (name, (64, 96), {}))
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=0, img_size=size, **arguments)
        if model.num_features > 512 or re.search("_(pico|tiny)_", name):
            arguments = {"depths": (1, 1, 2, 1)}
            model = timm.create_model(architecture, num_classes=0, img_size=size, **arguments)
    model = timm.create_model(architecture, num_classes=0, img_size=size, **arguments)
    return run_model(architecture, model, size, arguments)
