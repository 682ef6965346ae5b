"""What transformers' config.json says of a BEiT, in the words of the function that traces it."""

from typing import Any

from ...spelling import Spelling
from ..variants.beit import MODEL_TYPES
from .images import BACKBONE, FACTOR, FLAG, IMAGES, SIDE, pair, ratio, refuse
from .settings import ACT, COUNT, EPSILON, RATE, Settings, check_heads, settings

PARTS = ("query", "key", "value")
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    **IMAGES,
    "patch_size": (16, SIDE),
    "hidden_size": (768, COUNT),
    "intermediate_size": (3072, COUNT),
    "num_hidden_layers": (12, COUNT),
    "num_attention_heads": (12, COUNT),
    "hidden_act": ("gelu", ACT),
    "layer_norm_eps": (1e-12, EPSILON),
    "hidden_dropout_prob": (0.0, RATE),
    "attention_probs_dropout_prob": (0.0, RATE),
    "drop_path_rate": (0.1, RATE),
    "layer_scale_init_value": (0.1, FACTOR),
    "use_absolute_position_embeddings": (False, FLAG),
    "use_relative_position_bias": (False, FLAG),
    "use_shared_relative_position_bias": (False, FLAG),
    "use_mean_pooling": (True, FLAG),
}
SAME = {  # transformers' word to timm's, where the value is the same
    "hidden_size": "embed_dim",
    "num_hidden_layers": "depth",
    "num_attention_heads": "num_heads",
    "hidden_act": "act_layer",
    "hidden_dropout_prob": "proj_drop_rate",
    "attention_probs_dropout_prob": "attn_drop_rate",
    "use_absolute_position_embeddings": "use_abs_pos_emb",
    "use_relative_position_bias": "use_rel_pos_bias",
    "use_shared_relative_position_bias": "use_shared_rel_pos_bias",
}
BOOKS = [  # of heads and of pretraining
    *BACKBONE,
    *("vocab_size", "use_mask_token", "pool_scales", "add_fpn", "semantic_loss_ignore_index"),
    *("use_auxiliary_head", "auxiliary_loss_weight", "auxiliary_channels"),
    *("auxiliary_num_convs", "auxiliary_concat_input", "segmentation_indices"),
]
PLAIN = {  # timm's words of which transformers has one value
    "qkv_bias": (True,),
    "swiglu_mlp": (False,),
    "scale_mlp": (False,),
}
DEFAULTS = {  # of timm, where transformers' are others
    "use_abs_pos_emb": True,
    "global_pool": "avg",
    "norm_layer": "layernorm",
    "mlp_ratio": 4.0,
}


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `beit`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    kind = config.get("model_type", MODEL_TYPES[0])
    values = settings(config, NUMBERS, kind=kind, ignored=BOOKS)
    width = values["hidden_size"]
    check_heads(width, values["num_attention_heads"])
    scale = values["layer_scale_init_value"]
    return {ours: values[theirs] for theirs, ours in SAME.items()} | {
        "patch_size": pair(values["patch_size"])[0],
        "mlp_ratio": ratio(values["intermediate_size"], width),
        "norm_layer": ("layernorm", values["layer_norm_eps"]),
        "init_values": scale if scale > 0 else None,
        "global_pool": "avg" if values["use_mean_pooling"] else "token",
    }


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `beit` into transformers' config.json, the inverse of `arguments`.

    Its image_size is for the caller to add.

    Raises:
        BadInput: transformers has no such network.
    """
    given = {**DEFAULTS, **arguments}
    written = {theirs: given.pop(ours, NUMBERS[theirs][0]) for theirs, ours in SAME.items()}
    norm, mean = given.pop("norm_layer"), given.pop("global_pool") == "avg"
    kind, epsilon = (norm, 1e-6) if isinstance(norm, str) else norm
    late = given.pop("use_fc_norm", None)
    odd = {key: value for key, value in given.items() if value not in PLAIN.get(key, (value,))}
    odd |= {} if late in (None, mean) else {"use_fc_norm": late}
    odd |= {} if kind == "layernorm" else {"norm_layer": norm}
    refuse(odd, "beit")
    return written | {
        "model_type": MODEL_TYPES[0],
        "patch_size": given.get("patch_size", 16),
        "intermediate_size": int(written["hidden_size"] * given["mlp_ratio"]),
        "layer_norm_eps": epsilon,
        "layer_scale_init_value": given.get("init_values") or 0.0,
        "use_mean_pooling": mean,
    }


def spelling(numbers: dict[str, Any]) -> Spelling:
    """Say how transformers spells the tensors of a BEiT."""
    block, foreign = "^blocks.#", "^encoder.layer.#"
    table = "relative_position_bias_table"
    pieces = {
        "layernorm_before": "norm1",
        "layernorm_after": "norm2",
        "lambda_1": "gamma_1",
        "lambda_2": "gamma_2",
        "attention.output.dense": "attn.proj",
        "intermediate.dense": "mlp.fc1",
        "output.dense": "mlp.fc2",
        "attention.attention.query.bias": "attn.q_bias",
        "attention.attention.value.bias": "attn.v_bias",
        f"attention.attention.relative_position_bias.{table}": f"attn.{table}",
        **{f"attention.attention.{part}": f"attn.{part}" for part in PARTS},
    }
    return Spelling(
        names=(
            ("^embeddings.cls_token", "^cls_token"),
            ("^embeddings.mask_token", "^mask_token"),
            ("^embeddings.position_embeddings", "^pos_embed"),
            ("^embeddings.patch_embeddings.projection", "^patch_embed.proj"),
            ("^encoder.relative_position_bias", "^rel_pos_bias"),
            ("^pooler.layernorm", "^fc_norm"),
            ("^layernorm", "^norm"),
            ("^classifier", "^head"),
            *((f"{foreign}.{theirs}", f"{block}.{ours}") for theirs, ours in pieces.items()),
        ),
        stacks=(tuple((f"attn.{part}.weight", "attn.qkv.weight") for part in PARTS),),
    )


SPELLINGS = {"transformers": spelling}
