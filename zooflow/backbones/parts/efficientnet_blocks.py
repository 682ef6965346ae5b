"""The blocks that EfficientNet and the mobile networks are built of.

Paper: Sandler et al., MobileNetV2, 2018. arXiv:1801.04381; Qin et al., MobileNetV4, 2024.
arXiv:2404.10518
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keras import KerasTensor, layers
from keras.layers import Activation, Concatenate, Dense, Identity

from ...errors import UnknownName
from . import activation, add, antialias, average, conv, norm, pad, rounded, squeeze_excite
from .attention import Attention, Scale, Split
from .conditional import ConditionalConv2D
from .efficientnet_notation import Block, Kernel
from .evonorm import EVOLVED
from .global_context import global_context

PADDINGS = {"": "both", "same": "same"}
Widths = tuple[int, int, int]  # within, of squeeze-and-excitation, out


@dataclass(frozen=True)
class Excite:
    """How channels are weighed, under timm's words.

    Args:
        kind: "se" squeeze-and-excitation, "gc" global context.
        gate_layer: activation that makes the weights.
        force_act_layer: activation between the two layers; "" is the block's.
        round_limit: part of the channels that rounding to a multiple of 8 must keep; None rounds
            to whole channels.
        from_exp: the notation's part is of the channels within, instead of those that come in.
    """

    kind: str = "se"
    gate_layer: str = "sigmoid"
    force_act_layer: str = ""
    round_limit: float | None = None
    from_exp: bool = False

    def __post_init__(self):
        if self.kind not in ("se", "gc"):
            raise UnknownName("attention", self.kind, ["se", "gc"])

    def width(self, block: Block, inner: int) -> int:
        """Count the channels that the weights are computed from."""
        part = inner * (block.se if self.from_exp else block.se / block.expand)
        if self.kind == "gc":
            return int(part + 0.5)
        return round(part) if self.round_limit is None else rounded(part, 8, self.round_limit)


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `efficientnet`."""

    pad_type: str
    act: str
    norm: str
    epsilon: float
    aa: str
    group_size: int = 0
    excite: Excite = Excite()
    layer_scale: float | None = None
    pruned: Mapping[str, Widths] = field(default_factory=dict)

    @property
    def padding(self) -> str:
        """Say how `parts.conv` pads."""
        if self.pad_type not in PADDINGS:
            raise UnknownName("padding", self.pad_type, [*PADDINGS])
        return PADDINGS[self.pad_type]


def trunk(
    x: KerasTensor,
    plan: list[list[Block]],
    style: Style,
    scaled: Callable[[int], int],
    *,
    stem: int,
    stem_kernel: int = 3,
) -> KerasTensor:
    """Trace the stem and every block.

    Args:
        x: normalised images, (batch, height, width, 3).
        plan: the blocks of each stage.
        style: what they have in common.
        scaled: gives a block's real channels from its notation's.
        stem: channels of the stem.
        stem_kernel: side of its window.
    """
    x = conv(x, stem, stem_kernel, 2, padding=style.padding, name="conv_stem")
    x = finish(x, style, "bn1", style.act, name="stem")
    for i, stage in enumerate(plan):
        for j, block in enumerate(stage):
            name = f"blocks-{i}-{j}"
            if block.kind not in BLOCKS:
                raise UnknownName("block", block.kind, [*BLOCKS])
            inner = scaled(block.force_in) if block.force_in else x.shape[-1]
            inner = rounded((4 * inner if block.s2d == 1 else inner) * block.expand)
            out = scaled(block.channels) * (4 if block.s2d else 1)
            full = inner, style.excite.width(block, inner), out
            x = BLOCKS[block.kind](x, block, style.pruned.get(name, full), style, name=name)
    return x


def plain(x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str) -> KerasTensor:
    """One convolution."""
    y = deep(x, block, widths[2], style, ("conv", "bn1"), name=name)
    return close(x, y, block, name=name)


def separable(
    x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str
) -> KerasTensor:
    """A depthwise and a 1x1 convolution."""
    y = x
    if block.s2d == 1:
        y = conv(y, widths[0], 2, 2, padding="same", name=f"{name}-conv_s2d")
        y = finish(y, style, f"{name}-bn_s2d", style.act, name=f"{name}-act_s2d")
    y = deep(y, block, y.shape[-1], style, ("conv_dw", "bn1"), name=name)
    y = excite(y, block, widths, style, name=name)
    y = convolve(y, widths[2], block.end, style, name=f"{name}-conv_pw")
    if block.kind == "dsa":
        y = finish(y, style, f"{name}-bn2", block.act or style.act, name=f"{name}-act2")
    else:
        y = normalise(y, style, name=f"{name}-bn2")
    return close(x, y, block, name=name)


