"""timm's Swin Transformers V2, odd ones, and transformers'."""

from typing import Any

import timm
from transformers import Swinv2Config, Swinv2Model

from .reference import Reference, run_model, run_transformers, timm_names
from .swin import as_map

LEFT_OUT: dict[str, str] = {}
QUICK = ("odd-swinv2-windows", "odd-swinv2-partition", "transformers-swinv2-fill")
TINY: dict[str, Any] = {"embed_dim": 24, "depths": (2, 1), "num_heads": (2, 3)}
ODD: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {  # size of the images, arguments
    "odd-swinv2-windows": (
        (72, 104),
        TINY | {"window_size": ((5, 3), 4), "pretrained_window_sizes": (6, 0)},
    ),
    "odd-swinv2-bias": ((64, 88), TINY | {"mlp_ratio": 1.5, "qkv_bias": False}),
    "odd-swinv2-partition": (
        (20, 36),
        TINY | {"window_size": 6, "always_partition": True, "act_layer": "relu"},
    ),
    "odd-swinv2-pool": (
        (48, 48),
        TINY | {"patch_size": 3, "window_size": (4, 1), "global_pool": "avgmax"},
    ),
}
PLAIN = "swinv2_tiny_window8_256"
FOREIGN: dict[str, dict[str, Any]] = {
    "transformers-swinv2-tiny": {"image_size": 128, "window_size": 8},
    "transformers-swinv2-fill": TINY | {"image_size": 48, "window_size": 5, "qkv_bias": False},
    "transformers-swinv2-small-images": TINY
    | {"image_size": 32, "window_size": 7, "hidden_act": "silu", "layer_norm_eps": 1e-2},
    "transformers-swinv2-pretrained": TINY
    | {"image_size": 54, "patch_size": 3, "window_size": 4, "pretrained_window_sizes": [6, 3]},
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("swin_transformer_v2"), *ODD, *FOREIGN]


def reference(name: str) -> Reference:
    """Run one, on images of which windows do not divide some stages, and are larger than others.

    Of the wide ones fewer blocks do.
    """
    if name in FOREIGN:
        return as_map(run_transformers(Swinv2Model(Swinv2Config(**FOREIGN[name]))))
    size, arguments = ODD.get(name, ((96, 128), {}))
    if name not in ODD and "tiny" not in name:
        arguments = {"depths": (2, 2, 2, 1)}
    architecture = PLAIN if name in ODD else name
    model = timm.create_model(architecture, num_classes=0, img_size=size, **arguments)
    return run_model(architecture, model, size, arguments)
