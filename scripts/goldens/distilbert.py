"""transformers' DistilBERTs, those of the hub and odd ones."""

from typing import Any

from transformers import DistilBertConfig

from .encoders import run_encoder
from .reference import Reference

LEFT_OUT: dict[str, str] = {}
QUICK = ("distilbert-one-layer", "distilbert-relu")
SMALL = {"vocab_size": 100, "max_position_embeddings": 16, "n_layers": 2, "dim": 48, "n_heads": 3}
SMALL |= {"hidden_dim": 100}
NETWORKS: dict[str, dict[str, Any]] = {
    "distilbert-base-uncased": {},
    "distilbert-base-uncased-distilled-squad": {"n_layers": 2},
    "distilbert-base-uncased-finetuned-sst-2-english": {"n_layers": 2},
    "distilbert-base-cased": {"vocab_size": 28996, "n_layers": 2},
    "distilbert-base-cased-distilled-squad": {"vocab_size": 28996, "n_layers": 2},
    "distilbert-base-german-cased": {"vocab_size": 31102, "n_layers": 2},
    "distilbert-base-multilingual-cased": {"vocab_size": 1197, "n_layers": 2},
    "distilbert-one-layer": SMALL | {"n_layers": 1},
    "distilbert-relu": SMALL | {"activation": "relu"},
    "distilbert-sines": SMALL | {"sinusoidal_pos_embds": True},
}


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one; the large ones with few layers and tokens."""
    return run_encoder(DistilBertConfig(**NETWORKS[name]))