def inverted(
    x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str
) -> KerasTensor:
    """A 1x1 convolution that widens, a depthwise one, and a 1x1 that narrows."""
    shares = None
    if block.experts:
        shares = Dense(block.experts, name=f"{name}-routing_fn")(average(x, name=f"{name}-mean"))
        shares = Activation("sigmoid", name=f"{name}-shares")(shares)
    y = convolve(x, widths[0], block.start, style, shares=shares, name=f"{name}-conv_pw")
    y = finish(y, style, f"{name}-bn1", block.act or style.act, name=f"{name}-act1")
    y = deep(y, block, widths[0], style, ("conv_dw", "bn2"), shares=shares, name=name)
    y = excite(y, block, widths, style, name=name)
    y = convolve(y, widths[2], block.end, style, shares=shares, name=f"{name}-conv_pwl")
    return close(x, normalise(y, style, name=f"{name}-bn3"), block, name=name)


def edge(x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str) -> KerasTensor:
    """A full convolution that widens, and a 1x1 that narrows."""
    y = deep(x, block, widths[0], style, ("conv_exp", "bn1"), name=name)
    y = excite(y, block, widths, style, name=name)
    y = convolve(y, widths[2], block.end, style, name=f"{name}-conv_pwl")
    return close(x, normalise(y, style, name=f"{name}-bn2"), block, name=name)


def universal(
    x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str
) -> KerasTensor:
    """Two 1x1 convolutions, and depthwise ones before, between and after where there are any."""
    windows = {"dw_start": block.start, "dw_mid": block.kernel, "dw_end": block.end}
    striding = next(
        which for which in ("dw_mid", "dw_start", "dw_end", "") if windows.get(which, 1)
    )

    def depthwise(y: KerasTensor, which: str) -> KerasTensor:
        if not windows[which]:
            return y
        stride, part = block.stride if which == striding else 1, f"{name}-{which}"
        smooth = style.aa if stride > 1 and which != "dw_end" else ""
        size = block.group_size or style.group_size or 1
        groups, step = y.shape[-1] // size, 1 if smooth else stride
        y = convolve(y, y.shape[-1], windows[which], style, step, groups, name=f"{part}-conv")
        if which == "dw_mid":
            y = finish(y, style, f"{part}-bn", block.act or style.act, name=f"{part}-act")
        else:
            y = normalise(y, style, name=f"{part}-bn")
        return antialias(y, smooth, name=f"{part}-aa") if smooth else y

    y = depthwise(x, "dw_start")
    y = convolve(y, widths[0], 1, style, name=f"{name}-pw_exp-conv")
    y = finish(y, style, f"{name}-pw_exp-bn", block.act or style.act, name=f"{name}-pw_exp-act")
    y = excite(depthwise(y, "dw_mid"), block, widths, style, name=name)
    y = convolve(y, widths[2], 1, style, name=f"{name}-pw_proj-conv")
    y = depthwise(normalise(y, style, name=f"{name}-pw_proj-bn"), "dw_end")
    return close(x, scale(y, style, name=name), block, name=name)


def attention(
    x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str
) -> KerasTensor:
    """Heads with queries of their own and the same keys and values, which may stride."""
    x_norm = normalise(x, style, name=f"{name}-norm")
    parts = []
    for part, width in (("query", block.heads * block.head_width), *KEYS_AND_VALUES):
        y, here = x_norm, f"{name}-attn-{part}"
        if part != "query" and block.pace > 1:
            channels = y.shape[-1]
            y = convolve(
                y, channels, block.kernel, style, block.pace, channels, name=f"{here}-down_conv"
            )
            y = normalise(y, style, name=f"{here}-norm")
        y = conv(y, width or block.head_width, 1, name=f"{here}-proj")
        if part != "query":
            y = Concatenate(name=f"{here}-heads")([y] * block.heads)
        parts.append(layers.Reshape((-1, y.shape[-1]), name=f"{here}-flat")(y))
    y = Attention(block.heads, name=f"{name}-attn-mix")(*parts)
    y = layers.Reshape((*x.shape[1:3], y.shape[-1]), name=f"{name}-attn-map")(y)
    y = conv(y, widths[2], 1, name=f"{name}-attn-output-proj")
    return close(x, scale(y, style, name=name), block, name=name)


