"""transformers' ELECTRAs, those of the hub and odd ones."""

from typing import Any

from transformers import ElectraConfig

from .encoders import run_encoder
from .reference import Reference

LEFT_OUT: dict[str, str] = {}
QUICK = ("electra-one-layer", "electra-one-width", "electra-relu")
SHAPE = (
    "num_hidden_layers",
    "embedding_size",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
)
SMALL = dict(zip(SHAPE, (2, 20, 48, 3, 100), strict=True)) | {"vocab_size": 100}
SMALL |= {"max_position_embeddings": 16}
NETWORKS: dict[str, dict[str, Any]] = {
    name: dict(zip(SHAPE, numbers, strict=True))
    for name, numbers in {
        "electra-small-discriminator": (12, 128, 256, 4, 1024),
        "electra-small-generator": (12, 128, 256, 4, 1024),
        "electra-base-discriminator": (3, 768, 768, 12, 3072),
        "electra-base-generator": (12, 768, 256, 4, 1024),
        "electra-large-discriminator": (2, 1024, 1024, 16, 4096),
        "electra-large-generator": (4, 1024, 256, 4, 1024),
    }.items()
} | {
    "electra-one-layer": SMALL | {"num_hidden_layers": 1},
    "electra-one-width": SMALL | {"embedding_size": 48, "type_vocab_size": 4},
    "electra-relu": SMALL | {"hidden_act": "relu", "layer_norm_eps": 1e-3},
}


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one; the large ones with few layers and tokens."""
    return run_encoder(ElectraConfig(**NETWORKS[name]))
