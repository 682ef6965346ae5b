"""timm's BEiTs, odd ones, and transformers'."""

from typing import Any

import timm
from transformers import BeitConfig, BeitModel, Data2VecVisionConfig, Data2VecVisionModel

from .reference import Reference, run_model, timm_names
from .saved import HALF, run_saved

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "odd-beit-shared",
    "odd-beit-gated",
    "odd-beit-token",
    "transformers-beit-relative",
    "transformers-beit-absolute",
    "transformers-data2vec",
)
TINY: dict[str, Any] = {"embed_dim": 48, "depth": 2, "num_heads": 3}
ODD: dict[str, dict[str, Any]] = {  # arguments of beit_base_patch16_224
    "odd-beit-shared": TINY | {"use_shared_rel_pos_bias": True, "use_abs_pos_emb": True},
    "odd-beit-gated": TINY | {"swiglu_mlp": True, "scale_mlp": True, "use_rel_pos_bias": False},
    "odd-beit-token": TINY
    | {"global_pool": "token", "qkv_bias": False, "init_values": 0.0, "patch_size": 11},
    "odd-beit-late": TINY | {"global_pool": "token", "use_fc_norm": True, "mlp_ratio": 2.7},
}
SMALL: dict[str, Any] = {
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 100,
}
FOREIGN: dict[str, dict[str, Any]] = {
    "transformers-beit-relative": SMALL
    | {"use_relative_position_bias": True, "image_size": 67, "use_mask_token": True},
    "transformers-beit-shared": SMALL
    | {"use_shared_relative_position_bias": True, "use_relative_position_bias": True}
    | {"image_size": 64, "hidden_act": "gelu_new", "layer_norm_eps": 1e-2},
    "transformers-beit-absolute": SMALL
    | {"use_absolute_position_embeddings": True, "use_mean_pooling": False}
    | {"image_size": 50, "layer_scale_init_value": 0.0},
    "transformers-data2vec": SMALL
    | {"model_type": "data2vec-vision", "use_relative_position_bias": True, "image_size": 64},
}


def names() -> list[str]:
    """List the networks."""
    return [*timm_names("beit"), *ODD, *FOREIGN]


def reference(name: str) -> Reference:
    """Run one on 4 x 5 patches, with two blocks."""
    if name in FOREIGN:
        return run_transformers(FOREIGN[name])
    arguments = ODD.get(name, {"depth": 2})
    name = "beit_base_patch16_224" if name in ODD else name
    patch = arguments.get("patch_size", 16)
    size = (4 * patch, 5 * patch)
    model = timm.create_model(name, num_classes=0, img_size=size, **arguments)
    return run_model(name, model, size, arguments)


def run_transformers(settings: dict[str, Any]) -> Reference:
    """Run a BEiT of transformers, or the data2vec of images that is one."""
    settings = dict(settings)
    second = settings.pop("model_type", "beit") != "beit"
    kind, whole = (Data2VecVisionConfig, Data2VecVisionModel) if second else (BeitConfig, BeitModel)
    made = kind(**settings)
    side = made.image_size
    size = (side, side) if isinstance(side, int) else tuple(side)
    skip = r".*(mask_token|relative_position_index)"
    pooler = {"add_pooling_layer": True}
    return run_saved(whole(made, **pooler), size, scale=HALF, skip=skip, made_with=pooler)
