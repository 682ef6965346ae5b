"""What transformers' config.json says of a ViT and its relatives, in the words of `vit`.

Of a CLIP or a SigLIP this is the tower of images. What the relatives pool is what transformers
gives as `pooler_output`; of a CLIP whose checkpoint holds the projection, `image_embeds`.
"""

from typing import Any

from .images import BACKBONE, FLAG, IMAGES, NATURAL, RATIO, SIDE, pair, ratio
from .settings import (
    ACT,
    COUNT,
    EPSILON,
    NONE_OR_COUNT,
    OFF,
    RATE,
    Settings,
    Test,
    check_heads,
    settings,
)
from .vit_export import inside

TANH: Test = ("'tanh'", lambda x: x == "tanh")
SHARED: Settings = {  # with transformers' defaults, which its files leave out
    **IMAGES,
    "hidden_size": (768, COUNT),
    "num_hidden_layers": (12, COUNT),
    "num_attention_heads": (12, COUNT),
    "patch_size": (16, SIDE),
}
VIT: Settings = {
    **SHARED,
    "intermediate_size": (3072, COUNT),
    "hidden_act": ("gelu", ACT),
    "layer_norm_eps": (1e-12, EPSILON),
    "qkv_bias": (True, FLAG),
    "hidden_dropout_prob": (0.0, RATE),
    "attention_probs_dropout_prob": (0.0, RATE),
}
POOLED: Settings = {"pooler_act": ("tanh", TANH), "pooler_output_size": (None, NONE_OR_COUNT)}
DINO: Settings = {
    **VIT,
    "layer_norm_eps": (1e-6, EPSILON),
    "mlp_ratio": (4, RATIO),
    "layerscale_value": (1.0, EPSILON),
    "drop_path_rate": (0.0, RATE),
    "use_swiglu_ffn": (False, FLAG),
}
DINO = {key: value for key, value in DINO.items() if key != "intermediate_size"}
TOWER: Settings = {
    **SHARED,
    "intermediate_size": (3072, COUNT),
    "attention_dropout": (0.0, RATE),
    "dropout": (0.0, OFF),
}
CLIP: Settings = {
    **TOWER,
    "patch_size": (32, SIDE),
    "hidden_act": ("quick_gelu", ACT),
    "layer_norm_eps": (1e-5, EPSILON),
    "projection_dim": (512, COUNT),
}
SIGLIP: Settings = {
    **TOWER,
    "hidden_act": ("gelu_pytorch_tanh", ACT),
    "layer_norm_eps": (1e-6, EPSILON),
    "vision_use_head": (True, FLAG),
}
KNOWN: dict[str, Settings] = {
    "vit": {**VIT, **POOLED},
    "deit": {**VIT, **POOLED},
    "vit_msn": {**VIT, "layer_norm_eps": (1e-6, EPSILON)},
    "vit_mae": VIT,
    "dinov2": {**DINO, "patch_size": (14, SIDE), "use_mask_token": (True, FLAG)},
    "dinov2_with_registers": {**DINO, "num_register_tokens": (4, NATURAL)},
    "clip_vision_model": CLIP,
    "siglip_vision_model": SIGLIP,
}
PLAIN: Settings = {  # of transformers' encoders of every kind
    "is_decoder": (False, OFF),
    "add_cross_attention": (False, OFF),
    "is_encoder_decoder": (False, OFF),
    "pruned_heads": ({}, OFF),
}
BOOKS = [  # of the decoder of a vit_mae, and what only the first weights come from
    *BACKBONE,
    *("decoder_hidden_size", "decoder_intermediate_size", "decoder_num_attention_heads"),
    *("decoder_num_hidden_layers", "mask_ratio", "norm_pix_loss", "initializer_factor"),
]
PARTS = {"pooler": r"^(\w+\.)?pooler\.", "projection_dim": r"^visual_projection\."}
WITHOUT = (  # classes that leave the pooler or the projection out, though the config speaks of it
    "ForImageClassification",
    "ForImageClassificationWithTeacher",
    "ForMaskedImageModeling",
    "CLIPVisionModel",
)


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `vit`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    kind = config.get("model_type", "vit")
    known = {**KNOWN[kind], **PLAIN}
    ignored = [*BOOKS, "projection_dim"] if kind == "siglip_vision_model" else BOOKS
    values = settings(config, known, kind=kind, ignored=ignored)
    width, heads = values["hidden_size"], values["num_attention_heads"]
    check_heads(width, heads)
    patch = pair(values["patch_size"])[0]
    hidden = values.get("intermediate_size")
    bare = any(str(name).endswith(WITHOUT) for name in config.get("architectures") or ())
    found = {
        "patch_size": patch,
        "embed_dim": width,
        "depth": values["num_hidden_layers"],
        "num_heads": heads,
        "mlp_ratio": ratio(hidden, width) if hidden else values["mlp_ratio"],
        "qkv_bias": values.get("qkv_bias", True),
        "norm_layer": ("layernorm", values["layer_norm_eps"]),
        "act_layer": values["hidden_act"],
        "proj_drop_rate": values.get("hidden_dropout_prob", 0.0),
        "attn_drop_rate": values.get("attention_probs_dropout_prob", 0.0),
    }
    if "attention_dropout" in values:
        found["attn_drop_rate"] = values["attention_dropout"]
    if kind in ("vit", "deit"):
        same = (f"{width}, as hidden_size", lambda x: x in (None, width))
        settings(config, {**known, "pooler_output_size": (None, same)}, kind=kind, ignored=ignored)
        found["pooler"] = not bare
    if kind == "deit":
        teacher = "DeiTForImageClassificationWithTeacher" in (config.get("architectures") or ())
        found |= {"distilled": True, "global_pool": "token" if teacher else "first"}
    if kind.startswith("dinov2"):
        found |= _dinov2(values, patch)
    if kind == "clip_vision_model":
        found |= {"pre_norm": True, "fc_norm": True}
        if not bare:
            found["projection_dim"] = values["projection_dim"]
    if kind == "siglip_vision_model":
        pool = "map" if values["vision_use_head"] else "avg"
        found |= {"class_token": False, "global_pool": pool, "fc_norm": False}
    return found


def _dinov2(values: dict[str, Any], patch: int) -> dict[str, Any]:
    rows, columns = (side // patch for side in pair(values["image_size"]))
    registers = values.get("num_register_tokens")
    found: dict[str, Any] = {"init_values": values["layerscale_value"], "pos_grid": (rows, columns)}
    if registers is not None:
        found |= {"reg_tokens": registers, "no_embed_reg": True, "pos_antialias": True}
    if values["use_swiglu_ffn"]:
        width = values["hidden_size"]
        found |= {"mlp_layer": "swiglupacked", "act_layer": "silu"}
        found |= {"mlp_ratio": ratio(inside(width, values["mlp_ratio"], True), width)}
    return found
