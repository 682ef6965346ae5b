"""transformers' ModernBERTs, those of the hub and odd ones."""

from typing import Any

from transformers import ModernBertConfig

from .encoders import run_encoder
from .reference import Reference

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "modernbert-one-layer",
    "modernbert-biases",
    "modernbert-types",
    "modernbert-relu",
    "modernbert-every-two",
    "modernbert-long",
)
SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
BASE: dict[str, Any] = dict(zip(SHAPE, (4, 768, 12, 1152), strict=True))
LARGE: dict[str, Any] = dict(zip(SHAPE, (4, 1024, 16, 2624), strict=True))
SMALL = dict(zip(SHAPE, (4, 48, 3, 100), strict=True)) | {"vocab_size": 100, "pad_token_id": 0}
SMALL |= {"local_attention": 8}
BIAS = {"norm_bias": True, "attention_bias": True, "mlp_bias": True}
TYPES = ["sliding_attention", "full_attention", "sliding_attention", "sliding_attention"]
THETA = {"full_attention": {"rope_type": "default", "rope_theta": 500.0}}
THETA |= {"sliding_attention": {"rope_type": "default", "rope_theta": 20.0}}
NETWORKS: dict[str, dict[str, Any]] = {
    "ModernBERT-base": BASE | {"classifier_pooling": "mean"},
    "ModernBERT-large": LARGE | {"classifier_pooling": "mean"},
    "gte-modernbert-base": BASE,
    "modernbert-embed-base": BASE,
    "modernbert-one-layer": SMALL | {"num_hidden_layers": 1},
    "modernbert-biases": SMALL | BIAS | {"classifier_pooling": "mean"},
    "modernbert-types": SMALL | {"layer_types": TYPES, "rope_parameters": THETA},
    "modernbert-relu": SMALL | {"hidden_activation": "relu", "norm_eps": 1e-2},
    "modernbert-every-two": SMALL | {"global_attn_every_n_layers": 2, "local_attention": 6},
    "modernbert-long": SMALL | {"local_attention": 32},
}
LENGTHS = {"modernbert-long": 100}


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one; the large ones with few layers and tokens."""
    settings = ModernBertConfig(**NETWORKS[name])
    pool = "mean" if settings.classifier_pooling == "mean" else "token"
    return run_encoder(settings, length=LENGTHS.get(name, 11), pool=pool)
