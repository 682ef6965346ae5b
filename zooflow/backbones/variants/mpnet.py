"""MPNets of the hub: their numbers, under transformers' own argument names."""

from typing import Any

MODEL_TYPES = ("mpnet",)  # of transformers

BASE: dict[str, Any] = {
    "num_hidden_layers": 12,
    "hidden_size": 768,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 514,
    "layer_norm_eps": 1e-5,
}
VARIANTS: dict[str, dict[str, Any]] = {
    "mpnet-base": BASE,
    "all-mpnet-base-v1": {**BASE, "pool": ("mean", "normalize")},
    "all-mpnet-base-v2": {**BASE, "pool": ("mean", "normalize")},
    "paraphrase-mpnet-base-v2": {**BASE, "pool": "mean"},
    "multi-qa-mpnet-base-dot-v1": {**BASE, "pool": "token"},
    "multi-qa-mpnet-base-cos-v1": {**BASE, "pool": ("mean", "normalize")},
}
