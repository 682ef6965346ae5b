"""The blocks that a stage of a ByobNet chooses from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keras import KerasTensor
from keras.layers import Add, AveragePooling2D, Identity

from ..errors import UnknownName
from .parts import activation, add, rounded
from .parts.channel_attention import attend
from .parts.norm_act import conv_norm_act, norm_act


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `byobnet.byobnet`."""

    downsample: str
    act: str
    norm: str
    aa: str = ""


@dataclass(frozen=True)
class Options:
    """Further settings of a block.

    Args:
        kernel_size: side of the larger window.
        num_conv_branches: of "one".
        extra_conv: convolve twice within "bottle".
        bottle_in: count its inner channels by those that come in, not by those that come out.
        linear_out: end without an activation.
        attn_last: weigh channels after the last convolution, not before; None is as the type does.
    """

    kernel_size: int = 3
    num_conv_branches: int = 1
    extra_conv: bool = False
    bottle_in: bool = False
    linear_out: bool = False
    attn_last: bool | None = None


@dataclass(frozen=True)
class Block:
    """A block, or as many of it as follow each other.

    Args:
        type: of the block, one of `BRANCHED` or a key of `CHAINS`.
        d: how many.
        c: channels that come out.
        s: stride of the first block of a stage.
        gs: channels in a group of the grouped convolutions; 0 or None is one group.
        br: channels within over those that come out.
        attn_layer: how channels are weighed; "" not at all; None as in the rest of the network.
        attn_kwargs: its settings.
        block_kwargs: fields of `Options`.
    """

    type: str
    d: int
    c: float
    s: int = 2
    gs: int | None = None
    br: float = 1.0
    attn_layer: str | None = None
    attn_kwargs: Mapping[str, Any] | None = None
    block_kwargs: Mapping[str, Any] | None = None


BRANCHED = ("rep", "one")
Chain = tuple[tuple[str, bool, bool], ...]  # convolutions: name, whether it strides, is grouped
CHAINS: dict[str, Chain] = {
    "basic": (("conv1_kxk", True, False), ("conv2_kxk", False, True)),
    "bottle": (
        ("conv1_1x1", False, False),
        ("conv2_kxk", True, True),
        ("conv2b_kxk", False, True),
        ("conv3_1x1", False, False),
    ),
    "dark": (("conv1_1x1", False, False), ("conv2_kxk", True, True)),
    "edge": (("conv1_kxk", True, True), ("conv2_1x1", False, False)),
}


def expanded(stage: tuple[Mapping[str, Any], ...], common: Mapping[str, Any]) -> Iterator[Block]:
    """List the blocks of a stage one by one, with the network's settings where they have none."""
    for settings in stage:
        own = {key: value for key, value in settings.items() if value is not None}
        block = Block(**{**common, **own})
        yield from [replace(block, d=1)] * block.d


def trace(
    x: KerasTensor, block: Block, width: int, stride: int, style: Style, *, name: str
) -> KerasTensor:
    """Trace a block of any type.

    Args:
        x: (batch, height, width, channels).
        block: its settings.
        width: channels that come out.
        stride: step of its window.
        style: of the network.
        name: of its last node.
    """
    if block.type in BRANCHED:
        return branched(x, block, width, stride, style, name=name)
    if block.type not in CHAINS:
        raise UnknownName("block", block.type, [*BRANCHED, *CHAINS])
    return residual(x, block, width, stride, style, name=name)


def residual(
    x: KerasTensor, block: Block, width: int, stride: int, style: Style, *, name: str
) -> KerasTensor:
    """Convolutions in a chain, beside a shortcut."""
    options = Options(**(block.block_kwargs or {}))
    inner = rounded((x.shape[-1] if options.bottle_in else width) * block.br)
    groups = inner // block.gs if block.gs else 1
    late = block.type in ("basic", "dark") if options.attn_last is None else options.attn_last
    chain = [part for part in CHAINS[block.type] if options.extra_conv or part[0] != "conv2b_kxk"]
    y = x
    for i, (part, strides, grouped) in enumerate(chain, 1):
        last = i == len(chain)
        if last and not late:
            y = attend(y, block.attn_layer, block.attn_kwargs, name=f"{name}-attn")
        y = conv_norm_act(
            y,
            width if last else inner,
            options.kernel_size if part.endswith("kxk") else 1,
            stride if strides else 1,
            groups=groups if grouped else 1,
            act_layer="" if last else style.act,
            norm_layer=style.norm,
            aa_layer=style.aa,
            name=f"{name}-{part}",
        )
    if late:
        y = attend(y, block.attn_layer, block.attn_kwargs, name=f"{name}-attn_last")
    end = name if options.linear_out else f"{name}-sum"
    y = join(x, y, stride, style, name=f"{name}-shortcut", end=end)
    return y if options.linear_out else activation(y, style.act, name=name)


def join(
    x: KerasTensor, y: KerasTensor, stride: int, style: Style, *, name: str, end: str
) -> KerasTensor:
    """Add the shortcut, projected where the shape has changed, if it is then."""
    if stride > 1 or x.shape[-1] != y.shape[-1]:
        if not style.downsample:
            return Identity(name=end)(y)
        if style.downsample == "avg":
            if stride > 1:
                x = AveragePooling2D(2, padding="same", name=f"{name}-pool")(x)
            name, stride = f"{name}-conv", 1
        elif style.downsample != "conv1x1":
            raise UnknownName("downsample", style.downsample, ["conv1x1", "avg", ""])
        x = conv_norm_act(
            x,
            y.shape[-1],
            1,
            stride,
            norm_layer=style.norm,
            act_layer="",
            aa_layer=style.aa,
            name=name,
        )
    return add(x, y, name=end)


def branched(
    x: KerasTensor, block: Block, width: int, stride: int, style: Style, *, name: str
) -> KerasTensor:
    """Convolutions side by side, which become one when training is over."""
    options = Options(**(block.block_kwargs or {}))
    kernel, channels = options.kernel_size, x.shape[-1]
    if block.type == "rep":
        parts = [("conv_1x1", 1), ("conv_kxk", kernel)]
    else:
        parts = [("conv_scale", 1)] if kernel > 1 else []
        parts += [(f"conv_kxk-{i}", kernel) for i in range(options.num_conv_branches)]
    groups = channels // block.gs if block.gs else 1
    branches = [
        conv_norm_act(
            x,
            width,
            side,
            stride,
            groups=groups,
            norm_layer=style.norm,
            act_layer="",
            aa_layer=style.aa,
            name=f"{name}-{part}",
        )
        for part, side in parts
    ]
    if width == channels and stride == 1:
        branches.append(norm_act(x, style.norm, "", name=f"{name}-identity", act_name=""))
    y = Add(name=f"{name}-sum")(branches) if len(branches) > 1 else branches[0]
    y = attend(y, block.attn_layer, block.attn_kwargs, name=f"{name}-attn")
    return activation(y, style.act, name=name)
