"""How a block weighs its channels by what the whole image says, as timm's `attn_layer` says."""

from collections.abc import Mapping
from typing import Any

from keras import KerasTensor

from ..errors import UnknownName
from .bilinear import bilinear_attention
from .global_context import global_context
from .parts import rounded, squeeze_excite
from .resnet import efficient_attention


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
