"""transformers' BERTs, those of the hub and odd ones."""

from typing import Any

import torch
from grown import tokens
from transformers import BertConfig, BertModel

from .reference import Reference, grow_into

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "bert-tiny",
    "one-layer",
    "odd-heads",
    "relu",
    "silu",
    "gelu_new",
    "four-types",
    "coarse-epsilon",
)
SMALL = {"vocab_size": 100, "max_position_embeddings": 16}
BERTS: dict[str, tuple[int, int, int, dict[str, Any]]] = {  # layers, width, heads, the rest
    "bert-tiny": (2, 128, 2, {}),
    "bert-mini": (4, 256, 4, {}),
    "bert-small": (4, 512, 8, {}),
    "bert-medium": (8, 512, 8, {}),
    "bert-base-uncased": (12, 768, 12, {}),
    "bert-base-cased": (12, 768, 12, {"vocab_size": 28996}),
    "bert-base-chinese": (12, 768, 12, {"vocab_size": 21128}),
    "bert-base-multilingual-cased": (12, 768, 12, {"vocab_size": 119547}),
    "bert-base-multilingual-uncased": (12, 768, 12, {"vocab_size": 105879}),
    "bert-large-uncased": (24, 1024, 16, {}),
    "bert-large-cased": (24, 1024, 16, {"vocab_size": 28996}),
    "all-MiniLM-L6-v2": (6, 384, 12, {}),
    "all-MiniLM-L12-v2": (12, 384, 12, {}),
    "one-layer": (1, 32, 1, SMALL),
    "odd-heads": (2, 51, 17, SMALL),
    "relu": (2, 48, 3, SMALL | {"hidden_act": "relu"}),
    "silu": (2, 48, 3, SMALL | {"hidden_act": "silu"}),
    "gelu_new": (2, 48, 3, SMALL | {"hidden_act": "gelu_new"}),
    "four-types": (2, 48, 3, SMALL | {"type_vocab_size": 4}),
    "coarse-epsilon": (2, 48, 3, SMALL | {"layer_norm_eps": 1e-2}),
}


def names() -> list[str]:
    """List the networks."""
    return list(BERTS)


def reference(name: str) -> Reference:
    """Run one."""
    layers, width, heads, rest = BERTS[name]
    shape = {"num_hidden_layers": layers, "hidden_size": width, "num_attention_heads": heads}
    settings = BertConfig(**shape, **rest, intermediate_size=4 * width)
    model = BertModel(settings).eval()
    tensors = grow_into(model)
    given = {"seed": 0, "vocabulary": settings.vocab_size, "length": 11}
    with torch.no_grad():
        found = model(**{key: torch.tensor(ids).long() for key, ids in tokens(**given).items()})
    config = {"model_type": "bert", **settings.to_diff_dict()}
    outputs = {"features": found.last_hidden_state.numpy(), "pooled": found.pooler_output.numpy()}
    return Reference(config, given, tensors, outputs)
