"""NFNet, residual networks that do without normalisation: NF-ResNet, NF-RegNet and NFNet-F.

Paper: Brock et al., High-Performance Large-Scale Image Recognition Without Normalization, 2021.
arXiv:2102.06171
Names: timm's; the arguments are those of its NfCfg.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keras import KerasTensor
from keras.layers import AveragePooling2D, Identity, Rescaling

from ..errors import UnknownName
from .parts import activation, add, average, rounded
from .parts.channel_attention import attend
from .parts.max_pool import MaxPool
from .parts.skip_gain import SkipGain
from .parts.std_conv import scaled_conv
from .variants.nfnet import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-\d+|top"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+"  # the checkpoint's tensors that no layer takes
GAIN = {  # what keeps the variance through an activation, from DeepMind's code
    "gelu": 1.7015043497085571,
    "relu": 1.7139588594436646,
    "relu6": 1.7131484746932983,
    "sigmoid": 4.803835391998291,
    "silu": 1.7881293296813965,
    "tanh": 1.5939117670059204,
}
STEMS = {  # parts of the channels of a deep stem's convolutions, and their strides
    "deep": ((1 / 2, 1 / 2, 1), (2, 1, 1)),
    "deep_pool": ((1 / 2, 1 / 2, 1), (2, 1, 1)),
    "deep_tiered": ((3 / 8, 1 / 2, 1), (2, 1, 1)),
    "deep_quad": ((1 / 8, 1 / 4, 1 / 2, 1), (2, 1, 1, 2)),
}
PLAIN_STEMS = {"": 7, "7x7": 7, "7x7_pool": 7, "3x3": 3, "3x3_pool": 3}  # sides of the window


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `nfnet`."""

    act: str
    gamma_in_act: bool
    same: bool
    epsilon: float
    alpha: float
    group_size: int | None
    bottle_ratio: float
    ch_div: int
    reg: bool
    extra_conv: bool
    skipinit: bool
    attn: str | None
    attn_kwargs: Mapping[str, Any] | None
    attn_gain: float


