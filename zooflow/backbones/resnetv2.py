"""ResNet V2, which normalises before it convolves; BiT, with standardised kernels.

Paper: He et al., Identity Mappings in Deep Residual Networks, 2016. arXiv:1603.05027; Kolesnikov
et al., Big Transfer (BiT), 2019. arXiv:1912.11370
Names: timm's; the arguments are timm's too, with words for its layers.
"""

from dataclasses import dataclass

from keras import KerasTensor
from keras.layers import AveragePooling2D, MaxPooling2D

from ..errors import UnknownName
from .parts import activation, add, average, conv, pad, rounded
from .parts.max_pool import MaxPool
from .parts.norm_act import norm_act
from .parts.std_conv import std_conv
from .variants.resnetv2 import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+|top"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes
STEMS = ("", "fixed", "same", "deep", "deep_fixed", "deep_same", "tiered")


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `resnetv2`."""

    bottle_ratio: float
    avg_down: bool
    preact: bool
    act: str
    norm: str
    conv: str
    epsilon: float


def resnetv2(
    x: KerasTensor,
    layers: tuple[int, ...],
    channels: tuple[int, ...] = (256, 512, 1024, 2048),
    *,
    width_factor: int = 1,
    stem_chs: int = 64,
    stem_type: str = "",
    avg_down: bool = False,
    preact: bool = True,
    basic: bool = False,
    bottle_ratio: float = 0.25,
    act_layer: str = "relu",
    norm_layer: str = "groupnorm",
    conv_layer: str = "std_conv",
    conv_eps: float = 1e-6,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a ResNet V2 without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        layers: blocks in each stage; each stage after the first halves height and width.
        channels: of each stage.
        width_factor: multiplies all channels.
        stem_chs: channels of the stem.
        stem_type: "" is one 7x7 convolution, "deep" three of 3x3, "tiered" begins narrower;
            "fixed" pads the pooling with zeros, "same" as TensorFlow does.
        avg_down: average in the shortcut before projecting, instead of striding.
        preact: normalise and activate before each convolution instead of after.
        basic: two 3x3 convolutions in a block instead of a 1x1, a 3x3 and a 1x1.
        bottle_ratio: channels within a block over those that come out.
        act_layer: activation.
        norm_layer: normalisation, as `norm_act.norm_act` knows it.
        conv_layer: "std_conv" standardises kernels, "std_conv_same" pads as TensorFlow does
            besides, "conv" does neither.
        conv_eps: added to the variance of a kernel.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their average over the image,
        (batch, channels).
    """
    for what, word, known in (("stem", stem_type, STEMS), ("convolution", conv_layer, CONVS)):
        if word not in known:
            raise UnknownName(what, word, list(known))
    style = Style(bottle_ratio, avg_down, preact, act_layer, norm_layer, conv_layer, conv_eps)
    block = (basic_block if basic else bottleneck) if preact else postactivated
    x = stem(x, rounded(stem_chs * width_factor), stem_type, style)
    for stage, (width, depth) in enumerate(zip(channels, layers, strict=True)):
        for i in range(depth):
            stride = 2 if stage > 0 and i == 0 else 1
            name, filters = f"stages-{stage}-blocks-{i}", rounded(width * width_factor)
            moved = i == 0 and (not basic or stride > 1 or x.shape[-1] != filters)
            x = block(x, filters, stride, moved, style, name=name)
    x = ready(x, style, name="norm", act_name="top") if preact else x
    return x, average(x, name="pool")


CONVS = ("std_conv", "std_conv_same", "conv")


