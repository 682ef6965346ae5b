"""What transformers' config.json says of a BERT, in the words of the function that traces it."""

from typing import Any

from .settings import (
    ABSOLUTE,
    ACT,
    COUNT,
    EPSILON,
    OFF,
    RATE,
    Settings,
    check_heads,
    settings,
    written,
)

NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    "vocab_size": (30522, COUNT),
    "hidden_size": (768, COUNT),
    "num_hidden_layers": (12, COUNT),
    "num_attention_heads": (12, COUNT),
    "intermediate_size": (3072, COUNT),
    "max_position_embeddings": (512, COUNT),
    "type_vocab_size": (2, COUNT),
    "hidden_act": ("gelu", ACT),
    "layer_norm_eps": (1e-12, EPSILON),
    "hidden_dropout_prob": (0.1, RATE),
    "attention_probs_dropout_prob": (0.1, RATE),
}
FIXED: Settings = {  # what only this value is traced of
    "position_embedding_type": ("absolute", ABSOLUTE),
    "is_decoder": (False, OFF),
    "add_cross_attention": (False, OFF),
    "is_encoder_decoder": (False, OFF),
    "pruned_heads": ({}, OFF),
}


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `bert`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, {**NUMBERS, **FIXED}, kind="bert")
    check_heads(values["hidden_size"], values["num_attention_heads"])
    return {key: values[key] for key in NUMBERS}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `bert` into transformers' config.json: the inverse of `arguments`."""
    return written(arguments, NUMBERS, model_type="bert")
