"""EfficientNet, B, Lite, Edge and V2, and the mobile networks that are built of its blocks.

Paper: Tan and Le, EfficientNet, 2019. arXiv:1905.11946; EfficientNetV2, 2021. arXiv:2104.00298
Names: timm's; the arguments are timm's too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keras import KerasTensor
from keras.layers import Identity

from ..errors import UnknownName
from ..spelling import Spelling
from .efficientnet_blocks import Block, stages
from .parts import activation, add, antialias, average, conv, norm, rounded, squeeze_excite
from .variants.efficientnet import VARIANTS as VARIANTS

BLOCK = r"stem|blocks-\d+-\d+|top"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = r"classifier\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `efficientnet`."""

    padding: str
    act: str
    norm: str
    epsilon: float
    aa: str
    group_size: int
    pruned: Mapping[str, tuple[int, int, int]]


def efficientnet(
    x: KerasTensor,
    arch: tuple[tuple[str, ...], ...],
    *,
    channel_multiplier: float = 1.0,
    channel_divisor: int = 8,
    round_limit: float = 0.9,
    depth_multiplier: float | tuple[float, ...] = 1.0,
    depth_trunc: str = "ceil",
    fix_first_last: bool = False,
    stem_size: int = 32,
    stem_kernel_size: int = 3,
    fix_stem: bool = False,
    num_features: int = 1280,
    pad_type: str = "",
    act_layer: str = "relu",
    norm_layer: str = "batchnorm",
    bn_eps: float = 1e-5,
    aa_layer: str = "",
    group_size: int = 0,
    pruned: Mapping[str, tuple[int, int, int]] | None = None,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an EfficientNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        arch: notations of the blocks of each stage, as `efficientnet_blocks.decode` reads them.
        channel_multiplier: scales the channels of every block.
        channel_divisor: that scaled channels are a multiple of.
        round_limit: part of the scaled channels that rounding must keep.
        depth_multiplier: scales the blocks of every stage, or of each.
        depth_trunc: "ceil" or "round" to whole blocks.
        fix_first_last: leave the depth of the first and the last stage.
        stem_size: channels of the stem.
        stem_kernel_size: side of its window.
        fix_stem: leave its channels.
        num_features: channels that come out; 0 leaves the last convolution out.
        pad_type: "" pads both sides alike, "same" as TensorFlow does.
        act_layer: activation.
        norm_layer: normalisation, as `parts.norm` knows it.
        bn_eps: its epsilon.
        aa_layer: how a stride is smoothed, as `parts.antialias` knows it; "" not at all.
        group_size: channels in a group of the depthwise convolutions; 0 is 1.
        pruned: channels within, of squeeze-and-excitation and out of each block, by name.

    Returns:
        Features, (batch, height / 32, width / 32, num_features), and their average over the
        image, (batch, num_features).
    """
    if pad_type not in PADDINGS:
        raise UnknownName("padding", pad_type, [*PADDINGS])
    style = Style(
        PADDINGS[pad_type], act_layer, norm_layer, bn_eps, aa_layer, group_size, pruned or {}
    )

    def scaled(channels: int) -> int:
        return rounded(channels * channel_multiplier, channel_divisor, round_limit)

    filters = stem_size if fix_stem else scaled(stem_size)
    x = conv(x, filters, stem_kernel_size, 2, padding=style.padding, name="conv_stem")
    x = finish(x, style, "bn1", act_layer, name="stem")
    plan = stages(arch, depth_multiplier, depth_trunc=depth_trunc, fix_first_last=fix_first_last)
    for i, stage in enumerate(plan):
        for j, block in enumerate(stage):
            name = f"blocks-{i}-{j}"
            inner = scaled(block.force_in) if block.force_in else x.shape[-1]
            inner = rounded((4 * inner if block.s2d == 1 else inner) * block.expand)
            full = inner, round(inner * block.se), scaled(block.channels) * (4 if block.s2d else 1)
            x = BLOCKS[block.kind](x, block, style.pruned.get(name, full), style, name=name)
    if num_features:
        x = conv(x, num_features, 1, name="conv_head")
        x = finish(x, style, "bn2", act_layer, name="top")
    return x, average(x, name="pool")


PADDINGS = {"": "both", "same": "same"}
Widths = tuple[int, int, int]  # within, of squeeze-and-excitation, out


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
    y = conv(y, widths[2], 1, name=f"{name}-conv_pw")
    y = norm(y, style.norm, epsilon=style.epsilon, name=f"{name}-bn2")
    if block.kind == "dsa":
        y = activation(y, block.act or style.act, name=f"{name}-act2")
    return close(x, y, block, name=name)


def inverted(
    x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str
) -> KerasTensor:
    """A 1x1 convolution that widens, a depthwise one, and a 1x1 that narrows."""
    y = conv(x, widths[0], 1, name=f"{name}-conv_pw")
    y = finish(y, style, f"{name}-bn1", block.act or style.act, name=f"{name}-act1")
    y = deep(y, block, widths[0], style, ("conv_dw", "bn2"), name=name)
    y = excite(y, block, widths, style, name=name)
    y = conv(y, widths[2], 1, name=f"{name}-conv_pwl")
    y = norm(y, style.norm, epsilon=style.epsilon, name=f"{name}-bn3")
    return close(x, y, block, name=name)


def edge(x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str) -> KerasTensor:
    """A full convolution that widens, and a 1x1 that narrows."""
    y = deep(x, block, widths[0], style, ("conv_exp", "bn1"), name=name)
    y = excite(y, block, widths, style, name=name)
    y = conv(y, widths[2], 1, name=f"{name}-conv_pwl")
    y = norm(y, style.norm, epsilon=style.epsilon, name=f"{name}-bn2")
    return close(x, y, block, name=name)


BLOCKS: dict[str, Callable[..., KerasTensor]] = {
    "cn": plain,
    "ds": separable,
    "dsa": separable,
    "ir": inverted,
    "er": edge,
}


def deep(
    x: KerasTensor,
    block: Block,
    filters: int,
    style: Style,
    tensors: tuple[str, str],
    *,
    name: str,
) -> KerasTensor:
    """Convolve with the block's window and stride, normalise, activate, smooth."""
    size = block.group_size or style.group_size
    if block.kind not in ("cn", "er"):
        size = size or 1
    kernel, padding = block.kernel, style.padding
    if block.s2d == 1:
        kernel, padding = (kernel + 1) // 2, "same"
    smooth = style.aa if block.stride > 1 else ""
    y = conv(
        x,
        filters,
        kernel,
        1 if smooth else block.stride,
        groups=filters // size if size else 1,
        padding=padding,
        name=f"{name}-{tensors[0]}",
    )
    act = block.act or style.act
    y = finish(y, style, f"{name}-{tensors[1]}", act, name=f"{name}-{tensors[0]}-act")
    return antialias(y, smooth, name=f"{name}-aa") if smooth else y


def excite(x: KerasTensor, block: Block, widths: Widths, style: Style, *, name: str) -> KerasTensor:
    """Weigh channels where the block does."""
    if not block.se:
        return x
    tensors = ("conv_reduce", "conv_expand")
    act = block.act or style.act
    return squeeze_excite(x, widths[1], act, tensors=tensors, name=f"{name}-se")


def close(x: KerasTensor, y: KerasTensor, block: Block, *, name: str) -> KerasTensor:
    """Add the shortcut where there is one; end the block with a node of its name."""
    if block.skip and block.stride == 1 and x.shape[-1] == y.shape[-1]:
        return add(x, y, name=name)
    return Identity(name=name)(y)


def finish(x: KerasTensor, style: Style, norm_name: str, act: str, *, name: str) -> KerasTensor:
    """Normalise and activate."""
    return activation(norm(x, style.norm, epsilon=style.epsilon, name=norm_name), act, name=name)


LUKEMELAS = {  # how a block's layers are called there, and in timm's two kinds of block
    "_expand_conv": ("conv_pw", ""),
    "_bn0": ("bn1", ""),
    "_depthwise_conv": ("conv_dw", "conv_dw"),
    "_bn1": ("bn2", "bn1"),
    "_se_reduce": ("se.conv_reduce", "se.conv_reduce"),
    "_se_expand": ("se.conv_expand", "se.conv_expand"),
    "_project_conv": ("conv_pwl", "conv_pw"),
    "_bn2": ("bn3", "bn2"),
}


def lukemelas(numbers: Mapping[str, Any]) -> Spelling:
    """Spell tensors as EfficientNet-PyTorch does.

    Its blocks are numbered through, and a block that does not widen counts its norms from 1.

    Args:
        numbers: of a variant.
    """
    scale = {key: numbers[key] for key in ("depth_trunc", "fix_first_last") if key in numbers}
    plan = stages(numbers["arch"], numbers.get("depth_multiplier", 1.0), **scale)
    places = [(f"blocks.{i}.{j}", b.kind) for i, s in enumerate(plan) for j, b in enumerate(s)]
    return Spelling(
        names=(
            *(
                (f"_blocks.{n}.{theirs}", f"{place}.{ours}")
                for n, (place, kind) in enumerate(places)
                for theirs, (inverted, separable) in LUKEMELAS.items()
                if (ours := inverted if kind == "ir" else separable)
            ),
            ("^_bn1", "^bn2"),
            ("^_bn0", "^bn1"),
            ("_conv_stem", "conv_stem"),
            ("_conv_head", "conv_head"),
            ("_fc", "classifier"),
        )
    )


SPELLINGS = {"lukemelas": lukemelas}