KEYS_AND_VALUES = (("key", 0), ("value", 0))
BLOCKS: dict[str, Callable[..., KerasTensor]] = {
    "cn": plain,
    "ds": separable,
    "dsa": separable,
    "ir": inverted,
    "er": edge,
    "uir": universal,
    "mqa": attention,
}


def deep(
    x: KerasTensor,
    block: Block,
    filters: int,
    style: Style,
    tensors: tuple[str, str],
    *,
    shares: KerasTensor | None = None,
    name: str,
) -> KerasTensor:
    """Convolve with the block's window and stride, normalise, activate, smooth."""
    size = block.group_size or style.group_size
    if block.kind not in ("cn", "er"):
        size = size or 1
    kernel, same = block.kernel, False
    if block.s2d == 1:
        kernel, same = (int(kernel) + 1) // 2, True  # type: ignore[arg-type]
    smooth = style.aa if block.stride > 1 else ""
    groups = filters // size if size else 1
    stride, here = 1 if smooth else block.stride, f"{name}-{tensors[0]}"
    y = convolve(x, filters, kernel, style, stride, groups, same=same, shares=shares, name=here)
    act = block.act or style.act
    y = finish(y, style, f"{name}-{tensors[1]}", act, name=f"{name}-{tensors[0]}-act")
    return antialias(y, smooth, name=f"{name}-aa") if smooth else y


def convolve(
    x: KerasTensor,
    filters: int,
    kernel: Kernel,
    style: Style,
    stride: int = 1,
    groups: int = 1,
    *,
    same: bool = False,
    shares: KerasTensor | None = None,
    name: str,
) -> KerasTensor:
    """Convolve plainly, or with windows mixed, or with experts blended by the image.

    Paper: Tan and Le, MixConv, 2019. arXiv:1907.09595
    """
    padding = "same" if same else style.padding
    if isinstance(kernel, int) and shares is None:
        return conv(x, filters, kernel, stride, groups=groups, padding=padding, name=name)
    if isinstance(kernel, int):
        if padding == "both":
            x = pad(x, (kernel - 1) // 2, name=f"{name}-pad")
        padding = "same" if padding == "same" else "valid"
        settings: dict[str, Any] = {"stride": stride, "padding": padding, "name": name}
        return ConditionalConv2D(filters, kernel, depthwise=groups > 1, **settings)(x, shares)
    count = len(kernel)
    ins, outs = (
        (total - (count - 1) * (total // count), *[total // count] * (count - 1))
        for total in (x.shape[-1], filters)
    )
    pieces = [
        conv(
            piece,
            outs[i],
            side,
            stride,
            groups=outs[i] if groups > 1 else 1,
            padding=padding,
            name=f"{name}-{i}",
        )
        for i, (side, piece) in enumerate(
            zip(kernel, Split(ins, name=f"{name}-split")(x), strict=True)
        )
    ]
    return Concatenate(name=name)(pieces)


def excite(x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str) -> KerasTensor:
    """Weigh channels where the block does."""
    if not block.se:
        return x
    act, name = block.act or style.act, f"{name}-se"
    if style.excite.kind == "gc":
        return global_context(x, widths[1], act, name=name)
    tensors = ("conv_reduce", "conv_expand")
    gate, act = style.excite.gate_layer, style.excite.force_act_layer or act
    return squeeze_excite(x, widths[1], act, gate=gate, tensors=tensors, name=name)


def scale(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Scale each channel where the network does."""
    if style.layer_scale is None:
        return x
    return Scale(style.layer_scale, name=f"{name}-layer_scale")(x)


def close(x: KerasTensor, y: KerasTensor, block: Block, *, name: str) -> KerasTensor:
    """Add the shortcut where there is one; end the block with a node of its name."""
    if block.skip and block.stride == 1 and x.shape[-1] == y.shape[-1]:
        return add(x, y, name=name)
    return Identity(name=name)(y)


def finish(x: KerasTensor, style: Style, norm_name: str, act: str, *, name: str) -> KerasTensor:
    """Normalise and activate."""
    if style.norm in EVOLVED:
        return Identity(name=name)(EVOLVED[style.norm](name=norm_name)(x))
    return activation(normalise(x, style, name=norm_name), act, name=name)


def normalise(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Normalise without an activation."""
    if style.norm in EVOLVED:
        return EVOLVED[style.norm](activates=False, name=name)(x)
    return norm(x, style.norm, epsilon=style.epsilon, name=name)
