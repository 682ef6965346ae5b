"""timm's DenseNets: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]


def _size(growth_rate: int, *blocks: int) -> Numbers:
    return {"growth_rate": growth_rate, "block_config": blocks}


VARIANTS: dict[str, Numbers] = {
    "densenet121": _size(32, 6, 12, 24, 16),
    "densenetblur121d": _size(32, 6, 12, 24, 16) | {"stem_type": "deep", "aa_layer": "blur"},
    "densenet169": _size(32, 6, 12, 32, 32),
    "densenet201": _size(32, 6, 12, 48, 32),
    "densenet161": _size(48, 6, 12, 36, 24),
    "densenet264d": _size(48, 6, 12, 64, 48) | {"stem_type": "deep"},
}
