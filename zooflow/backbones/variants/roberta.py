"""RoBERTas of the hub: their numbers, under transformers' own argument names."""

from typing import Any

MODEL_TYPES = ("roberta", "camembert", "xlm-roberta")  # of transformers

SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
USUAL: dict[str, Any] = {
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
}
BASE: dict[str, Any] = {**dict(zip(SHAPE, (12, 768, 12, 3072), strict=True)), **USUAL}
LARGE: dict[str, Any] = {**dict(zip(SHAPE, (24, 1024, 16, 4096), strict=True)), **USUAL}
SMALL: dict[str, Any] = {**BASE, "num_hidden_layers": 6}
VARIANTS: dict[str, dict[str, Any]] = {
    "roberta-base": BASE,
    "roberta-large": LARGE,
    "roberta-large-mnli": LARGE,
    "distilroberta-base": SMALL,
    "all-distilroberta-v1": {**SMALL, "pool": ("mean", "normalize")},
    "camembert-base": {**BASE, "vocab_size": 32005},
    "camembert-large": {**LARGE, "vocab_size": 32005},
    "xlm-roberta-base": {**BASE, "vocab_size": 250002},
    "xlm-roberta-large": {**LARGE, "vocab_size": 250002},
    "paraphrase-multilingual-mpnet-base-v2": {**BASE, "vocab_size": 250002, "pool": "mean"},
    "multilingual-e5-base": {**BASE, "vocab_size": 250002, "pool": ("mean", "normalize")},
    "multilingual-e5-large": {**LARGE, "vocab_size": 250002, "pool": ("mean", "normalize")},
}
