"""timm's Swin Transformers V2: their numbers, under timm's own argument names."""

from typing import Any

MODEL_TYPES = ("swinv2",)  # of transformers

Numbers = dict[str, Any]


def _swin(embed_dim: int, third: int, heads: int, window: int) -> Numbers:
    """Give the numbers of one whose third stage has that many blocks, its first that many heads."""
    return {
        "embed_dim": embed_dim,
        "depths": (2, 2, third, 2),
        "num_heads": (heads, 2 * heads, 4 * heads, 8 * heads),
        "window_size": window,
    }


FROM_192: Numbers = {"pretrained_window_sizes": (12, 12, 12, 6)}

VARIANTS: dict[str, Numbers] = {
    "swinv2_base_window8_256": _swin(128, 18, 4, 8),
    "swinv2_base_window12_192": _swin(128, 18, 4, 12),
    "swinv2_base_window12to16_192to256": _swin(128, 18, 4, 16) | FROM_192,
    "swinv2_base_window12to24_192to384": _swin(128, 18, 4, 24) | FROM_192,
    "swinv2_base_window16_256": _swin(128, 18, 4, 16),
    "swinv2_large_window12_192": _swin(192, 18, 6, 12),
    "swinv2_large_window12to16_192to256": _swin(192, 18, 6, 16) | FROM_192,
    "swinv2_large_window12to24_192to384": _swin(192, 18, 6, 24) | FROM_192,
    "swinv2_small_window8_256": _swin(96, 18, 3, 8),
    "swinv2_small_window16_256": _swin(96, 18, 3, 16),
    "swinv2_tiny_window8_256": _swin(96, 6, 3, 8),
    "swinv2_tiny_window16_256": _swin(96, 6, 3, 16),
}
