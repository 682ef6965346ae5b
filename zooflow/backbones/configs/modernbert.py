"""What config.json says of a ModernBERT, as transformers 4 and 5 write it."""

from typing import Any

from ...errors import BadCheckpoint
from .settings import (
    ACT,
    COUNT,
    EPSILON,
    RATE,
    TRUTH,
    Settings,
    Test,
    check_heads,
    settings,
    written,
)

FULL, LOCAL = "full_attention", "sliding_attention"
POOL: Test = ("'cls' or 'mean'", lambda x: x in ("cls", "mean"))
TYPES: Test = (
    f"a list of {FULL!r} and {LOCAL!r}",
    lambda x: x is None or (isinstance(x, list | tuple) and {*x} <= {FULL, LOCAL}),
)
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    "vocab_size": (50368, COUNT),
    "hidden_size": (768, COUNT),
    "intermediate_size": (1152, COUNT),
    "num_hidden_layers": (22, COUNT),
    "num_attention_heads": (12, COUNT),
    "hidden_activation": ("gelu", ACT),
    "max_position_embeddings": (8192, COUNT),
    "norm_eps": (1e-5, EPSILON),
    "norm_bias": (False, TRUTH),
    "attention_bias": (False, TRUTH),
    "mlp_bias": (False, TRUTH),
    "layer_types": (None, TYPES),
    "local_attention": (128, COUNT),
    "global_rope_theta": (160000.0, EPSILON),
    "local_rope_theta": (10000.0, ("a number above 0", lambda x: x is None or EPSILON[1](x))),
    "embedding_dropout": (0.0, RATE),
    "attention_dropout": (0.0, RATE),
    "mlp_dropout": (0.0, RATE),
}
SPELLED: Settings = {  # what is said in other words here
    "classifier_pooling": ("cls", POOL),
    "global_attn_every_n_layers": (3, COUNT),
    "rope_parameters": (None, ("plain rotary positions", lambda x: x is None or _plain(x))),
    "rope_scaling": (None, ("null", lambda x: x is None)),
}
IGNORED = """
    initializer_cutoff_factor decoder_bias classifier_bias classifier_activation
    deterministic_flash_attn sparse_prediction sparse_pred_ignore_index reference_compile
    repad_logits_with_grad causal_mask position_embedding_type
"""


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `modernbert`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, {**NUMBERS, **SPELLED}, kind="modernbert", ignored=IGNORED.split())
    width, heads = values["hidden_size"], values["num_attention_heads"]
    check_heads(width, heads)
    if width // heads % 2:
        raise BadCheckpoint(f"config.json makes heads of {width // heads} channels, an odd number")
    depth = values["num_hidden_layers"]
    if values["layer_types"] is None:
        every = values["global_attn_every_n_layers"]
        values["layer_types"] = [LOCAL if i % every else FULL for i in range(depth)]
    if len(values["layer_types"]) != depth:
        raise BadCheckpoint(
            f"config.json lists {len(values['layer_types'])} layer_types of {depth} layers"
        )
    if values["local_rope_theta"] is None:
        values["local_rope_theta"] = values["global_rope_theta"]
    rope = values["rope_parameters"] or {}
    for kind, key in ((FULL, "global_rope_theta"), (LOCAL, "local_rope_theta")):
        values[key] = (rope.get(kind) or {}).get("rope_theta", values[key])
    words = {"cls": "token", "mean": "mean"}
    said = {key: values[key] for key in NUMBERS}
    return {**said, "pool": words[values["classifier_pooling"]]}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `modernbert` into config.json, as transformers 5 writes it."""
    said = written(arguments, NUMBERS, model_type="modernbert")
    thetas = {FULL: said.pop("global_rope_theta"), LOCAL: said.pop("local_rope_theta")}
    rope = {kind: {"rope_type": "default", "rope_theta": thetas[kind]} for kind in thetas}
    pooling = "mean" if arguments.get("pool") == "mean" else "cls"
    return {**said, "rope_parameters": rope, "classifier_pooling": pooling}


def _plain(rope: Any) -> bool:
    """Say whether rotary positions are not stretched."""
    return isinstance(rope, dict) and all(
        kind in (FULL, LOCAL)
        and each.keys() <= {"rope_type", "rope_theta"}
        and each.get("rope_type", "default") == "default"
        for kind, each in rope.items()
    )
