"""EdgeNeXt, a small ConvNeXt whose stages end in attention between channels.

Paper: Maaz et al., EdgeNeXt, 2022. arXiv:2206.10589
Names: timm's, the arguments' too.
"""

import math
from dataclasses import dataclass

from keras import KerasTensor, layers

from .parts import activation, add, conv, dense, layer_norm, pad
from .parts.attention import Scale, Split
from .parts.choices import choose
from .parts.cross_covariance import CrossCovariance, Waves
from .parts.pools import pool
from .variants.edgenext import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What the blocks of a stage have in common; see `edgenext`."""

    width: int
    kernel: int
    heads: int
    scales: int
    positions: bool
    expansion: float
    scale: float
    bias: bool


def edgenext(
    x: KerasTensor,
    *,
    dims: tuple[int, ...] = (24, 48, 88, 168),
    depths: tuple[int, ...] = (3, 3, 9, 3),
    global_block_counts: tuple[int, ...] = (0, 1, 1, 1),
    kernel_sizes: tuple[int, ...] = (3, 5, 7, 9),
    heads: tuple[int, ...] = (8, 8, 8, 8),
    d2_scales: tuple[int, ...] = (2, 2, 3, 4),
    use_pos_emb: tuple[bool, ...] = (False, True, False, False),
    ls_init_value: float = 1e-6,
    expand_ratio: float = 4,
    downsample_block: bool = False,
    conv_bias: bool = True,
    stem_type: str = "patch",
    head_norm_first: bool = False,
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an EdgeNeXt without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        dims: channels of each stage.
        depths: blocks in each stage; each stage after the first halves height and width.
        global_block_counts: how many of them, the last ones, attend, in each stage.
        kernel_sizes: side of the windows of the others, in each stage.
        heads: parts of the channels that attend on their own, in each stage.
        d2_scales: parts of the channels that see ever wider windows before, in each stage.
        use_pos_emb: tell those that attend where they are, in each stage.
        ls_init_value: first factor of the layer scales; 0 for none.
        expand_ratio: width inside the blocks' MLPs, in channels.
        downsample_block: halve in a stage's first block, not before it.
        conv_bias: add biases to the convolutions over windows.
        stem_type: "patch" is one convolution of patches, "overlap" of wider windows.
        head_norm_first: normalise before pooling, else after.
        global_pool: how to pool, as `pools.pool` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and the features pooled,
        (batch, channels).
    """
    kernel = choose("edgenext", "stem_type", stem_type, {"patch": 4, "overlap": 9})
    x = pad(x, kernel // 2 if stem_type == "overlap" else 0, name="stem-pad")
    x = conv(x, dims[0], kernel, 4, bias=conv_bias, padding="valid", name="stem-0")
    x = layers.Identity(name="stem")(layer_norm(x, name="stem-1"))
    each = zip(dims, kernel_sizes, heads, d2_scales, use_pos_emb, strict=True)
    styles = [Style(*numbers, expand_ratio, ls_init_value, conv_bias) for numbers in each]
    rows = zip(depths, global_block_counts, styles, strict=True)
    for stage, (depth, last, style) in enumerate(rows):
        if stage and not downsample_block:
            x = layer_norm(x, name=f"stages-{stage}-downsample-0")
            x = conv(x, style.width, 2, 2, bias=conv_bias, name=f"stages-{stage}-downsample-1")
        for i in range(depth):
            name = f"stages-{stage}-blocks-{i}"
            if i < depth - last:
                stride = 2 if stage and downsample_block and i == 0 else 1
                x = window_block(x, stride, style, name=name)
            else:
                x = attention_block(x, style, name=name)
    if head_norm_first:
        x = layer_norm(x, name="norm_pre")
        return x, pool(x, global_pool, name="pool")
    return x, layer_norm(pool(x, global_pool, name="pool"), name="head-norm")


def window_block(x: KerasTensor, stride: int, style: Style, *, name: str) -> KerasTensor:
    """Mix each channel over a window, then the channels of each pixel."""
    groups = x.shape[-1]
    y = conv(
        x, style.width, style.kernel, stride, groups=groups, bias=style.bias, name=f"{name}-conv_dw"
    )
    shortcut = x if x.shape == y.shape else y
    return add(shortcut, mix(y, style, name=name), name=name)


def attention_block(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Let each part of the channels see a wider window than the one before, then attend."""
    *shape, width = x.shape[1:]
    part = math.ceil(width / style.scales)
    widths = (part,) * (style.scales - 1)
    parts = Split((*widths, width - sum(widths)), name=f"{name}-split")(x)
    seen = []
    for i, y in enumerate(parts[:-1]):
        y = add(y, seen[-1], name=f"{name}-convs-{i}-add") if seen else y
        y = conv(y, part, 3, groups=part, bias=style.bias, name=f"{name}-convs-{i}")
        seen.append(y)
    y = layers.Concatenate(name=f"{name}-joined")([*seen, parts[-1]])
    if style.positions:
        where = Waves(name=f"{name}-pos_embd")(y)
        where = conv(where, width, 1, bias=True, name=f"{name}-pos_embd-token_projection")
        y = add(y, where, name=f"{name}-positions")
    z = layer_norm(y, name=f"{name}-norm_xca")
    z = layers.Reshape((-1, width), name=f"{name}-tokens")(z)
    z = dense(z, 3 * width, name=f"{name}-xca-qkv")
    z = Split((width,) * 3, name=f"{name}-xca-split")(z)
    z = CrossCovariance(style.heads, name=f"{name}-xca")(*z)
    z = dense(z, width, name=f"{name}-xca-proj")
    z = layers.Reshape((*shape, width), name=f"{name}-map")(z)
    if style.scale > 0:
        z = Scale(style.scale, tensor="", name=f"{name}-gamma_xca")(z)
    y = add(y, z, name=f"{name}-attended")
    return add(x, mix(y, style, name=name), name=name)


def mix(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Normalise and mix the channels of each pixel."""
    y = layer_norm(x, name=f"{name}-norm")
    y = dense(y, int(style.expansion * x.shape[-1]), name=f"{name}-mlp-fc1")
    y = activation(y, "gelu", name=f"{name}-mlp-act")
    y = dense(y, x.shape[-1], name=f"{name}-mlp-fc2")
    return Scale(style.scale, tensor="", name=f"{name}-gamma")(y) if style.scale > 0 else y
