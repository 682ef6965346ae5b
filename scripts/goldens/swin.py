"""timm's Swin Transformers, odd ones, and transformers'."""

import dataclasses
import math
from typing import Any

import timm
from transformers import SwinConfig, SwinModel

from .reference import Reference, run_model, run_transformers, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("odd-swin-windows", "odd-swin-partition", "transformers-swin-positions")
TINY: dict[str, Any] = {"embed_dim": 24, "depths": (2, 1), "num_heads": (2, 3)}
ODD: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {  # size of the images, arguments
    "odd-swin-windows": ((72, 104), TINY | {"window_size": ((5, 3), 4)}),
    "odd-swin-heads": (
        (64, 88),
        TINY | {"head_dim": (7, 5), "mlp_ratio": (1.5, 3), "qkv_bias": False},
    ),
    "odd-swin-partition": ((20, 36), TINY | {"window_size": 6, "always_partition": True}),
    "odd-swin-pool": (
        (48, 48),
        TINY | {"patch_size": 3, "window_size": (4, 6), "global_pool": "max"},
    ),
}
PLAIN = "swin_tiny_patch4_window7_224"
FOREIGN: dict[str, dict[str, Any]] = {
    "transformers-swin-tiny": {},
    "transformers-swin-positions": TINY
    | {"image_size": 48, "window_size": 3, "use_absolute_embeddings": True, "qkv_bias": False},
    "transformers-swin-fill": TINY
    | {"image_size": 60, "window_size": 7, "hidden_act": "relu", "layer_norm_eps": 1e-2},
    "transformers-swin-patch": TINY
    | {"image_size": 54, "patch_size": [3, 3], "window_size": 4, "mlp_ratio": 2.5},
    "transformers-swin-one-stage": {
        "embed_dim": 32,
        "depths": [3],
        "num_heads": [4],
        "image_size": 44,
        "window_size": 5,
        "hidden_act": "gelu_new",
    },
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("swin_transformer"), *ODD, *FOREIGN]


def reference(name: str) -> Reference:
    """Run one, on images of which windows do not divide some stages, and are larger than others.

    Of the wide ones fewer blocks do.
    """
    if name in FOREIGN:
        return as_map(run_transformers(SwinModel(SwinConfig(**FOREIGN[name]))))
    size, arguments = ODD.get(name, ((96, 128), {}))
    if name not in ODD and "tiny" not in name:
        arguments = {"depths": (2, 2, 2, 1)}
    architecture = PLAIN if name in ODD else name
    model = timm.create_model(architecture, num_classes=0, img_size=size, **arguments)
    return run_model(architecture, model, size, arguments)


def as_map(reference: Reference) -> Reference:
    """Give features as rows and columns, where transformers lays all pixels in a row."""
    features = reference.outputs["features"]
    side = math.isqrt(features.shape[1])
    features = features.reshape(len(features), side, side, -1)
    return dataclasses.replace(reference, outputs={**reference.outputs, "features": features})
