"""RegNet, networks whose widths and depths follow from a line: X, Y, Z and V.

Paper: Radosavovic et al., Designing Network Design Spaces, 2020. arXiv:2003.13678
Names: timm's; the arguments are timm's too.
"""

import math
from collections import Counter
from dataclasses import dataclass

from keras import KerasTensor
from keras.layers import AveragePooling2D, Identity

from ..errors import UnknownName
from .parts import activation, add, average, conv, rounded, squeeze_excite
from .parts.norm_act import conv_norm_act, norm_act
from .variants.regnet import VARIANTS as VARIANTS

BLOCK = r"stem|s\d+-b\d+|final_conv"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `regnet`."""

    bottle_ratio: float
    se_ratio: float
    downsample: str
    linear_out: bool
    preact: bool
    act: str
    norm: str


def regnet(
    x: KerasTensor,
    depth: int,
    w0: int,
    wa: float,
    wm: float,
    group_size: int,
    *,
    bottle_ratio: float = 1.0,
    se_ratio: float = 0.0,
    group_min_ratio: float = 0.0,
    stem_width: int = 32,
    downsample: str | None = "conv1x1",
    linear_out: bool = False,
    preact: bool = False,
    num_features: int = 0,
    act_layer: str = "relu",
    norm_layer: str = "batchnorm",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a RegNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        depth: blocks in all.
        w0: channels of the first block.
        wa: channels that each block adds, before widths are made equal within a stage.
        wm: each stage's channels over the last one's, about.
        group_size: channels in a group of the 3x3 convolutions.
        bottle_ratio: channels within a block over those that come out.
        se_ratio: those of squeeze-and-excitation over those that come in; 0 leaves it out.
        group_min_ratio: part of the channels that rounding to groups must keep; 0 rounds to the
            nearest.
        stem_width: channels of the stem.
        downsample: how a shortcut changes its shape: "conv1x1", "avg" pools first, "" or None
            leaves the shortcut out there.
        linear_out: end blocks without an activation.
        preact: normalise and activate before each convolution instead of after.
        num_features: channels of a last convolution; 0 leaves it out.
        act_layer: activation.
        norm_layer: normalisation, as `norm_act.norm_act` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their average over the image,
        (batch, channels).
    """
    if downsample not in ("conv1x1", "avg", "", None):
        raise UnknownName("downsample", downsample, ["conv1x1", "avg", ""])
    style = Style(
        bottle_ratio, se_ratio, downsample or "", linear_out, preact, act_layer, norm_layer
    )
    if preact:
        x = conv(x, stem_width, 3, 2, name="stem")
    else:
        x = finished(x, stem_width, 3, 2, style=style, name="stem")
    block = preactivated if preact else bottleneck
    for stage, (width, count) in enumerate(stages(depth, w0, wa, wm), 1):
        group = min(group_size, int(width * bottle_ratio))
        inner = int(width * bottle_ratio)
        if group_min_ratio:
            inner = rounded(inner, group, group_min_ratio)
        else:
            inner = round(inner / group) * group
        for i in range(1, count + 1):
            stride = 2 if i == 1 else 1
            x = block(x, int(inner / bottle_ratio), group, stride, style, name=f"s{stage}-b{i}")
    if num_features:
        x = finished(x, num_features, 1, style=style, name="final_conv")
    elif linear_out or preact:
        x = activation(x, act_layer, name="final_conv")
    return x, average(x, name="pool")


def stages(depth: int, w0: int, wa: float, wm: float) -> list[tuple[int, int]]:
    """Give the channels and blocks of each stage: a line, stepped in powers of wm.

    Args:
        depth: blocks in all.
        w0: channels where the line begins.
        wa: its slope, channels a block.
        wm: ratio of two steps.
    """
    powers = (round(math.log((w0 + wa * i) / w0) / math.log(wm)) for i in range(depth))
    return sorted(Counter(round(w0 * wm**power / 8) * 8 for power in powers).items())


def bottleneck(
    x: KerasTensor, width: int, group: int, stride: int, style: Style, *, name: str
) -> KerasTensor:
    """A 1x1, a 3x3 in groups and a 1x1 convolution, each normalised after."""
    inner = round(width * style.bottle_ratio)
    y = finished(x, inner, 1, style=style, name=f"{name}-conv1")
    y = finished(y, inner, 3, stride, groups=inner // group, style=style, name=f"{name}-conv2")
    y = excite(y, x, style, name=f"{name}-se")
    y = finished(y, width, 1, act=False, style=style, name=f"{name}-conv3")
    end = name if style.linear_out else f"{name}-sum"
    y = join(x, y, stride, style, name=name, end=end)
    return y if style.linear_out else activation(y, style.act, name=name)


def preactivated(
    x: KerasTensor, width: int, group: int, stride: int, style: Style, *, name: str
) -> KerasTensor:
    """The same three convolutions, each normalised before."""

    def ready(y: KerasTensor, which: int) -> KerasTensor:
        names = {"name": f"{name}-norm{which}", "act_name": f"{name}-act{which}"}
        return norm_act(y, style.norm, style.act, **names)

    inner = round(width * style.bottle_ratio)
    x = ready(x, 1)
    y = ready(conv(x, inner, 1, name=f"{name}-conv1"), 2)
    y = conv(y, inner, 3, stride, groups=inner // group, name=f"{name}-conv2")
    y = ready(excite(y, x, style, name=f"{name}-se"), 3)
    y = conv(y, width, 1, name=f"{name}-conv3")
    return join(x, y, stride, style, name=name, end=name)


def excite(y: KerasTensor, x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Weigh channels, by a part of those that come into the block."""
    if not style.se_ratio:
        return y
    return squeeze_excite(y, round(x.shape[-1] * style.se_ratio), style.act, name=name)


def join(
    x: KerasTensor, y: KerasTensor, stride: int, style: Style, *, name: str, end: str
) -> KerasTensor:
    """Add the shortcut, projected where the shape has changed, if it is then."""
    if stride > 1 or x.shape[-1] != y.shape[-1]:
        if not style.downsample:
            return Identity(name=end)(y)
        down = f"{name}-downsample"
        if style.downsample == "avg":
            if stride > 1:
                x = AveragePooling2D(stride, padding="same", name=f"{down}-0")(x)
            stride, down = 1, f"{down}-1"
        if style.preact:
            x = conv(x, y.shape[-1], 1, stride, name=down)
        else:
            x = finished(x, y.shape[-1], 1, stride, act=False, style=style, name=down)
    return add(x, y, name=end)


def finished(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    act: bool = True,
    style: Style,
    name: str,
) -> KerasTensor:
    """Convolve, normalise and activate."""
    kinds = {"norm_layer": style.norm, "act_layer": style.act if act else ""}
    return conv_norm_act(x, filters, kernel, stride, groups=groups, **kinds, name=name)
