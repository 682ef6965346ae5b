"""timm's TinyViTs: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _sizes(*widths: int, heads: tuple[int, ...], window: int = 7) -> Numbers:
    return {
        "embed_dims": widths,
        "depths": (2, 2, 6, 2),
        "num_heads": heads,
        "window_sizes": (window, window, 2 * window, window),
    }


def _large(window: int = 7) -> Numbers:
    return _sizes(96, 192, 384, 576, heads=(3, 6, 12, 18), window=window)


VARIANTS: dict[str, Numbers] = {
    "tiny_vit_5m_224": _sizes(64, 128, 160, 320, heads=(2, 4, 5, 10)),
    "tiny_vit_11m_224": _sizes(64, 128, 256, 448, heads=(2, 4, 8, 14)),
    "tiny_vit_21m_224": _large(),
    "tiny_vit_21m_384": _large(12),
    "tiny_vit_21m_512": _large(16),
}
