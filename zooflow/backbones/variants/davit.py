"""timm's DaViTs: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _davit(depths: tuple[int, ...], width: int) -> Numbers:
    """Give the numbers of one whose first stage has that many channels; each doubles them."""
    embed_dims = tuple(width * 2**stage for stage in range(4))
    return {
        "depths": depths,
        "embed_dims": embed_dims,
        "num_heads": tuple(channels // 32 for channels in embed_dims),
    }


FLORENCE: Numbers = {
    "window_size": 12,
    "down_kernel_size": 3,
    "channel_attn_v2": True,
    "named_blocks": True,
}
VARIANTS: dict[str, Numbers] = {
    "davit_base": _davit((1, 1, 9, 1), 128),
    "davit_base_fl": _davit((1, 1, 9, 1), 128) | FLORENCE,
    "davit_giant": _davit((1, 1, 12, 3), 384),
    "davit_huge": _davit((1, 1, 9, 1), 256),
    "davit_huge_fl": _davit((1, 1, 9, 1), 256) | FLORENCE,
    "davit_large": _davit((1, 1, 9, 1), 192),
    "davit_small": _davit((1, 1, 9, 1), 96),
    "davit_tiny": _davit((1, 1, 3, 1), 96),
}
