"""BERTs of the hub: their numbers, under transformers' own argument names."""

from typing import Any

MODEL_TYPES = ("bert",)  # of transformers

SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
BASE: dict[str, Any] = dict(zip(SHAPE, (12, 768, 12, 3072), strict=True))
LARGE: dict[str, Any] = dict(zip(SHAPE, (24, 1024, 16, 4096), strict=True))
VARIANTS: dict[str, dict[str, Any]] = {
    "bert-tiny": dict(zip(SHAPE, (2, 128, 2, 512), strict=True)),
    "bert-mini": dict(zip(SHAPE, (4, 256, 4, 1024), strict=True)),
    "bert-small": dict(zip(SHAPE, (4, 512, 8, 2048), strict=True)),
    "bert-medium": dict(zip(SHAPE, (8, 512, 8, 2048), strict=True)),
    "bert-base-uncased": BASE,
    "bert-base-cased": {**BASE, "vocab_size": 28996},
    "bert-base-chinese": {**BASE, "vocab_size": 21128},
    "bert-base-multilingual-cased": {**BASE, "vocab_size": 119547},
    "bert-base-multilingual-uncased": {**BASE, "vocab_size": 105879},
    "bert-large-uncased": LARGE,
    "bert-large-cased": {**LARGE, "vocab_size": 28996},
    "all-MiniLM-L6-v2": {**dict(zip(SHAPE, (6, 384, 12, 1536), strict=True)), "pool": "mean"},
    "all-MiniLM-L12-v2": {**dict(zip(SHAPE, (12, 384, 12, 1536), strict=True)), "pool": "mean"},
}
