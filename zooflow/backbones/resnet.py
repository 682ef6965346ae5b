"""ResNet, the residual network for images, and its kin: ResNeXt, SE, ECA, RS, wide, blurred.

Paper: He et al., Deep Residual Learning for Image Recognition, 2015. arXiv:1512.03385
Names: torchvision's, which timm keeps; the arguments are timm's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras import KerasTensor
from keras.layers import AveragePooling2D, MaxPooling2D

from ..errors import UnknownName
from .parts import (
    add,
    antialias,
    average,
    conv,
    norm,
    pad,
    relu,
    rounded,
    squeeze_excite,
)
from .parts.channel_attention import efficient_attention
from .variants.resnet import VARIANTS as VARIANTS

BLOCK = r"stem|layer\d+-\d+"  # the steps in which a phase freezes
HEAD = "fc"  # the checkpoint's own name for the classifier
SKIP = r"fc\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `resnet`."""

    cardinality: int
    base_width: int
    reduce_first: int
    down_kernel_size: int
    avg_down: bool
    norm: str
    aa: str
    attn_layer: str = ""
    rd_ratio: float = 1 / 16
    pruned: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)


def resnet(
    x: KerasTensor,
    block: str | tuple[str, ...],
    layers: tuple[int, ...],
    *,
    channels: tuple[int, ...] = (64, 128, 256, 512),
    cardinality: int = 1,
    base_width: int = 64,
    stem_width: int = 64,
    stem_type: str = "",
    replace_stem_pool: bool = False,
    block_reduce_first: int = 1,
    down_kernel_size: int = 1,
    avg_down: bool = False,
    norm_layer: str = "batchnorm",
    aa_layer: str = "",
    block_args: Mapping[str, Any] | None = None,
    pruned: Mapping[str, tuple[int, int, int]] | None = None,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a ResNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        block: "basic" or "bottleneck", for all stages or for each.
        layers: blocks in each stage; each stage after the first halves height and width.
        channels: of each stage; a bottleneck puts out four times as many.
        cardinality: groups of a bottleneck's middle convolution.
        base_width: channels of a group where the stage has 64.
        stem_width: channels of a deep stem's first convolutions.
        stem_type: "" is one 7x7 convolution; "deep" three of 3x3; "deep_tiered" begins narrower.
        replace_stem_pool: convolve with a stride instead of the maximum pooling.
        block_reduce_first: divides the channels of a block's first convolution.
        down_kernel_size: of the shortcut's projection where it strides.
        avg_down: average in the shortcut before projecting, instead of striding.
        norm_layer: normalisation, as `parts.norm` knows it.
        aa_layer: how a stride is smoothed, as `parts.antialias` knows it; "" not at all.
        block_args: "attn_layer", "se" or "eca", and "rd_ratio", the narrowing of the former.
        pruned: channels of the three convolutions of each block, by name, where they differ.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their average over the image,
        (batch, channels).
    """
    style = Style(
        cardinality,
        base_width,
        block_reduce_first,
        down_kernel_size,
        avg_down,
        norm_layer,
        aa_layer,
        pruned=pruned or {},
        **(block_args or {}),
    )
    x = stem(x, stem_type, stem_width, replace_stem_pool, style)
    kinds = [block] * len(layers) if isinstance(block, str) else block
    for stage, (kind, width, depth) in enumerate(zip(kinds, channels, layers, strict=True)):
        if kind not in BLOCKS:
            raise UnknownName("block", kind, list(BLOCKS))
        for i in range(depth):
            stride = 2 if stage > 0 and i == 0 else 1
            x = BLOCKS[kind](x, width, stride, style, name=f"layer{stage + 1}-{i}")
    return x, average(x, name="pool")


def stem(x: KerasTensor, kind: str, width: int, replace_pool: bool, style: Style) -> KerasTensor:
    """Convolve to a quarter of the height and width."""
    if kind:
        first = width // 4 * 3 if "tiered" in kind else width
        for i, (filters, stride) in enumerate(((first, 2), (width, 1))):
            x = conv(x, filters, 3, stride, name=f"conv1-{3 * i}")
            x = finish(x, style, f"conv1-{3 * i + 1}", name=f"conv1-{3 * i + 2}")
        x = conv(x, 2 * width, 3, name="conv1-6")
    else:
        x = conv(x, 64, 7, 2, name="conv1")
    x = finish(x, style, "bn1", name="act1")
    if replace_pool:
        x = conv(x, x.shape[-1], 3, 1 if style.aa else 2, name="maxpool-0")
        x = antialias(x, style.aa, name="maxpool-1") if style.aa else x
        return finish(x, style, "maxpool-2" if style.aa else "maxpool-1", name="stem")
    if style.aa == "avg":
        return antialias(x, style.aa, name="stem")
    x = pad(x, 1, name="maxpool-pad")  # zeros do no harm after a ReLU
    x = MaxPooling2D(3, 1 if style.aa else 2, name="maxpool" if style.aa else "stem")(x)
    return antialias(x, style.aa, name="stem") if style.aa else x


def basic_block(x: KerasTensor, width: int, stride: int, style: Style, *, name: str) -> KerasTensor:
    """Two 3x3 convolutions."""
    y = strided(x, width // style.reduce_first, stride, style, "1", name=name)
    y = conv(y, width, 3, name=f"{name}-conv2")
    y = norm(y, style.norm, name=f"{name}-bn2")
    return join(x, attend(y, width, style, name=f"{name}-se"), stride, style, name=name)


def bottleneck_block(
    x: KerasTensor, width: int, stride: int, style: Style, *, name: str
) -> KerasTensor:
    """A 1x1, a 3x3 that strides, and a 1x1 convolution to four times the width."""
    inner = int(width * (style.base_width / 64)) * style.cardinality
    full = inner // style.reduce_first, inner, 4 * width
    first, inner, out = style.pruned.get(name, full)
    y = conv(x, first, 1, name=f"{name}-conv1")
    y = finish(y, style, f"{name}-bn1", name=f"{name}-act1")
    y = strided(y, inner, stride, style, "2", groups=style.cardinality, name=name)
    y = conv(y, out, 1, name=f"{name}-conv3")
    y = norm(y, style.norm, name=f"{name}-bn3")
    return join(x, attend(y, full[-1], style, name=f"{name}-se"), stride, style, name=name)


BLOCKS = {"basic": basic_block, "bottleneck": bottleneck_block}


def strided(
    x: KerasTensor,
    filters: int,
    stride: int,
    style: Style,
    which: str,
    *,
    groups: int = 1,
    name: str,
) -> KerasTensor:
    """Convolve 3x3, with a stride or smoothed; normalise and activate."""
    smooth = style.aa if stride > 1 else ""
    y = conv(x, filters, 3, 1 if smooth else stride, groups=groups, name=f"{name}-conv{which}")
    y = finish(y, style, f"{name}-bn{which}", name=f"{name}-act{which}")
    return antialias(y, smooth, name=f"{name}-aa") if smooth else y


def attend(x: KerasTensor, width: int, style: Style, *, name: str) -> KerasTensor:
    """Weigh channels, of which there are `width` unless pruned."""
    if style.attn_layer == "se":
        return squeeze_excite(x, rounded(width * style.rd_ratio, tolerance=0), name=name)
    if style.attn_layer == "eca":
        return efficient_attention(x, width, name=name)
    if style.attn_layer:
        raise UnknownName("attention", style.attn_layer, ["se", "eca"])
    return x


def join(x: KerasTensor, y: KerasTensor, stride: int, style: Style, *, name: str) -> KerasTensor:
    """Add the shortcut, projected where the shape has changed."""
    if stride > 1 or x.shape[-1] != y.shape[-1]:
        down = f"{name}-downsample"
        if style.avg_down:
            if stride > 1:
                x = AveragePooling2D(stride, padding="same", name=f"{down}-0")(x)
            x = conv(x, y.shape[-1], 1, name=f"{down}-1")
            x = norm(x, style.norm, name=f"{down}-2")
        else:
            kernel = style.down_kernel_size if stride > 1 else 1
            x = conv(x, y.shape[-1], kernel, stride, name=f"{down}-0")
            x = norm(x, style.norm, name=f"{down}-1")
    return relu(add(x, y, name=f"{name}-add"), name=name)


def finish(x: KerasTensor, style: Style, norm_name: str, *, name: str) -> KerasTensor:
    """Normalise and activate."""
    return relu(norm(x, style.norm, name=norm_name), name=name)
