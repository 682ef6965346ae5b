"""What transformers' config.json says of a DeBERTa, versions 2 and 3."""

from typing import Any

from ...errors import BadCheckpoint
from .bert import NUMBERS as BERT
from .settings import (
    ACT,
    COUNT,
    EPSILON,
    INDEX,
    OFF,
    TRUTH,
    Settings,
    Test,
    check_heads,
    settings,
    written,
)

WHOLE: Test = ("a whole number", lambda x: type(x) is int)
MAYBE: Test = ("a whole number above 0", lambda x: x is None or COUNT[1](x))
KINDS: Test = ("'c2p' and 'p2c'", lambda x: x is None or {*_kinds(x)} <= {"c2p", "p2c"})
NORM: Test = ("'none' or 'layer_norm'", lambda x: x in ("none", "layer_norm"))
ODD: Test = ("an odd number, or 0", lambda x: type(x) is int and x >= 0 and (x % 2 == 1 or x == 0))
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    **BERT,
    "vocab_size": (128100, COUNT),
    "hidden_size": (1536, COUNT),
    "num_hidden_layers": (24, COUNT),
    "num_attention_heads": (24, COUNT),
    "intermediate_size": (6144, COUNT),
    "embedding_size": (None, MAYBE),
    "type_vocab_size": (0, INDEX),
    "layer_norm_eps": (1e-7, EPSILON),
    "position_biased_input": (True, TRUTH),
    "relative_attention": (False, TRUTH),
    "max_relative_positions": (-1, WHOLE),
    "position_buckets": (-1, WHOLE),
    "pos_att_type": (None, KINDS),
    "share_att_key": (False, TRUTH),
    "norm_rel_ebd": ("none", NORM),
    "conv_kernel_size": (0, ODD),
    "conv_act": ("tanh", ACT),
    "pooler_hidden_act": ("gelu", ACT),
}
FIXED: Settings = {  # what only this value is traced of
    "conv_groups": (1, ("1", lambda x: x == 1)),
    "z_steps": (0, ("0 or 1, as transformers does", lambda x: x in (0, 1))),
    "attention_head_size": (None, MAYBE),
    "pooler_hidden_size": (None, MAYBE),
    "pruned_heads": ({}, OFF),
}
IGNORED = ("pooler_dropout", "cls_dropout", "legacy", "summary_type", "summary_use_proj")


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `deberta_v2`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, {**NUMBERS, **FIXED}, kind="deberta_v2", ignored=IGNORED)
    width, heads = values["hidden_size"], values["num_attention_heads"]
    check_heads(width, heads)
    for key, needed in (("attention_head_size", width // heads), ("pooler_hidden_size", width)):
        if values[key] not in (None, needed):
            raise BadCheckpoint(
                f"config.json sets {key} to {values[key]}; zooflow's deberta_v2 takes {needed} "
                f"where hidden_size is {width}"
            )
    values["embedding_size"] = values["embedding_size"] or width
    values["pos_att_type"] = _kinds(values["pos_att_type"])
    values["norm_rel_ebd"] = values["norm_rel_ebd"].strip().lower()
    if values["relative_attention"] != bool(values["pos_att_type"]):
        raise BadCheckpoint(
            f"config.json sets relative_attention to {values['relative_attention']} and "
            f"pos_att_type to {config.get('pos_att_type')!r}; zooflow's deberta_v2 takes both or "
            "neither"
        )
    return {key: values[key] for key in NUMBERS}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `deberta_v2` into transformers' config.json."""
    said = written(arguments, NUMBERS, model_type="deberta-v2")
    kinds = "|".join(said["pos_att_type"] or ()) or None
    width = {"embedding_size": said["embedding_size"] or said["hidden_size"]}
    return {**said, **width, "pos_att_type": kinds}


def _kinds(said: str | list[str] | None) -> tuple[str, ...]:
    """Read "p2c|c2p", or a list of both; in the order in which they are added."""
    words = said.lower().split("|") if isinstance(said, str) else said or ()
    return tuple(sorted(str(word).strip() for word in words))
