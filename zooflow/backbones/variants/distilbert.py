"""DistilBERTs of the hub: their numbers, under transformers' own argument names."""

from typing import Any

MODEL_TYPES = ("distilbert",)  # of transformers

BASE: dict[str, Any] = {"n_layers": 6, "dim": 768, "n_heads": 12, "hidden_dim": 3072}
VARIANTS: dict[str, dict[str, Any]] = {
    "distilbert-base-uncased": BASE,
    "distilbert-base-uncased-distilled-squad": BASE,
    "distilbert-base-uncased-finetuned-sst-2-english": BASE,
    "distilbert-base-cased": {**BASE, "vocab_size": 28996},
    "distilbert-base-cased-distilled-squad": {**BASE, "vocab_size": 28996},
    "distilbert-base-german-cased": {**BASE, "vocab_size": 31102},
    "distilbert-base-multilingual-cased": {**BASE, "vocab_size": 119547},
}
