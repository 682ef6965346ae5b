"""What the configs of networks of images have in common: kinds of settings, and arithmetic."""

from typing import Any

from .settings import COUNT, Settings, Test

FLAG: Test = ("true or false", lambda x: type(x) is bool)
NATURAL: Test = ("a whole number from 0", lambda x: type(x) is int and x >= 0)
THREE: Test = ("3", lambda x: x == 3)
RATIO: Test = ("a number above 0", lambda x: type(x) in (int, float) and x > 0)
SIDES: Test = (
    "a whole number above 0, or two of them",
    lambda x: len(pair(x)) == 2 and all(map(COUNT[1], pair(x))),
)
SIDE: Test = (
    "a whole number above 0, or two that are alike",
    lambda x: SIDES[1](x) and len({*pair(x)}) == 1,
)
IMAGES: Settings = {"image_size": (224, SIDES), "num_channels": (3, THREE)}
BACKBONE = [  # of transformers' ...Backbone classes and decoders: not of the network itself
    *("apply_layernorm", "reshape_hidden_states", "stage_names", "encoder_stride"),
    *("out_features", "out_indices", "_out_features", "_out_indices"),
]


def pair(sides: Any) -> tuple[Any, ...]:
    """Give height and width of a square that may be said by one number."""
    return tuple(sides) if isinstance(sides, list | tuple) else (sides, sides)


def ratio(hidden: int, width: int) -> float:
    """Give the ratio by which a family that rounds down widens `width` to `hidden`."""
    plain = hidden / width
    return plain if int(width * plain) == hidden else (hidden + 0.5) / width
