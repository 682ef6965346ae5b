"""FocalNet, which lets a pixel be modulated by ever wider surroundings instead of attending.

Paper: Yang et al., Focal Modulation Networks, 2022. arXiv:2203.11926
Names: timm's, the arguments' too.
"""

from dataclasses import dataclass
from functools import partial

from keras import KerasTensor, layers

from .parts import activation, add, conv, dense, layer_norm, pad
from .parts.attention import Scale, Split
from .parts.pools import pool
from .variants.focalnet import VARIANTS as VARIANTS

BLOCK = r"stem|layers-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+"  # the checkpoint's tensors that no layer takes

norm = partial(layer_norm, epsilon=1e-5)


@dataclass(frozen=True)
class Style:
    """What the blocks of a stage have in common; see `focalnet`."""

    mlp_ratio: float
    levels: int
    window: int
    norm_last: bool
    norm_inside: bool
    mean: bool
    scale: float | None


def focalnet(
    x: KerasTensor,
    *,
    embed_dim: int = 96,
    depths: tuple[int, ...] = (2, 2, 6, 2),
    mlp_ratio: float = 4.0,
    focal_levels: tuple[int, ...] = (2, 2, 2, 2),
    focal_windows: tuple[int, ...] = (3, 3, 3, 3),
    use_overlap_down: bool = False,
    use_post_norm: bool = False,
    use_post_norm_in_modulation: bool = False,
    normalize_modulator: bool = False,
    layerscale_value: float | None = None,
    head_hidden_size: int | None = None,
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a FocalNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        embed_dim: channels of the first stage; each stage after it doubles them.
        depths: blocks in each stage; each stage after the first halves height and width.
        mlp_ratio: width inside a block's MLP, in channels.
        focal_levels: surroundings that a pixel is modulated by, beside the whole image, in each
            stage.
        focal_windows: side of the narrowest, in each stage; each one after it is wider by 2.
        use_overlap_down: halve by windows that overlap.
        use_post_norm: normalise what a block's halves put out, not what they take in.
        use_post_norm_in_modulation: normalise what is modulated.
        normalize_modulator: average the surroundings, not sum them.
        layerscale_value: first factor of the layer scales; None for none.
        head_hidden_size: width of a dense layer before the classifier, and the norm after
            pooling; None for none, and the norm before.
        global_pool: how to pool, as `pools.pool` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and the features pooled,
        (batch, channels or head_hidden_size).
    """
    x = halve(x, embed_dim, 4, use_overlap_down, name="stem")
    x = layers.Identity(name="stem")(x)
    rows = zip(depths, focal_levels, focal_windows, strict=True)
    for stage, (depth, levels, window) in enumerate(rows):
        if stage:
            width = embed_dim * 2**stage
            x = halve(x, width, 2, use_overlap_down, name=f"layers-{stage}-downsample")
        style = Style(
            mlp_ratio,
            levels,
            window,
            use_post_norm,
            use_post_norm_in_modulation,
            normalize_modulator,
            layerscale_value,
        )
        for i in range(depth):
            x = block(x, style, name=f"layers-{stage}-blocks-{i}")
    if not head_hidden_size:
        x = norm(x, name="norm")
        return x, pool(x, global_pool, name="pool")
    y = norm(pool(x, global_pool, name="pool"), name="head-norm")
    y = dense(y, head_hidden_size, name="head-pre_logits-fc")
    return x, activation(y, "tanh", name="head-pre_logits-act")


def halve(x: KerasTensor, width: int, stride: int, overlap: bool, *, name: str) -> KerasTensor:
    """Convolve to a half or a quarter of the height and width, and normalise."""
    kernel, edge = {2: (3, 1), 4: (7, 2)}[stride] if overlap else (stride, 0)
    x = pad(x, edge, name=f"{name}-pad")
    x = conv(x, width, kernel, stride, bias=True, padding="valid", name=f"{name}-proj")
    return norm(x, name=f"{name}-norm")


def block(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Modulate each pixel by its surroundings, then mix its channels."""
    y = x if style.norm_last else norm(x, name=f"{name}-norm1")
    y = modulate(y, style, name=f"{name}-modulation")
    x = join(x, y, style, "1", block=name, name=f"{name}-add1")
    y = x if style.norm_last else norm(x, name=f"{name}-norm2")
    y = conv(y, int(style.mlp_ratio * x.shape[-1]), 1, bias=True, name=f"{name}-mlp-fc1")
    y = activation(y, "gelu", name=f"{name}-mlp-act")
    y = conv(y, x.shape[-1], 1, bias=True, name=f"{name}-mlp-fc2")
    return join(x, y, style, "2", block=name, name=name)


def modulate(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Multiply each pixel by a gated sum of its surroundings."""
    width = x.shape[-1]
    y = conv(x, 2 * width + style.levels + 1, 1, bias=True, name=f"{name}-f")
    parts = (width, width, *[1] * (style.levels + 1))
    query, context, *gates = Split(parts, name=f"{name}-split")(y)
    seen = []
    for level, gate in enumerate(gates):
        step = f"{name}-focal_layers-{level}"
        if level < style.levels:
            window = style.window + 2 * level
            context = conv(context, width, window, groups=width, name=f"{step}-0")
        else:  # the last one sees all
            context = layers.GlobalAveragePooling2D(keepdims=True, name=f"{step}-0")(context)
        context = activation(context, "gelu", name=f"{step}-1")
        seen.append(layers.Multiply(name=f"{step}-gate")([context, gate]))
    merge = layers.Average if style.mean else layers.Add
    y = conv(merge(name=f"{name}-merge")(seen), width, 1, bias=True, name=f"{name}-h")
    y = layers.Multiply(name=f"{name}-modulate")([query, y])
    if style.norm_inside:
        y = norm(y, name=f"{name}-norm")
    return conv(y, width, 1, bias=True, name=f"{name}-proj")


def join(
    x: KerasTensor, y: KerasTensor, style: Style, which: str, *, block: str, name: str
) -> KerasTensor:
    """Add to x what was made of it, normalised and scaled where they are."""
    if style.norm_last:
        y = norm(y, name=f"{block}-norm{which}_post")
    if style.scale is not None:
        y = Scale(style.scale, name=f"{block}-ls{which}")(y)
    return add(x, y, name=name)
