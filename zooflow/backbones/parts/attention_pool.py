"""Pooling of a map of features by attention, as CLIP's convolutional networks do.

Paper: Radford et al., Learning Transferable Visual Models (CLIP), 2021. arXiv:2103.00020
"""

from keras import KerasTensor
from keras.layers import Concatenate, GlobalAveragePooling1D, Reshape

from . import Parameter, add, dense
from .attention import Attention, Token


def attention_pool(x: KerasTensor, width: int, *, head_width: int = 64, name: str) -> KerasTensor:
    """Let the average of a map attend to its pixels.

    Args:
        x: (batch, height, width, channels).
        width: channels that come out.
        head_width: of them in each head.
        name: that those of the layers begin with.

    Returns:
        (batch, width); the layer is called "pool".
    """
    _, rows, columns, channels = x.shape
    x = Reshape((rows * columns, channels), name=f"{name}-tokens")(x)
    mean = GlobalAveragePooling1D(keepdims=True, name=f"{name}-mean")(x)
    x = Concatenate(axis=1, name=f"{name}-joined")([mean, x])
    positions = Parameter((rows * columns + 1, channels), name=f"{name}-pos_embed")(x)
    x = add(x, positions, name=f"{name}-placed")
    q, k, v = (dense(x, width, name=f"{name}-{which}") for which in "qkv")
    x = Attention(width // head_width, name=f"{name}-core")(q, k, v)
    return Token(0, name="pool")(x)
