"""transformers' MPNets, those of the hub and odd ones."""

from typing import Any

from transformers import MPNetConfig

from .encoders import run_encoder
from .reference import Reference

LEFT_OUT: dict[str, str] = {}
QUICK = ("mpnet-one-layer", "mpnet-far", "mpnet-many-buckets")
SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
BASE: dict[str, Any] = {"max_position_embeddings": 514, "layer_norm_eps": 1e-5}
SMALL = dict(zip(SHAPE, (2, 48, 3, 100), strict=True)) | {"vocab_size": 100}
SMALL |= {"max_position_embeddings": 16}
NETWORKS: dict[str, dict[str, Any]] = {
    "mpnet-base": BASE,
    "all-mpnet-base-v1": BASE | {"num_hidden_layers": 2},
    "all-mpnet-base-v2": BASE | {"num_hidden_layers": 2},
    "paraphrase-mpnet-base-v2": BASE | {"num_hidden_layers": 2},
    "multi-qa-mpnet-base-dot-v1": BASE | {"num_hidden_layers": 2},
    "multi-qa-mpnet-base-cos-v1": BASE | {"num_hidden_layers": 2},
    "mpnet-one-layer": SMALL | {"num_hidden_layers": 1},
    "mpnet-far": SMALL | {"max_position_embeddings": 302},
    "mpnet-many-buckets": SMALL | {"relative_attention_num_buckets": 40, "hidden_act": "silu"},
}
LENGTHS = {"mpnet-far": 300}  # beyond the farthest distance that is told apart


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one; the large ones with few layers and tokens."""
    return run_encoder(MPNetConfig(**NETWORKS[name]), length=LENGTHS.get(name, 11), padding=1)
