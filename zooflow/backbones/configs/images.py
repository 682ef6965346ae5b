"""What the configs of networks of images have in common: kinds of settings, and arithmetic."""

from collections.abc import Mapping
from typing import Any

from ...errors import BadInput
from .settings import COUNT, Settings, Test

FLAG: Test = ("true or false", lambda x: type(x) is bool)
NATURAL: Test = ("a whole number from 0", lambda x: type(x) is int and x >= 0)
THREE: Test = ("3", lambda x: x == 3)
FACTOR: Test = ("a number", lambda x: type(x) in (int, float))
COUNTS: Test = (
    "a list of whole numbers above 0",
    lambda x: isinstance(x, list | tuple) and len(x) > 0 and all(map(COUNT[1], x)),
)
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
TANH = "gelu_pytorch_tanh"  # transformers' name for what timm calls gelu_tanh
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


def refuse(odd: Mapping[str, Any], kind: str) -> None:
    """Refuse to write what transformers does not have.

    Args:
        odd: such arguments.
        kind: of network, as transformers calls it.

    Raises:
        BadInput: there are any.
    """
    for key, value in odd.items():
        raise BadInput(f"transformers has no {kind} with {key} {value!r}")
