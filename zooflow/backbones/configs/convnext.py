"""What transformers' config.json says of a ConvNeXt, in timm's words, and back."""

from typing import Any

from ...errors import BadCheckpoint
from ...spelling import Spelling
from ..variants.convnext import MODEL_TYPES
from .images import BACKBONE, COUNTS, FACTOR, IMAGES, SIDE, TANH, pair, refuse
from .settings import ACT, COUNT, EPSILON, RATE, Settings, Test, settings

PATCH: Test = (  # below and above, timm strides otherwise
    "a whole number from 3 to 7, or two that are alike",
    lambda x: SIDE[1](x) and 3 <= pair(x)[0] <= 7,
)
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    **IMAGES,
    "patch_size": (4, PATCH),
    "num_stages": (4, COUNT),
    "hidden_sizes": ((96, 192, 384, 768), COUNTS),
    "depths": ((3, 3, 9, 3), COUNTS),
    "hidden_act": ("gelu", ACT),
    "layer_norm_eps": (1e-12, EPSILON),
    "drop_path_rate": (0.0, RATE),
}
SCALE: Settings = {"layer_scale_init_value": (1e-6, FACTOR)}  # of version 1 only


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `convnext`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    second = config.get("model_type") == "convnextv2"
    known = NUMBERS if second else {**NUMBERS, **SCALE}
    values = settings(config, known, kind="convnext", ignored=BACKBONE)
    for key in ("hidden_sizes", "depths"):
        if len(values[key]) != values["num_stages"]:
            raise BadCheckpoint(
                f"config.json sets num_stages to {values['num_stages']}, and {key} to "
                f"{values[key]!r:.80}, which are {len(values[key])}"
            )
    scale = 0 if second else values["layer_scale_init_value"]
    act = values["hidden_act"]
    return {
        "depths": tuple(values["depths"]),
        "dims": tuple(values["hidden_sizes"]),
        "patch_size": pair(values["patch_size"])[0],
        "act_layer": "gelu_tanh" if act in (TANH, "gelu_new") else act,
        "head_norm_eps": values["layer_norm_eps"],
        "ls_init_value": scale if scale > 0 else None,
        "use_grn": second,
    }


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `convnext` into transformers' config.json, the inverse of `arguments`.

    Raises:
        BadInput: transformers has no such network.
    """
    given = dict(arguments)
    second = bool(given.pop("use_grn", False))
    scale = given.pop("ls_init_value", 1e-6)
    sizes = given.pop("dims", NUMBERS["hidden_sizes"][0])
    act = given.pop("act_layer", "gelu")
    written = {
        "model_type": MODEL_TYPES[second],
        "hidden_sizes": list(sizes),
        "depths": list(given.pop("depths", NUMBERS["depths"][0])),
        "num_stages": len(sizes),
        "patch_size": given.pop("patch_size", 4),
        "hidden_act": TANH if act == "gelu_tanh" else act,
        "layer_norm_eps": given.pop("head_norm_eps", None) or 1e-6,
    }
    given.pop("conv_mlp", None)  # the same layers, in another shape
    plain = {
        "kernel_sizes": (7, (7,) * len(sizes)),
        "stem_type": ("patch",),
        "head_norm_first": (False,),
        "head_hidden_size": (None,),
        "conv_bias": (True,),
        "norm_layer": (None, "layernorm", "layernorm2d"),
        "norm_eps": (None, 1e-6),
        "global_pool": ("avg",),
    }
    odd = {key: value for key, value in given.items() if value not in plain.get(key, ())}
    if scale is not None and (second or scale <= 0):
        odd["ls_init_value"] = scale
    if written["patch_size"] == 2:
        odd["patch_size"] = 2
    refuse(odd, written["model_type"])
    return written if second else {**written, "layer_scale_init_value": scale or 0.0}


def spelling(numbers: dict[str, Any]) -> Spelling:
    """Say how transformers spells the tensors of a ConvNeXt."""
    block, foreign = "^stages.#.blocks.#", "^encoder.stages.#.layers.#"
    pieces = {
        "dwconv": "conv_dw",
        "layernorm": "norm",
        "pwconv1": "mlp.fc1",
        "grn": "mlp.grn",
        "pwconv2": "mlp.fc2",
        "layer_scale_parameter": "gamma",
    }
    return Spelling(
        names=(
            ("^embeddings.patch_embeddings", "^stem.0"),
            ("^embeddings.layernorm", "^stem.1"),
            ("^layernorm", "^head.norm"),
            ("^classifier", "^head.fc"),
            ("^encoder.stages.#.downsampling_layer", "^stages.#.downsample"),
            *((f"{foreign}.{theirs}", f"{block}.{ours}") for theirs, ours in pieces.items()),
        ),
        squeezed=("mlp.fc1.weight", "mlp.fc2.weight") if numbers.get("conv_mlp") else (),
        raised=(("mlp.grn.weight", 4), ("mlp.grn.bias", 4)),
    )


SPELLINGS = {"transformers": spelling}
