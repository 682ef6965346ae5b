"""timm's RepViTs: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _sizes(width: int, *depth: int, legacy: bool = False) -> Numbers:
    return {
        "embed_dim": (width, 2 * width, 4 * width, 8 * width),
        "depth": depth,
        "legacy": legacy,
    }


VARIANTS: dict[str, Numbers] = {
    "repvit_m0_9": _sizes(48, 2, 2, 14, 2),
    "repvit_m1": _sizes(48, 2, 2, 14, 2, legacy=True),
    "repvit_m1_0": _sizes(56, 2, 2, 14, 2),
    "repvit_m1_1": _sizes(64, 2, 2, 12, 2),
    "repvit_m1_5": _sizes(64, 4, 4, 24, 4),
    "repvit_m2": _sizes(64, 2, 2, 12, 2, legacy=True),
    "repvit_m2_3": _sizes(80, 6, 6, 34, 2),
    "repvit_m3": _sizes(64, 4, 4, 18, 2, legacy=True),
}
