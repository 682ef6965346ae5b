"""What transformers' config.json says of a DINOv3, in the words of the function that traces it."""

from typing import Any

from ...errors import BadCheckpoint
from ...spelling import Spelling
from ..variants.eva import MODEL_TYPES
from .images import BACKBONE, FACTOR, FLAG, IMAGES, NATURAL, SIDE, pair, ratio, refuse
from .settings import COUNT, EPSILON, RATE, Settings, Test, check_heads, settings

AUGMENTED = ("shift", "jitter", "rescale")  # how training moves the positions
TRUE: Test = ("true", lambda x: x is True)
WORD: Test = ("a word", lambda x: isinstance(x, str))
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    **IMAGES,
    "patch_size": (16, SIDE),
    "hidden_size": (384, COUNT),
    "intermediate_size": (1536, COUNT),
    "num_hidden_layers": (12, COUNT),
    "num_attention_heads": (6, COUNT),
    "hidden_act": ("gelu", WORD),
    "layer_norm_eps": (1e-5, EPSILON),
    "rope_theta": (100.0, EPSILON),
    "query_bias": (True, FLAG),
    "key_bias": (False, FLAG),
    "value_bias": (True, FLAG),
    "layerscale_value": (1.0, FACTOR),
    "use_gated_mlp": (False, FLAG),
    "num_register_tokens": (0, NATURAL),
    "proj_bias": (True, TRUE),
    "mlp_bias": (True, TRUE),
    "drop_path_rate": (0.0, RATE),
    "attention_dropout": (0.0, RATE),
}
BOOKS = [*BACKBONE, "return_class_token", *(f"pos_embed_{how}" for how in AUGMENTED)]
BIASES = {  # of queries, keys and values: timm's qkv_bias and attn_type
    (True, False, True): (True, "eva"),
    (True, True, True): (True, "rope"),
    (False, False, False): (False, "eva"),
}
DINO = {  # what makes an EVA a DINOv3
    "global_pool": "token",
    "use_abs_pos_emb": False,
    "use_rot_pos_emb": True,
    "rope_type": "dinov3",
    "rope_rotate_half": True,
    "use_fc_norm": False,
}
PLAIN = {  # what else transformers has one value of
    "num_kv_heads": (None,),
    "qkv_fused": (True,),
    "qk_norm": (False,),
    "scale_mlp": (False,),
    "scale_attn_inner": (False,),
    "attn_only_layer_scale": (False,),
    "class_token": (True,),
    "no_embed_class": (True, False),
    "rope_grid_offset": (0, 0.0),
    "rope_grid_indexing": ("ij",),
    "use_post_norm": (False,),
    "use_pre_transformer_norm": (False,),
    "use_post_transformer_norm": (None, True),
    "dynamic_img_size": (True, False),
}


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `eva`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, NUMBERS, kind="dinov3_vit", ignored=BOOKS)
    width, gated = values["hidden_size"], values["use_gated_mlp"]
    check_heads(width, values["num_attention_heads"])
    if values["hidden_act"] not in (("silu", "swish") if gated else ("gelu",)):
        raise BadCheckpoint(
            f"config.json sets hidden_act to {values['hidden_act']!r} and use_gated_mlp to "
            f"{gated}; zooflow's dinov3_vit takes gelu without the gate and silu with it"
        )
    biases = tuple(values[f"{part}_bias"] for part in ("query", "key", "value"))
    if biases not in BIASES:
        raise BadCheckpoint(
            "config.json sets query_bias, key_bias and value_bias to "
            f"{', '.join(map(str, biases))}; zooflow's dinov3_vit takes all, none, or all but keys"
        )
    qkv_bias, attn_type = BIASES[biases]
    return DINO | {
        "patch_size": pair(values["patch_size"])[0],
        "embed_dim": width,
        "depth": values["num_hidden_layers"],
        "num_heads": values["num_attention_heads"],
        "mlp_ratio": ratio(values["intermediate_size"], width),
        "qkv_bias": qkv_bias,
        "attn_type": attn_type,
        "swiglu_mlp": gated,
        "swiglu_align_to": int(gated),
        "norm_layer": ("layernorm", values["layer_norm_eps"]),
        "init_values": values["layerscale_value"],
        "num_reg_tokens": values["num_register_tokens"],
        "rope_temperature": values["rope_theta"],
        "attn_drop_rate": values["attention_dropout"],
    }


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `eva` into transformers' config.json, the inverse of `arguments`.

    Raises:
        BadInput: transformers has no such network.
    """
    given = {"attn_type": "eva", "qkv_bias": True, "swiglu_mlp": False, **arguments}
    missing = {key: given.pop(key, None) for key in DINO}
    odd = {key: value for key, value in missing.items() if value != DINO[key]}
    width = given.pop("embed_dim", 768)
    hidden = int(width * given.pop("mlp_ratio", 4.0))
    norm = given.pop("norm_layer", "layernorm")
    kind, epsilon = (norm, 1e-6) if isinstance(norm, str) else norm
    biases = given.pop("qkv_bias"), given.pop("attn_type")
    align, gated = given.pop("swiglu_align_to", 0), given.pop("swiglu_mlp")
    scale = given.pop("init_values", None)
    written = {
        "model_type": MODEL_TYPES[0],
        "patch_size": given.pop("patch_size", 16),
        "hidden_size": width,
        "intermediate_size": -(-hidden // align) * align if gated and align else hidden,
        "num_hidden_layers": given.pop("depth", 12),
        "num_attention_heads": given.pop("num_heads", 12),
        "hidden_act": "silu" if gated else "gelu",
        "layer_norm_eps": epsilon,
        "rope_theta": given.pop("rope_temperature", 10000.0),
        "layerscale_value": scale,
        "use_gated_mlp": gated,
        "num_register_tokens": given.pop("num_reg_tokens", 0),
        "attention_dropout": given.pop("attn_drop_rate", 0.0),
    }
    named = {made: said for said, made in BIASES.items()}.get(biases, (False, False, False))
    written |= dict(zip(("query_bias", "key_bias", "value_bias"), named, strict=True))
    odd |= {key: value for key, value in given.items() if value not in PLAIN.get(key, ())}
    odd |= {"norm_layer": norm} if kind != "layernorm" else {}
    odd |= {"init_values": scale} if scale is None else {}
    odd |= {"swiglu_align_to": align} if gated and not align else {}
    refuse(odd, "dinov3_vit")
    return written


def spelling(numbers: dict[str, Any]) -> Spelling:
    """Say how transformers spells the tensors of a DINOv3."""
    parts = [f"attention.{part}_proj" for part in "qkv"]
    weights = tuple((f"{part}.weight", "attn.qkv.weight") for part in parts)
    biases = tuple((f"{part}.bias", "attn.qkv.bias") for part in parts)
    key_bias = numbers.get("attn_type") == "rope"
    up = "mlp.fc1_x" if numbers.get("swiglu_mlp") else "mlp.fc1"
    registers = "^reg_token" if numbers.get("num_reg_tokens") else "^no_reg_token"
    return Spelling(
        names=(
            ("^embeddings.cls_token", "^cls_token"),
            ("^embeddings.mask_token", "^mask_token"),
            ("^embeddings.register_tokens", registers),
            ("^embeddings.patch_embeddings", "^patch_embed.proj"),
            ("^model.layer.#", "^blocks.#"),
            ("^layer.#", "^blocks.#"),
            ("layer_scale#.lambda1", "gamma_#"),
            ("attention.o_proj", "attn.proj"),
            ("mlp.gate_proj", "mlp.fc1_g"),
            ("mlp.up_proj", up),
            ("mlp.down_proj", "mlp.fc2"),
            *(() if key_bias else ((parts[0] + ".bias", "attn.q_bias"),)),
            *(() if key_bias else ((parts[2] + ".bias", "attn.v_bias"),)),
        ),
        stacks=(weights, biases) if key_bias else (weights,),
    )


SPELLINGS = {"transformers": spelling}
