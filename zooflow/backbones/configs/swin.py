"""What transformers' config.json says of a Swin of either version, in timm's words, and back."""

from typing import Any

from ...errors import BadCheckpoint
from ...spelling import Pairs, Spelling
from .images import BACKBONE, COUNTS, FLAG, IMAGES, NATURAL, RATIO, SIDE, TANH, pair, refuse
from .settings import ACT, COUNT, EPSILON, OFF, RATE, Settings, Test, settings

NATURALS: Test = (
    "a list of whole numbers from 0",
    lambda x: isinstance(x, list | tuple) and all(map(NATURAL[1], x)),
)
NUMBERS: dict[str, tuple[str, Any, Test]] = {  # ours, transformers' default, what is allowed
    "patch_size": ("patch_size", 4, SIDE),
    "embed_dim": ("embed_dim", 96, COUNT),
    "depths": ("depths", (2, 2, 6, 2), COUNTS),
    "num_heads": ("num_heads", (3, 6, 12, 24), COUNTS),
    "window_size": ("window_size", 7, COUNT),
    "mlp_ratio": ("mlp_ratio", 4.0, RATIO),
    "qkv_bias": ("qkv_bias", True, FLAG),
    "hidden_act": ("act_layer", "gelu", ACT),
    "layer_norm_eps": ("norm_eps", 1e-5, EPSILON),
}
OWN: dict[str, dict[str, tuple[str, Any, Test]]] = {
    "swin": {"use_absolute_embeddings": ("pos_embed", False, FLAG)},
    "swinv2": {
        "use_absolute_embeddings": ("pos_embed", False, OFF),  # transformers' own cannot run
        "pretrained_window_sizes": ("pretrained_window_sizes", (0, 0, 0, 0), NATURALS),
    },
}
FIXED: Settings = {
    **IMAGES,
    "image_size": (224, SIDE),
    "hidden_dropout_prob": (0.0, OFF),
    "attention_probs_dropout_prob": (0.0, OFF),
    "drop_path_rate": (0.1, RATE),
}
BOOKS = [*BACKBONE, "hidden_size", "num_layers", "path_norm"]  # what follows, and what none reads
PLAIN = {  # what transformers has one value of
    "head_dim": (None,),
    "always_partition": (False,),
    "global_pool": ("avg",),
    "fill_first": (False, True),  # the same where windows divide the images, as they should
}


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `swin` or of `swinv2`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    kind = config.get("model_type", "swin")
    numbers = _numbers(kind)
    known = {key: (default, test) for key, (_, default, test) in numbers.items()}
    values = settings(config, {**known, **FIXED}, kind=kind, ignored=BOOKS)
    stages = len(values["depths"])
    for key in numbers:
        if isinstance(values[key], list | tuple) and key != "patch_size":
            values[key] = tuple(values[key])
            if len(values[key]) < stages or (key == "num_heads" and len(values[key]) > stages):
                raise BadCheckpoint(f"config.json sets {key} for other stages than its {stages}")
    values["patch_size"] = pair(values["patch_size"])[0]
    grid = pair(values["image_size"])[0] / values["patch_size"]
    smallest = grid / 2 ** (stages - 1)
    if kind == "swinv2" and not smallest.is_integer():
        raise BadCheckpoint(
            f"config.json sets image_size to {values['image_size']!r}, which does not halve "
            f"{stages - 1} times to whole patches"
        )
    if kind == "swin" and values["window_size"] > smallest:
        raise BadCheckpoint(
            f"config.json sets window_size to {values['window_size']}, and images of "
            f"{values['image_size']!r} pixels are smaller in the last stage",
        )
    if "pretrained_window_sizes" in values:
        values["pretrained_window_sizes"] = values["pretrained_window_sizes"][:stages]
    found = {ours: values[key] for key, (ours, _, _) in numbers.items()}
    if kind == "swinv2":
        del found["pos_embed"]
    return found | {"fill_first": True}


def config(arguments: dict[str, Any], kind: str) -> dict[str, Any]:
    """Turn the arguments of a family into transformers' config.json: the inverse of `arguments`.

    Its image_size is for the caller to add.

    Args:
        arguments: of the family's function; what they leave out is the default.
        kind: "swin" or "swinv2", transformers' word for the family.

    Raises:
        BadInput: transformers has no such network.
    """
    given = dict(arguments)
    written: dict[str, Any] = {"model_type": kind}
    for key, (ours, default, test) in _numbers(kind).items():
        value = given.pop(ours, default)
        if key in ("window_size", "mlp_ratio") and isinstance(value, list | tuple):
            value = value[0] if all(part == value[0] for part in value) else value
        value = list(value) if isinstance(value, list | tuple) else value
        value = TANH if value == "gelu_tanh" else value
        if not test[1](value):
            given[ours] = value
        written[key] = value
    odd = {key: value for key, value in given.items() if value not in PLAIN.get(key, ())}
    refuse(odd, kind)
    return written


def _numbers(kind: str) -> dict[str, tuple[str, Any, Test]]:
    return {**NUMBERS, **OWN[kind]}


def names(stages: int) -> Pairs:
    """Say how transformers names the tensors of both versions."""
    return (
        ("^embeddings.patch_embeddings.projection", "^patch_embed.proj"),
        ("^embeddings.norm", "^patch_embed.norm"),
        ("^embeddings.position_embeddings", "^pos_embed"),
        ("^layernorm", "^norm"),
        ("^classifier", "^head.fc"),
        ("^encoder.layers.#", "^layers.#"),
        *(  # theirs merge patches at the end of a stage, ours at the beginning of the next
            (f"^layers.{stage - 1}.downsample", f"^layers.{stage}.downsample")
            for stage in reversed(range(1, stages))
        ),
        ("attention.output.dense", "attn.proj"),
        ("intermediate.dense", "mlp.fc1"),
        ("output.dense", "mlp.fc2"),
        ("layernorm_before", "norm1"),
        ("layernorm_after", "norm2"),
    )


QKV: Pairs = tuple((f"attention.self.{part}", "attn.qkv") for part in ("query", "key", "value"))


def spelling(numbers: dict[str, Any]) -> Spelling:
    """Say how transformers spells the tensors of a Swin."""
    table = "relative_position_bias_table"
    own = (f"attention.self.{table}", f"attn.{table}")
    return Spelling(names=(*names(len(numbers["depths"])), own), stacks=(QKV,))


def second_spelling(numbers: dict[str, Any]) -> Spelling:
    """Say how transformers spells the tensors of a Swin V2."""
    pieces = {
        "query.bias": "q_bias",
        "value.bias": "v_bias",
        "logit_scale": "logit_scale",
        "continuous_position_bias_mlp": "cpb_mlp",
    }
    own = ((f"attention.self.{theirs}", f"attn.{ours}") for theirs, ours in pieces.items())
    return Spelling(names=(*names(len(numbers["depths"])), *own), stacks=(QKV,))
