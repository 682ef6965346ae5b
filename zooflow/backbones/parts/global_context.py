"""Attention over the whole image that weighs channels.

Paper: Cao et al., GCNet, 2019. arXiv:1904.11492
"""

from keras import KerasTensor, layers

from . import activation, conv, layer_norm


def global_context(
    x: KerasTensor,
    width: int,
    act: str = "relu",
    *,
    gate: str = "sigmoid",
    adds: bool = False,
    name: str,
) -> KerasTensor:
    """Weigh channels by what attention takes from the image.

    Args:
        x: (batch, height, width, channels).
        width: channels that the weights are computed from.
        act: activation between the two layers.
        gate: activation that makes the weights.
        adds: add to the channels instead of weighing them.
        name: that those of the layers begin with.
    """
    pixels, channels = x.shape[1] * x.shape[2], x.shape[-1]
    shares = conv(x, 1, 1, bias=True, name=f"{name}-conv_attn")
    shares = layers.Reshape((pixels, 1), name=f"{name}-row")(shares)
    shares = layers.Softmax(axis=1, name=f"{name}-shares")(shares)
    y = layers.Reshape((pixels, channels), name=f"{name}-pixels")(x)
    y = layers.Dot(axes=1, name=f"{name}-sum")([y, shares])
    y = layers.Reshape((1, 1, channels), name=f"{name}-context")(y)
    mlp = f"{name}-mlp_add" if adds else f"{name}-mlp_scale"
    y = conv(y, width, 1, bias=True, name=f"{mlp}-fc1")
    y = layer_norm(y, name=f"{mlp}-norm")
    y = activation(y, act, name=f"{mlp}-act")
    y = conv(y, channels, 1, bias=True, name=f"{mlp}-fc2")
    if adds:
        return layers.Add(name=name)([x, y])
    y = activation(y, gate, name=f"{name}-gate")
    return layers.Multiply(name=name)([x, y])
