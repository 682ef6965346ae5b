"""InceptionNeXt, a ConvNeXt that cuts its wide windows into a square and two bands.

Paper: Yu et al., InceptionNeXt: When Inception Meets ConvNeXt, 2023. arXiv:2303.16900
Names: timm's, the arguments' too.
"""

from dataclasses import dataclass

from keras import KerasTensor, layers

from .parts import activation, add, batch_norm, conv, dense, layer_norm
from .parts.attention import Scale, Split
from .parts.initializers import Draw
from .parts.pools import pool
from .variants.inception_next import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc2"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc2\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `inception_next`."""

    band: int
    share: float
    scale: float


def inception_next(
    x: KerasTensor,
    *,
    depths: tuple[int, ...] = (3, 3, 9, 3),
    dims: tuple[int, ...] = (96, 192, 384, 768),
    mlp_ratios: int | tuple[int, ...] = (4, 4, 4, 3),
    band_kernel_size: int = 11,
    branch_ratio: float = 0.125,
    ls_init_value: float = 1e-6,
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an InceptionNeXt without the last layer of its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        depths: blocks in each stage; each stage after the first halves height and width.
        dims: channels of each stage.
        mlp_ratios: width inside the blocks' MLPs, in channels, in all stages or in each.
        band_kernel_size: length of the bands.
        branch_ratio: share of the channels that a window or a band sees.
        ls_init_value: first factor of the layer scales; 0 for none.
        global_pool: how to pool, as `pools.pool` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and what a dense layer makes of them
        pooled, (batch, 3 * channels).
    """
    x = conv(x, dims[0], 4, 4, bias=True, padding="valid", name="stem-0")
    x = layers.Identity(name="stem")(batch_norm(x, name="stem-1"))
    style = Style(band_kernel_size, branch_ratio, ls_init_value)
    ratios = [mlp_ratios] * len(depths) if isinstance(mlp_ratios, int) else mlp_ratios
    for stage, (depth, width, ratio) in enumerate(zip(depths, dims, ratios, strict=True)):
        if stage:
            x = batch_norm(x, name=f"stages-{stage}-downsample-0")
            x = conv(x, width, 2, 2, bias=True, name=f"stages-{stage}-downsample-1")
        for i in range(depth):
            x = block(x, ratio * width, style, name=f"stages-{stage}-blocks-{i}")
    y = pool(x, global_pool, name="pool")
    y = dense(y, 3 * x.shape[-1], name="head-fc1")
    return x, layer_norm(activation(y, "gelu", name="head-act"), name="head-norm")


def block(x: KerasTensor, hidden: int, style: Style, *, name: str) -> KerasTensor:
    """Mix some channels over a window and two bands, then the channels of each pixel."""
    y = bands(x, style, name=f"{name}-token_mixer")
    y = batch_norm(y, name=f"{name}-norm")
    y = conv(y, hidden, 1, bias=True, name=f"{name}-mlp-fc1")
    y = activation(y, "gelu", name=f"{name}-mlp-act")
    y = conv(y, x.shape[-1], 1, bias=True, name=f"{name}-mlp-fc2")
    if style.scale:
        y = Scale(style.scale, tensor="", name=f"{name}-gamma")(y)
    return add(x, y, name=name)


def bands(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Convolve a share of the channels by a window, one by a row, and one by a column."""
    width = x.shape[-1]
    share = int(width * style.share)
    kernels = {"hw": (3, 3), "w": (1, style.band), "h": (style.band, 1)}
    parts = (width - 3 * share, share, share, share)
    rest, *seen = Split(parts, name=f"{name}-split")(x)
    mixed = [
        layers.DepthwiseConv2D(
            kernel, padding="same", depthwise_initializer=Draw(), name=f"{name}-dwconv_{shape}"
        )(y)
        for y, (shape, kernel) in zip(seen, kernels.items(), strict=True)
    ]
    return layers.Concatenate(name=f"{name}-joined")([rest, *mixed])
