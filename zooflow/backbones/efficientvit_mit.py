"""EfficientViT of MIT: convolutions, and attention whose cost grows linearly with the pixels.

Paper: Cai et al., EfficientViT: Multi-Scale Linear Attention, 2022. arXiv:2205.14756
Names: timm's; the arguments are timm's too, with `large` for its class EfficientVitLarge.
"""

from dataclasses import dataclass

from keras import KerasTensor
from keras.layers import Concatenate, Identity

from .parts import activation, add, average, batch_norm, conv, dense, layer_norm
from .parts.linear_attention import ReluAttention
from .variants.efficientvit_mit import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.classifier.4"  # the checkpoint's own name for the classifier
SKIP = r"head\.classifier\.4\..+|.+\.num_batches_tracked"  # the tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What all convolutions of a network have in common."""

    act: str
    epsilon: float


def efficientvit_mit(
    x: KerasTensor,
    widths: tuple[int, ...],
    depths: tuple[int, ...],
    *,
    head_dim: int = 32,
    head_widths: tuple[int, int],
    expand_ratio: float = 4,
    large: bool = False,
    act_layer: str = "hard_swish",
    norm_eps: float = 1e-5,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an EfficientViT without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        widths: channels of the stem and of each stage.
        depths: blocks of the stem and of each stage.
        head_dim: channels of an attention head.
        head_widths: channels before and after the pooling.
        expand_ratio: times the channels of a block are those within, unless it is large.
        large: full convolutions in the first stages, and attention in the last stage only.
        act_layer: activation.
        norm_eps: of the normalisations.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and one vector of them,
        (batch, head_widths[1]).
    """
    style = Style(act_layer, norm_eps)
    x = conv_norm(x, widths[0], 3, 2, style=style, act=True, name="stem-in_conv")
    for i in range(depths[0]):
        y, here = x, f"stem-res{i}-main"
        if large:
            y = conv_norm(y, widths[0], 3, style=style, act=True, name=f"{here}-conv1")
            y = conv_norm(y, widths[0], 3, style=style, name=f"{here}-conv2")
        else:
            settings = {"groups": widths[0], "style": style, "act": True}
            y = conv_norm(y, widths[0], 3, **settings, name=f"{here}-depth_conv")
            y = conv_norm(y, widths[0], 1, style=style, name=f"{here}-point_conv")
        x = add(x, y, name=f"stem-res{i}")
    x = Identity(name="stem")(x)
    for i, (width, depth) in enumerate(zip(widths[1:], depths[1:], strict=True)):
        attends = i >= (3 if large else 2)
        few = attends or (large and i >= 2)
        block = edge if large and not few else inverted
        first, rest = (24 if attends else 16, 6 if attends else 4) if large else [expand_ratio] * 2
        x = block(x, width, first, 2, style, few=few, name=f"stages-{i}-blocks-0-main")
        x = Identity(name=f"stages-{i}-blocks-0")(x)
        for j in range(1, depth + 1 if attends or large else depth):
            name = f"stages-{i}-blocks-{j}"
            if attends:
                y = linear(x, head_dim, style, name=f"{name}-context_module-main")
                x = add(x, y, name=f"{name}-context_module")
            here = f"{name}-local_module-main" if attends else f"{name}-main"
            x = add(x, block(x, width, rest, 1, style, few=few, name=here), name=name)
    y = conv_norm(x, head_widths[0], 1, style=Style(act_layer, 1e-5), act=True, name="head-in_conv")
    y = dense(average(y, name="pool"), head_widths[1], bias=False, name="head-classifier-0")
    y = layer_norm(y, epsilon=norm_eps, name="head-classifier-1")
    return x, activation(y, act_layer, name="head-classifier-2")


def inverted(
    x: KerasTensor,
    width: int,
    ratio: float,
    stride: int,
    style: Style,
    *,
    few: bool,
    name: str,
) -> KerasTensor:
    """A 1x1 convolution that widens, a depthwise one, and a 1x1 that narrows; few normalise."""
    inner = round(x.shape[-1] * ratio)
    settings = {"style": style, "act": True, "normal": not few}
    y = conv_norm(x, inner, 1, **settings, name=f"{name}-inverted_conv")
    y = conv_norm(y, inner, 3, stride, groups=inner, **settings, name=f"{name}-depth_conv")
    return conv_norm(y, width, 1, style=style, name=f"{name}-point_conv")


def edge(
    x: KerasTensor,
    width: int,
    ratio: float,
    stride: int,
    style: Style,
    *,
    few: bool,
    name: str,
) -> KerasTensor:
    """A full convolution that widens, and a 1x1 that narrows."""
    inner, normal = round(x.shape[-1] * ratio), not few
    here = f"{name}-spatial_conv"
    y = conv_norm(x, inner, 3, stride, style=style, act=True, normal=normal, name=here)
    return conv_norm(y, width, 1, style=style, name=f"{name}-point_conv")


def linear(x: KerasTensor, head_dim: int, style: Style, *, name: str) -> KerasTensor:
    """Attend, on the pixels as they are and as 5x5 windows see them."""
    width = x.shape[-1]
    heads = width // head_dim
    total = 3 * heads * head_dim
    y = conv(x, total, 1, name=f"{name}-qkv-conv")
    z = conv(y, total, 5, groups=total, name=f"{name}-aggreg-0-0")
    z = conv(z, total, 1, groups=3 * heads, name=f"{name}-aggreg-0-1")
    y = Concatenate(name=f"{name}-scales")([y, z])
    y = ReluAttention(head_dim, name=f"{name}-mix")(y)
    return conv_norm(y, width, 1, style=style, name=f"{name}-proj")


def conv_norm(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    style: Style,
    normal: bool = True,
    act: bool = False,
    name: str,
) -> KerasTensor:
    """Convolve and normalise, or add a bias instead; activate."""
    x = conv(x, filters, kernel, stride, groups=groups, bias=not normal, name=f"{name}-conv")
    x = batch_norm(x, epsilon=style.epsilon, name=f"{name}-norm") if normal else x
    return activation(x, style.act, name=f"{name}-act") if act else x