def stem(x: KerasTensor, width: int, kind: str, style: Style) -> KerasTensor:
    """Convolve and pool to a quarter of the height and width."""
    if "deep" in kind or "tiered" in kind:
        first = 3 * width // 8 if "tiered" in kind else width // 2
        for i, (filters, stride) in enumerate(((first, 2), (width // 2, 1)), 1):
            x = convolve(x, filters, 3, stride, style=style, name=f"stem-conv{i}")
            x = ready(x, style, name=f"stem-norm{i}", act_name=f"stem-act{i}")
        x, last = convolve(x, width, 3, style=style, name="stem-conv3"), "stem-norm3"
    else:
        x, last = convolve(x, width, 7, 2, style=style, name="stem-conv"), "stem-norm"
    x = x if style.preact else ready(x, style, name=last, act_name=f"{last}-act")
    if "fixed" in kind:
        x = pad(x, 1, name="stem-pad")
        return MaxPooling2D(3, 2, name="stem")(x)
    if "same" in kind:
        return MaxPooling2D(3, 2, padding="same", name="stem")(x)
    return MaxPool(name="stem")(x)


def basic_block(
    x: KerasTensor, width: int, stride: int, moved: bool, style: Style, *, name: str
) -> KerasTensor:
    """Two 3x3 convolutions, each normalised before."""
    y = ready(x, style, name=f"{name}-norm1", act_name=f"{name}-act1")
    if moved:
        x = shortcut(y, width, stride, style, name=f"{name}-downsample")
    inner = rounded(width * style.bottle_ratio)
    y = convolve(y, inner, 3, stride, style=style, name=f"{name}-conv1")
    y = ready(y, style, name=f"{name}-norm2", act_name=f"{name}-act2")
    y = convolve(y, width, 3, style=style, name=f"{name}-conv2")
    return add(x, y, name=name)


def bottleneck(
    x: KerasTensor, width: int, stride: int, moved: bool, style: Style, *, name: str
) -> KerasTensor:
    """A 1x1, a 3x3 that strides, and a 1x1 convolution, each normalised before."""
    y = ready(x, style, name=f"{name}-norm1", act_name=f"{name}-act1")
    if moved:
        x = shortcut(y, width, stride, style, name=f"{name}-downsample")
    inner = rounded(width * style.bottle_ratio)
    y = convolve(y, inner, 1, style=style, name=f"{name}-conv1")
    y = ready(y, style, name=f"{name}-norm2", act_name=f"{name}-act2")
    y = convolve(y, inner, 3, stride, style=style, name=f"{name}-conv2")
    y = ready(y, style, name=f"{name}-norm3", act_name=f"{name}-act3")
    y = convolve(y, width, 1, style=style, name=f"{name}-conv3")
    return add(x, y, name=name)


def postactivated(
    x: KerasTensor, width: int, stride: int, moved: bool, style: Style, *, name: str
) -> KerasTensor:
    """The same three convolutions, each normalised after."""
    inner = rounded(width * style.bottle_ratio)
    y = convolve(x, inner, 1, style=style, name=f"{name}-conv1")
    y = ready(y, style, name=f"{name}-norm1", act_name=f"{name}-act1")
    y = convolve(y, inner, 3, stride, style=style, name=f"{name}-conv2")
    y = ready(y, style, name=f"{name}-norm2", act_name=f"{name}-act2")
    y = convolve(y, width, 1, style=style, name=f"{name}-conv3")
    y = norm_act(y, style.norm, "", name=f"{name}-norm3", act_name="")
    if moved:
        down = f"{name}-downsample"
        x = shortcut(x, width, stride, style, name=down)
        x = norm_act(x, style.norm, "", name=f"{down}-norm", act_name="")
    return activation(add(x, y, name=f"{name}-sum"), style.act, name=name)


def shortcut(x: KerasTensor, width: int, stride: int, style: Style, *, name: str) -> KerasTensor:
    """Project to another shape."""
    if style.avg_down and stride > 1:
        x, stride = AveragePooling2D(2, padding="same", name=f"{name}-pool")(x), 1
    return convolve(x, width, 1, stride, style=style, name=f"{name}-conv")


def convolve(
    x: KerasTensor, filters: int, kernel: int, stride: int = 1, *, style: Style, name: str
) -> KerasTensor:
    """Convolve as the network does."""
    if style.conv.startswith("std_conv"):
        padding = "same" if style.conv.endswith("same") else "both"
        epsilon = style.epsilon
        return std_conv(x, filters, kernel, stride, epsilon=epsilon, padding=padding, name=name)
    return conv(x, filters, kernel, stride, name=name)


def ready(x: KerasTensor, style: Style, *, name: str, act_name: str) -> KerasTensor:
    """Normalise and activate."""
    return norm_act(x, style.norm, style.act, name=name, act_name=act_name)
