"""transformers' ALBERTs, those of the hub and odd ones."""

from typing import Any

from transformers import AlbertConfig

from .encoders import run_encoder
from .reference import Reference

LEFT_OUT: dict[str, str] = {}
QUICK = ("albert-one-layer", "albert-groups", "albert-inner", "albert-relu")
SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
SIZES = {
    "base": (12, 768, 12, 3072),
    "large": (24, 1024, 16, 4096),
    "xlarge": (3, 2048, 16, 8192),
    "xxlarge": (2, 4096, 64, 16384),
}
FIRST: dict[str, Any] = {"hidden_act": "gelu"}
DROPS = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
SMALL = dict(zip(SHAPE, (2, 48, 3, 100), strict=True)) | {"vocab_size": 100, "embedding_size": 20}
SMALL |= {"max_position_embeddings": 16}
NETWORKS: dict[str, dict[str, Any]] = {
    f"albert-{size}-{version}": dict(zip(SHAPE, numbers, strict=True)) | rest
    for size, numbers in SIZES.items()
    for version, rest in (
        ("v1", FIRST | (DROPS if size != "xxlarge" else {})),
        ("v2", {}),
    )
} | {
    "albert-one-layer": SMALL | {"num_hidden_layers": 1},
    "albert-groups": SMALL | {"num_hidden_layers": 5, "num_hidden_groups": 2},
    "albert-inner": SMALL | {"num_hidden_groups": 2, "inner_group_num": 2},
    "albert-relu": SMALL | {"hidden_act": "relu", "type_vocab_size": 3},
}


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one; the large ones with few layers and tokens."""
    return run_encoder(AlbertConfig(**NETWORKS[name]))