def nfnet(
    x: KerasTensor,
    depths: tuple[int, ...],
    channels: tuple[int, ...],
    *,
    alpha: float = 0.2,
    stem_type: str = "3x3",
    stem_chs: int | None = None,
    group_size: int | None = None,
    attn_layer: str | None = None,
    attn_kwargs: Mapping[str, Any] | None = None,
    attn_gain: float = 2.0,
    width_factor: float = 1.0,
    bottle_ratio: float = 0.5,
    num_features: int = 0,
    ch_div: int = 8,
    reg: bool = False,
    extra_conv: bool = False,
    gamma_in_act: bool = False,
    same_padding: bool = False,
    std_conv_eps: float = 1e-5,
    skipinit: bool = False,
    act_layer: str = "silu",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an NFNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        depths: blocks in each stage.
        channels: of each stage.
        alpha: what a block adds is multiplied by it.
        stem_type: a key of `PLAIN_STEMS`, one convolution, or of `STEMS`, several; pooled after
            that where it ends in "pool".
        stem_chs: channels of the stem; None is those of the first stage.
        group_size: channels in a group of the 3x3 convolutions; None is one group.
        attn_layer: how blocks weigh channels, of `channel_attention.ATTENTIONS`; None not at all.
        attn_kwargs: its settings.
        attn_gain: factor after that.
        width_factor: multiplies all channels.
        bottle_ratio: channels within a block over those that come out; that come in, if `reg`.
        num_features: channels of a last convolution; 0 leaves it out.
        ch_div: that channels are a multiple of.
        reg: blocks as RegNet's: channels are weighed within.
        extra_conv: convolve 3x3 twice.
        gamma_in_act: multiply after activations what keeps the variance, not in the kernels.
        same_padding: pad as TensorFlow does.
        std_conv_eps: added to the variance of a kernel.
        skipinit: multiply what a block adds by a learned number.
        act_layer: activation, a key of `GAIN`.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their average over the image,
        (batch, channels).
    """
    if act_layer not in GAIN:
        raise UnknownName("activation", act_layer, list(GAIN))
    style = Style(
        act_layer,
        gamma_in_act,
        same_padding,
        std_conv_eps,
        alpha,
        group_size,
        bottle_ratio,
        ch_div,
        reg,
        extra_conv,
        skipinit,
        attn_layer,
        attn_kwargs,
        attn_gain,
    )
    x = stem(x, stem_type, rounded((stem_chs or channels[0]) * width_factor, ch_div), style)
    quarter = "pool" in stem_type or "quad" in stem_type
    variance = 1.0
    for i, (depth, width) in enumerate(zip(depths, channels, strict=True)):
        for j in range(depth):
            stride = 2 if j == 0 and (i > 0 or not quarter) else 1
            ratio = 1.0 if reg and i == j == 0 else bottle_ratio
            out, beta = rounded(width * width_factor, ch_div), variance**-0.5
            x = block(x, out, ratio, stride, beta, style, name=f"stages-{i}-{j}")
            variance = alpha**2 + (1.0 if j == 0 else variance)
    if num_features:
        x = convolve(x, rounded(num_features * width_factor, ch_div), 1, 1, style, "final_conv")
    x = act(x, style, name="top")
    return x, average(x, name="pool")


def stem(x: KerasTensor, kind: str, width: int, style: Style) -> KerasTensor:
    """Convolve to a half or a quarter of the height and width."""
    if kind not in (known := {**STEMS, **PLAIN_STEMS}):
        raise UnknownName("stem", kind, list(known))
    if kind in PLAIN_STEMS:
        x = convolve(x, width, PLAIN_STEMS[kind], 2, style, "stem-conv")
    else:
        for i, (part, stride) in enumerate(zip(*STEMS[kind], strict=True), 1):
            x = act(x, style, name=f"stem-act{i}") if i > 1 else x
            x = convolve(x, int(width * part), 3, stride, style, f"stem-conv{i}")
    return MaxPool(name="stem")(x) if "pool" in kind else Identity(name="stem")(x)


def block(
    x: KerasTensor,
    width: int,
    ratio: float,
    stride: int,
    beta: float,
    style: Style,
    *,
    name: str,
) -> KerasTensor:
    """A 1x1, one or two 3x3 and a 1x1 convolution beside a shortcut.

    Args:
        x: (batch, height, width, channels).
        width: channels that come out.
        ratio: channels within over those that come out, or in.
        stride: step of the first 3x3 convolution.
        beta: factor that takes the variance of x back to 1.
        style: of the network.
        name: of the last node.
    """
    inner = rounded((x.shape[-1] if style.reg else width) * ratio, style.ch_div)
    groups = inner // style.group_size if style.group_size else 1
    if style.group_size and style.group_size % style.ch_div == 0:
        inner = style.group_size * groups
    y = Rescaling(beta, name=f"{name}-beta")(act(x, style, name=f"{name}-act1"))
    if stride > 1 or x.shape[-1] != width:
        x = y
        if stride > 1:
            x = AveragePooling2D(2, padding="same", name=f"{name}-downsample-pool")(x)
        x = convolve(x, width, 1, 1, style, f"{name}-downsample-conv")
    y = convolve(y, inner, 1, 1, style, f"{name}-conv1")
    y = act(y, style, name=f"{name}-act2")
    y = convolve(y, inner, 3, stride, style, f"{name}-conv2", groups)
    if style.extra_conv:
        y = act(y, style, name=f"{name}-act2b")
        y = convolve(y, inner, 3, 1, style, f"{name}-conv2b", groups)
    y = weigh(y, style, name=f"{name}-attn") if style.reg else y
    y = convolve(act(y, style, name=f"{name}-act3"), width, 1, 1, style, f"{name}-conv3")
    y = y if style.reg else weigh(y, style, name=f"{name}-attn_last")
    y = SkipGain(name=f"{name}-skipinit_gain")(y) if style.skipinit else y
    return add(x, Rescaling(style.alpha, name=f"{name}-alpha")(y), name=name)


def weigh(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Weigh channels, and make up for the loss."""
    if not style.attn:
        return x
    x = attend(x, style.attn, style.attn_kwargs, name=name)
    return Rescaling(style.attn_gain, name=f"{name}-gain")(x)


def act(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Activate."""
    x = activation(x, style.act, name=f"{name}-plain" if style.gamma_in_act else name)
    return Rescaling(GAIN[style.act], name=name)(x) if style.gamma_in_act else x


def convolve(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int,
    style: Style,
    name: str,
    groups: int = 1,
) -> KerasTensor:
    """Convolve by a standardised kernel with a gain."""
    return scaled_conv(
        x,
        filters,
        kernel,
        stride,
        groups=groups,
        scale=1.0 if style.gamma_in_act else GAIN[style.act],
        epsilon=style.epsilon,
        same=style.same,
        name=name,
    )
