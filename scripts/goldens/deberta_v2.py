"""transformers' DeBERTas, versions 2 and 3, those of the hub and odd ones."""

from typing import Any

from transformers import DebertaV2Config

from .encoders import run_encoder
from .reference import Reference

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "deberta-one-layer",
    "deberta-plain",
    "deberta-own-keys",
    "deberta-c2p",
    "deberta-no-buckets",
    "deberta-far",
    "deberta-embedding",
    "deberta-conv",
)
SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
THIRD: dict[str, Any] = {
    "position_biased_input": False,
    "relative_attention": True,
    "position_buckets": 256,
    "pos_att_type": "p2c|c2p",
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
}
BASE = dict(zip(SHAPE, (12, 768, 12, 3072), strict=True)) | THIRD
BRIEF = BASE | {"num_hidden_layers": 2, "vocab_size": 2000}
XLARGE = dict(zip(SHAPE, (2, 1536, 24, 6144), strict=True)) | THIRD
XLARGE |= {"conv_kernel_size": 3, "conv_act": "gelu", "vocab_size": 2000}
SMALL = dict(zip(SHAPE, (2, 48, 3, 100), strict=True)) | {"vocab_size": 100}
SMALL |= {"max_position_embeddings": 16}
NEAR = SMALL | THIRD | {"position_buckets": 4}
NETWORKS: dict[str, dict[str, Any]] = {
    "deberta-v2-xlarge": XLARGE,
    "deberta-v2-xlarge-mnli": XLARGE,
    "deberta-v2-xxlarge": XLARGE,
    "deberta-v2-xxlarge-mnli": XLARGE,
    "deberta-v3-xsmall": dict(zip(SHAPE, (12, 384, 6, 1536), strict=True)) | THIRD,
    "deberta-v3-small": BRIEF | {"num_hidden_layers": 6},
    "deberta-v3-base": BRIEF | {"num_hidden_layers": 12},
    "deberta-v3-large": BRIEF | dict(zip(SHAPE, (2, 1024, 16, 4096), strict=True)),
    "mdeberta-v3-base": BRIEF,
    "deberta-one-layer": NEAR | {"num_hidden_layers": 1},
    "deberta-plain": SMALL | {"type_vocab_size": 2},
    "deberta-own-keys": NEAR | {"share_att_key": False, "norm_rel_ebd": "none"},
    "deberta-c2p": NEAR | {"share_att_key": False, "pos_att_type": ["c2p"]},
    "deberta-p2c": NEAR | {"share_att_key": False, "pos_att_type": "p2c"},
    "deberta-no-buckets": NEAR | {"position_buckets": -1, "max_relative_positions": 6},
    "deberta-far": NEAR | {"position_buckets": 12, "max_position_embeddings": 60},
    "deberta-embedding": NEAR | {"embedding_size": 20, "position_biased_input": True},
    "deberta-conv": NEAR | {"conv_kernel_size": 5, "hidden_act": "relu"},
}
LENGTHS = {"deberta-far": 90}  # beyond the farthest distance that is told apart


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one; the large ones with few layers and tokens."""
    return run_encoder(DebertaV2Config(**NETWORKS[name]), length=LENGTHS.get(name, 11))
