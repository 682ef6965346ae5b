"""timm's Swin Transformers: their numbers, under timm's own argument names."""

from typing import Any

MODEL_TYPES = ("swin",)  # of transformers


def _swin(embed_dim: int, third: int, heads: int, window: int | tuple[int, ...]) -> dict[str, Any]:
    """Give the numbers of one whose third stage has that many blocks, its first that many heads."""
    return {
        "embed_dim": embed_dim,
        "depths": (2, 2, third, 2),
        "num_heads": (heads, 2 * heads, 4 * heads, 8 * heads),
        "window_size": window,
    }


VARIANTS: dict[str, dict[str, Any]] = {
    "swin_base_patch4_window7_224": _swin(128, 18, 4, 7),
    "swin_base_patch4_window12_384": _swin(128, 18, 4, 12),
    "swin_large_patch4_window7_224": _swin(192, 18, 6, 7),
    "swin_large_patch4_window12_384": _swin(192, 18, 6, 12),
    "swin_s3_base_224": _swin(96, 30, 3, (7, 7, 14, 7)),
    "swin_s3_small_224": _swin(96, 18, 3, (14, 14, 14, 7)),
    "swin_s3_tiny_224": _swin(96, 6, 3, (7, 7, 14, 7)),
    "swin_small_patch4_window7_224": _swin(96, 18, 3, 7),
    "swin_tiny_patch4_window7_224": _swin(96, 6, 3, 7),
}
