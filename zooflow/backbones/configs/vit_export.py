"""The arguments of `vit` as transformers' config.json: the inverse of `vit_config`."""

from typing import Any

from .images import refuse
from .vit_spelling import model_type

SAME: dict[str, tuple[Any, ...]] = {  # what transformers has one value of
    "proj_bias": (True,),
    "qk_norm": (False,),
    "scale_attn_norm": (False,),
    "scale_mlp_norm": (False,),
    "pos_embed": ("learn",),
    "no_embed_class": (False,),
    "final_norm": (True,),
    "pool_include_prefix": (False,),
    "embed_norm_layer": (None,),
    "attn_layer": ("attn", ""),
    "block_fn": ("block",),
}
OWN: dict[str, dict[str, tuple[Any, ...]]] = {  # what else a model type bears
    "vit": {"pooler": (False, True), "fc_norm": (None, False)},
    "deit": {
        "pooler": (False, True),
        "distilled": (True,),
        "global_pool": ("token", "first"),
        "fc_norm": (None, False),
    },
    "dinov2": {"fc_norm": (None, False), "mlp_layer": ("mlp", "swiglupacked")},
    "dinov2_with_registers": {
        "reg_tokens": tuple(range(1, 1000)),
        "fc_norm": (None, False),
        "pos_antialias": (True,),
        "mlp_layer": ("mlp", "swiglupacked"),
    },
    "clip_vision_model": {
        "fc_norm": (None, False, True),
        "qkv_bias": (True,),
        "projection_dim": tuple(range(1 << 16)),
        "proj_drop_rate": (0.0,),
        "init_values": (None, 0),
    },
    "siglip_vision_model": {
        "global_pool": ("map", "avg"),
        "qkv_bias": (True,),
        "proj_drop_rate": (0.0,),
        "init_values": (None, 0),
    },
}
PLAIN: dict[str, tuple[Any, ...]] = {  # what none bears, but those that say so above
    "pooler": (False,),
    "distilled": (False,),
    "global_pool": ("token", ""),
    "reg_tokens": (0,),
    "projection_dim": (0,),
    "mlp_layer": ("mlp",),
    "pos_antialias": (False,),
}
WORDS = {"gelu_tanh": "gelu_pytorch_tanh", "swish": "silu"}
KNOWN = ("gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "relu6", "silu", "tanh")


def config(arguments: dict[str, Any], *, defaults: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `vit` into transformers' config.json.

    Its image_size is there only where positions are learned for a grid of their own; else it is
    for the caller to add. What was a vit_mae or a vit_msn becomes a vit.

    Args:
        arguments: those given.
        defaults: those of `vit`.

    Raises:
        BadInput: transformers has no such network.
    """
    given = {**defaults, **arguments}
    kind = model_type(given)
    width = given["embed_dim"]
    hidden = int(width * given["mlp_ratio"])
    norm = given["norm_layer"]
    norm, epsilon = (norm, 1e-6) if isinstance(norm, str) else norm
    act = WORDS.get(given["act_layer"], given["act_layer"])
    allowed = {**SAME, **PLAIN, **OWN[kind]}
    if kind == "siglip_vision_model":
        allowed["fc_norm"] = (None, False) if given["global_pool"] == "map" else (False,)
    odd = {key: given[key] for key, values in allowed.items() if given[key] not in values}
    odd |= {} if norm == "layernorm" else {"norm_layer": norm}
    odd |= {} if act in KNOWN else {"act_layer": act}
    written = {
        "model_type": kind,
        "patch_size": given["patch_size"],
        "hidden_size": width,
        "num_hidden_layers": given["depth"],
        "num_attention_heads": given["num_heads"],
        "hidden_act": act,
        "layer_norm_eps": epsilon,
        "num_channels": 3,
    }
    if given["pos_grid"]:
        written["image_size"] = [side * given["patch_size"] for side in given["pos_grid"]]
    if kind in ("clip_vision_model", "siglip_vision_model"):
        written |= {"intermediate_size": hidden, "attention_dropout": given["attn_drop_rate"]}
    else:
        written["qkv_bias"] = given["qkv_bias"]
        written["hidden_dropout_prob"] = given["proj_drop_rate"]
        written["attention_probs_dropout_prob"] = given["attn_drop_rate"]
    if kind in ("vit", "deit"):
        written["intermediate_size"] = hidden
    if kind.startswith("dinov2"):
        gated = given["mlp_layer"] == "swiglupacked"
        written |= {"layerscale_value": given["init_values"], "use_swiglu_ffn": gated}
        fitting = [ratio for ratio in range(1, 65) if inside(width, ratio, gated) == hidden]
        odd |= {} if fitting else {"mlp_ratio": given["mlp_ratio"]}
        odd |= {"act_layer": act} if gated and act != "silu" else {}
        written |= {"mlp_ratio": fitting[0]} if fitting else {}
        written |= {"hidden_act": "gelu"} if gated else {}
    if kind == "dinov2_with_registers":
        written["num_register_tokens"] = given["reg_tokens"]
    if kind == "clip_vision_model" and given["projection_dim"]:
        written["projection_dim"] = given["projection_dim"]
    if kind == "siglip_vision_model":
        written["vision_use_head"] = given["global_pool"] == "map"
    refuse(odd, kind)
    return written


def inside(width: int, ratio: float, gated: bool) -> int:
    """Give the width inside a DINOv2's MLP; both halves of a gated one, which is in steps of 8."""
    hidden = int(width * ratio)
    return 2 * ((int(hidden * 2 / 3) + 7) // 8 * 8) if gated else hidden
