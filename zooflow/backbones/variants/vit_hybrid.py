"""timm's hybrid ViTs: their numbers, under timm's own argument names."""

from typing import Any

from .resnet import VARIANTS as RESNETS

Numbers = dict[str, Any]


def _v2(*layers: int) -> Numbers:
    channels = (256, 512, 1024, 2048)[: len(layers)]
    return {"backbone": "resnetv2", "backbone_args": {"layers": layers, "channels": channels}}


def _resnet(name: str, stages: int = 4) -> Numbers:
    """Take a ResNet's first stages."""
    numbers = RESNETS[name]
    cut = {"layers": numbers["layers"][:stages], "channels": (64, 128, 256, 512)[:stages]}
    return {"backbone": "resnet", "backbone_args": numbers | cut}


TINY: Numbers = {"embed_dim": 192, "num_heads": 3}
SMALL: Numbers = {"embed_dim": 384, "num_heads": 6}
FLAT: Numbers = {"depth": 8, "num_heads": 8, "mlp_ratio": 3}
BASE: Numbers = {}
LARGE: Numbers = {"embed_dim": 1024, "depth": 24, "num_heads": 16}
CONVS: Numbers = {
    "backbone": "convs",
    "backbone_args": {"channels": (192, 192), "kernels": (4, 2)},
    "patch_size": 2,
    "no_embed_class": True,
}

VARIANTS: dict[str, Numbers] = {
    "vit_base_mci_224": CONVS,
    "vit_base_r26_s32_224": BASE | _v2(2, 2, 2, 2),
    "vit_base_r50_s16_224": BASE | _v2(3, 4, 9),
    "vit_base_r50_s16_384": BASE | _v2(3, 4, 9),
    "vit_base_resnet26d_224": BASE | _resnet("resnet26d"),
    "vit_base_resnet50d_224": BASE | _resnet("resnet50d"),
    "vit_large_r50_s32_224": LARGE | _v2(3, 4, 6, 3),
    "vit_large_r50_s32_384": LARGE | _v2(3, 4, 6, 3),
    "vit_small_r26_s32_224": SMALL | _v2(2, 2, 2, 2),
    "vit_small_r26_s32_384": SMALL | _v2(2, 2, 2, 2),
    "vit_small_resnet26d_224": FLAT | _resnet("resnet26d"),
    "vit_small_resnet50d_s16_224": FLAT | _resnet("resnet50d", 3),
    "vit_tiny_r_s16_p8_224": TINY | _v2() | {"patch_size": 8},
    "vit_tiny_r_s16_p8_384": TINY | _v2() | {"patch_size": 8},
}
