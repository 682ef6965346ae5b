"""How a block weighs its channels by what the whole image says, as timm's `attn_layer` says."""

import math
from collections.abc import Mapping
from typing import Any

from keras import KerasTensor
from keras.layers import Activation, Conv1D, GlobalAveragePooling2D, Multiply, Reshape

from ...errors import UnknownName
from . import rounded, squeeze_excite
from .bilinear import bilinear_attention
from .global_context import global_context


def attend(
    x: KerasTensor, kind: str | None, settings: Mapping[str, Any] | None, *, name: str
) -> KerasTensor:
    """Weigh channels.

    Args:
        x: (batch, height, width, channels).
        kind: a key of `ATTENTIONS`; "" or None leaves x as it is.
        settings: keyword arguments of that function.
        name: of the last node.
    """
    if not kind:
        return x
    if kind not in ATTENTIONS:
        raise UnknownName("attention", kind, list(ATTENTIONS))
    return ATTENTIONS[kind](x, **(settings or {}), name=name)


def squeeze(
    x: KerasTensor, *, rd_ratio: float = 1 / 16, rd_divisor: int = 8, name: str
) -> KerasTensor:
    """Squeeze and excite; the narrowing, and what its width is a multiple of."""
    return squeeze_excite(x, rounded(x.shape[-1] * rd_ratio, rd_divisor, 0), name=name)


def neighbours(x: KerasTensor, *, name: str) -> KerasTensor:
    """Look at the averages of neighbouring channels, as ECA does."""
    return efficient_attention(x, x.shape[-1], name=name)


def efficient_attention(x: KerasTensor, width: int, *, name: str) -> KerasTensor:
    """Weigh channels by their neighbours' averages.

    Paper: Wang et al., ECA-Net, 2019. arXiv:1910.03151
    """
    kernel = max(int((math.log2(width) + 1) / 2) | 1, 3)
    y = GlobalAveragePooling2D(name=f"{name}-mean")(x)
    y = Reshape((-1, 1), name=f"{name}-row")(y)
    y = Conv1D(1, kernel, padding="same", use_bias=False, name=f"{name}-conv")(y)
    y = Activation("sigmoid", name=f"{name}-gate")(y)
    return Multiply(name=name)([x, Reshape((1, 1, -1), name=f"{name}-channels")(y)])


def context(
    x: KerasTensor, *, rd_ratio: float = 1 / 8, rd_divisor: int = 1, name: str
) -> KerasTensor:
    """Weigh by a global context."""
    return global_context(x, rounded(x.shape[-1] * rd_ratio, rd_divisor, 0), name=name)


def added_context(
    x: KerasTensor, *, rd_ratio: float = 1 / 8, rd_divisor: int = 1, name: str
) -> KerasTensor:
    """Add a global context."""
    return global_context(x, rounded(x.shape[-1] * rd_ratio, rd_divisor, 0), adds=True, name=name)


ATTENTIONS = {
    "se": squeeze,
    "eca": neighbours,
    "gc": context,
    "gca": added_context,
    "bat": bilinear_attention,
}
