"""ModernBERTs of the hub: their numbers, under transformers' own argument names."""

from typing import Any

MODEL_TYPES = ("modernbert",)  # of transformers

SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
BASE: dict[str, Any] = dict(zip(SHAPE, (22, 768, 12, 1152), strict=True))
LARGE: dict[str, Any] = dict(zip(SHAPE, (28, 1024, 16, 2624), strict=True))
VARIANTS: dict[str, dict[str, Any]] = {
    "ModernBERT-base": {**BASE, "pool": "mean"},
    "ModernBERT-large": {**LARGE, "pool": "mean"},
    "gte-modernbert-base": {**BASE, "pool": "token"},
    "modernbert-embed-base": {**BASE, "pool": ("mean", "normalize")},
}
