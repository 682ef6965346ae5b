"""TinyViT: convolutions first, then attention within windows, with a convolution in each block.

Paper: Wu et al., TinyViT, 2022. arXiv:2207.10666
Names: timm's; the arguments are timm's too.
"""

from dataclasses import dataclass

import numpy as np
from keras import KerasTensor, ops
from keras.layers import Identity, Layer, Reshape

from .parts import activation, add, average, batch_norm, conv, dense, layer_norm, registered
from .parts.attention import Split
from .parts.windows import Unwindow, WindowAttention, Windows
from .variants.tiny_vit import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+|.+\.(num_batches_tracked|attention_bias_idxs)"  # that no layer takes


@dataclass(frozen=True)
class Style:
    """What the blocks of a stage have in common; see `tiny_vit`."""

    heads: int
    window: int
    mlp_ratio: float
    local_conv_size: int
    act: str


def tiny_vit(
    x: KerasTensor,
    embed_dims: tuple[int, ...],
    depths: tuple[int, ...],
    num_heads: tuple[int, ...],
    window_sizes: tuple[int, ...],
    *,
    mlp_ratio: float = 4.0,
    mbconv_expand_ratio: float = 4.0,
    local_conv_size: int = 3,
    act_layer: str = "gelu",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a TinyViT without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        embed_dims: channels of each stage.
        depths: blocks in each stage; those of the first do not attend.
        num_heads: of attention in each stage.
        window_sizes: side of the windows of each stage.
        mlp_ratio: times the channels of a stage are those within its blocks.
        mbconv_expand_ratio: the same for the first stage.
        local_conv_size: side of the window of a block's convolution.
        act_layer: activation.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their normalised average over
        the image, (batch, channels).
    """
    x = conv_norm(x, embed_dims[0] // 2, 3, 2, act=act_layer, name="patch_embed-conv1")
    x = conv_norm(x, embed_dims[0], 3, 2, name="patch_embed-conv2")
    x = Identity(name="stem")(x)
    for j in range(depths[0]):
        name, inner = f"stages-0-blocks-{j}", int(embed_dims[0] * mbconv_expand_ratio)
        y = narrow(x, (inner, embed_dims[0]), 1, act_layer, name=name)
        x = activation(add(x, y, name=f"{name}-add"), act_layer, name=name)
    for i, width in enumerate(embed_dims[1:], 1):
        style = Style(num_heads[i], window_sizes[i], mlp_ratio, local_conv_size, act_layer)
        x = narrow(x, (width, width), 2, act_layer, name=f"stages-{i}-downsample")
        for j in range(depths[i]):
            x = block(x, style, name=f"stages-{i}-blocks-{j}")
    return x, layer_norm(average(x, name="pool"), epsilon=1e-5, name="head-norm")


def narrow(
    x: KerasTensor, widths: tuple[int, int], stride: int, act: str, *, name: str
) -> KerasTensor:
    """A 1x1, a depthwise and a 1x1 convolution."""
    inner, width = widths
    y = conv_norm(x, inner, 1, act=act, name=f"{name}-conv1")
    y = conv_norm(y, inner, 3, stride, groups=inner, act=act, name=f"{name}-conv2")
    return conv_norm(y, width, 1, name=f"{name}-conv3")


def block(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Attention within windows, a depthwise convolution, and two layers for each pixel."""
    width = x.shape[-1]
    window = style.window, style.window
    y = Windows(window, name=f"{name}-windows")(x)
    y = attention(y, style, name=f"{name}-attn")
    y = Unwindow(x.shape[1:3], window, name=f"{name}-image")(y)
    x = add(x, y, name=f"{name}-add")
    x = conv_norm(x, width, style.local_conv_size, groups=width, name=f"{name}-local_conv")
    y = layer_norm(x, epsilon=1e-5, name=f"{name}-mlp-norm")
    y = dense(y, int(width * style.mlp_ratio), name=f"{name}-mlp-fc1")
    y = dense(activation(y, style.act, name=f"{name}-mlp-act"), width, name=f"{name}-mlp-fc2")
    return add(x, y, name=name)


def attention(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Attend to the pixels of a window, (batch, windows, pixels, channels)."""
    _, windows, pixels, width = x.shape
    part = width // style.heads
    y = layer_norm(x, epsilon=1e-5, name=f"{name}-norm")
    y = dense(y, 3 * width, name=f"{name}-qkv")
    y = Reshape((windows, pixels, style.heads, 3 * part), name=f"{name}-heads")(y)
    parts = Split((part,) * 3, name=f"{name}-split")(y)
    q, k, v = (
        Reshape((windows, pixels, width), name=f"{name}-{which}")(y)
        for which, y in zip("qkv", parts, strict=True)
    )
    bias = OffsetBias(style.heads, style.window, name=name)(x)
    y = WindowAttention(style.heads, name=f"{name}-mix")(q, k, v, bias)
    return dense(y, width, name=f"{name}-proj")


def conv_norm(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    act: str = "",
    name: str,
) -> KerasTensor:
    """Convolve, normalise and activate."""
    x = conv(x, filters, kernel, stride, groups=groups, name=f"{name}-conv")
    x = batch_norm(x, name=f"{name}-bn")
    return activation(x, act, name=f"{name}-act") if act else x


@registered
class OffsetBias(Layer):
    """Give a learned bias of attention to every distance of two pixels of a window.

    Paper: Graham et al., LeViT, 2021. arXiv:2104.01136

    Args:
        heads: of attention.
        window: side of the window.
    """

    tensors = {"biases": "attention_biases"}  # noqa: RUF012 (read by convert)

    def __init__(self, heads: int, window: int, **settings):
        super().__init__(**settings)
        self.heads = heads
        self.window = window
        rows, columns = (place.ravel() for place in np.indices((window, window)))
        self.places = window * abs(rows[:, None] - rows) + abs(columns[:, None] - columns)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make a number for each head and distance."""
        shape = (self.heads, self.window**2)
        self.biases = self.add_weight(shape=shape, initializer="zeros", name="biases")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Give (heads, pixels, pixels); of x nothing is read."""
        return ops.take(self.biases, ops.convert_to_tensor(self.places), axis=1)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give (heads, pixels, pixels)."""
        return self.heads, self.window**2, self.window**2

    def get_config(self):
        """Give the constructor's arguments."""
        return {**super().get_config(), "heads": self.heads, "window": self.window}
