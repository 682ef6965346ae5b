"""timm's Vision Transformers, and transformers' that are the same network."""

import re

import timm
import torch

from . import transformers_vit
from .reference import Reference, run_model, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "test_vit",
    "test_vit2",
    "test_vit3",
    "test_vit4",
    "deit_tiny_distilled_patch16_224",
    "vit_xsmall_patch16_clip_224",
    "vit_dwee_patch16_reg1_gap_256",
    "vit_pwee_patch16_reg1_gap_256",
    "transformers-vit",
    "transformers-deit",
    "transformers-dinov2-gated",
    "transformers-dinov2-registers",
    "transformers-clip-whole",
    "transformers-siglip",
)


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("vision_transformer", "deit"), *transformers_vit.NETWORKS]


def reference(name: str) -> Reference:
    """Run one on 4 x 5 patches, for which its positions are made.

    Of the wide ones, with up to three billion weights, two blocks do.
    """
    if name in transformers_vit.NETWORKS:
        return transformers_vit.reference(name)
    found = re.search(r"patch(\d+)", name)
    patch = int(found[1]) if found else 16
    size = (4 * patch, 5 * patch)
    with torch.device("meta"):  # random weights for a billion parameters take a minute
        model = timm.create_model(name, num_classes=0, img_size=size)
        arguments = {"depth": 2} if model.embed_dim >= 1024 else {}
        model = timm.create_model(name, num_classes=0, img_size=size, **arguments)
    return run_model(name, model.to_empty(device="cpu"), size, arguments)
