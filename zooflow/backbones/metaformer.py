"""MetaFormer: the frame of a transformer around any mixer. PoolFormer, ConvFormer, CAFormer.

Paper: Yu et al., MetaFormer Baselines for Vision, 2022. arXiv:2210.13452
Names: timm's, the arguments' too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from keras import KerasTensor, layers, ops

from .parts import ACTIVATIONS, activation, add, conv, dense, layer_norm, pad, registered
from .parts.attention import Attention, Scale, Split
from .parts.choices import choose
from .parts.pools import pool
from .variants.metaformer import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What the blocks of a stage have in common; see `metaformer`."""

    mixer: str
    norm: Callable[..., KerasTensor]
    act: str
    bias: bool
    layer_scale: float | None
    residual_scale: float | None


def metaformer(
    x: KerasTensor,
    *,
    depths: tuple[int, ...] = (2, 2, 6, 2),
    dims: tuple[int, ...] = (64, 128, 320, 512),
    token_mixers: str | tuple[str, ...] = "pooling",
    mlp_act: str = "starrelu",
    mlp_bias: bool = False,
    layer_scale_init_values: float | tuple[float | None, ...] | None = None,
    res_scale_init_values: float | tuple[float | None, ...] | None = (None, None, 1.0, 1.0),
    downsample_norm: str | None = "layernorm_nobias",
    norm_layers: str | tuple[str, ...] = "layernorm_nobias",
    use_mlp_head: bool = True,
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a MetaFormer without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        depths: blocks in each stage; each stage after the first halves height and width.
        dims: channels of each stage; one as wide as the stage before it does not halve.
        token_mixers: "pooling", "sepconv" or "attention", in all stages or in each.
        mlp_act: "starrelu" or an activation.
        mlp_bias: add biases in the MLPs.
        layer_scale_init_values: first factors of what a block adds, in all stages or in each;
            None for none.
        res_scale_init_values: first factors of what it adds to; likewise.
        downsample_norm: norm of the stem and before a stage halves, of `NORMS`; None for none.
        norm_layers: norm of the blocks, in all stages or in each.
        use_mlp_head: timm classifies by an MLP; it changes no features.
        global_pool: how to pool, as `pools.pool` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and the features pooled and
        normalised, (batch, channels).
    """
    between = choose("metaformer", "downsample_norm", downsample_norm or "", NORMS)
    x = conv(
        pad(x, 2, name="stem-pad"), dims[0], 7, 4, bias=True, padding="valid", name="stem-conv"
    )
    x = layers.Identity(name="stem")(between(x, name="stem-norm"))
    each = partial(spread, stages=len(depths))
    columns = (token_mixers, norm_layers, layer_scale_init_values, res_scale_init_values)
    rows = zip(depths, dims, *map(each, columns), strict=True)
    for stage, (depth, width, mixer, kind, scale, residual) in enumerate(rows):
        if width != x.shape[-1]:
            name = f"stages-{stage}-downsample"
            x = between(x, name=f"{name}-norm")
            x = conv(x, width, 3, 2, bias=True, name=f"{name}-conv")
        norm = choose("metaformer", "norm_layers", kind, NORMS)
        style = Style(mixer, norm, mlp_act, mlp_bias, scale, residual)
        for i in range(depth):
            x = block(x, style, name=f"stages-{stage}-blocks-{i}")
    return x, layer_norm(pool(x, global_pool, name="pool"), name="head-norm")


def spread(value: Any, stages: int) -> Any:
    """Give each stage its value."""
    return value if isinstance(value, list | tuple) else [value] * stages


def block(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Mix pixels, then the channels of each, both after a norm."""
    mix = choose("metaformer", "token_mixers", style.mixer, MIXERS)
    y = mix(style.norm(x, name=f"{name}-norm1"), name=f"{name}-token_mixer")
    x = join(x, y, style, "1", block=name, name=f"{name}-add1")
    y = style.norm(x, name=f"{name}-norm2")
    pointwise = dense if style.mixer == "attention" else partial(conv, kernel=1)
    y = pointwise(y, 4 * x.shape[-1], bias=style.bias, name=f"{name}-mlp-fc1")
    y = activate(y, style.act, name=f"{name}-mlp-act")
    y = pointwise(y, x.shape[-1], bias=style.bias, name=f"{name}-mlp-fc2")
    return join(x, y, style, "2", block=name, name=name)


def join(
    x: KerasTensor, y: KerasTensor, style: Style, which: str, *, block: str, name: str
) -> KerasTensor:
    """Add to x what was made of it, both scaled where they are."""
    if style.residual_scale is not None:
        x = Scale(style.residual_scale, tensor="scale", name=f"{block}-res_scale{which}")(x)
    if style.layer_scale is not None:
        y = Scale(style.layer_scale, tensor="scale", name=f"{block}-layer_scale{which}")(y)
    return add(x, y, name=name)


def pooling(x: KerasTensor, *, name: str) -> KerasTensor:
    """Say how far a pixel's neighbourhood is from it.

    Paper: Yu et al., MetaFormer Is Actually What You Need for Vision, 2021. arXiv:2111.11418
    """
    y = layers.AveragePooling2D(3, 1, padding="same", name=f"{name}-pool")(x)
    return layers.Subtract(name=name)([y, x])


def separable(x: KerasTensor, *, name: str) -> KerasTensor:
    """Widen, convolve each channel, narrow."""
    width = x.shape[-1]
    y = activate(conv(x, 2 * width, 1, name=f"{name}-pwconv1"), "starrelu", name=f"{name}-act1")
    y = conv(y, 2 * width, 7, groups=2 * width, name=f"{name}-dwconv")
    return conv(y, width, 1, name=f"{name}-pwconv2")


def attention(x: KerasTensor, *, name: str) -> KerasTensor:
    """Let all pixels attend to each other, in heads of 32 channels."""
    *shape, width = x.shape[1:]
    heads = max(width // 32, 1)
    y = dense(x, 3 * width, bias=False, name=f"{name}-qkv")
    y = layers.Reshape((-1, 3 * width), name=f"{name}-tokens")(y)
    y = Attention(heads, name=f"{name}-core")(*Split((width,) * 3, name=f"{name}-split")(y))
    y = layers.Reshape((*shape, width), name=f"{name}-map")(y)
    return dense(y, width, bias=False, name=f"{name}-proj")


MIXERS = {"pooling": pooling, "sepconv": separable, "attention": attention}


def group_norm(x: KerasTensor, *, bias: bool, epsilon: float, name: str) -> KerasTensor:
    """Normalise an image as a whole."""
    return layers.GroupNormalization(1, epsilon=epsilon, center=bias, name=name)(x)


def layer_norm_without_bias(x: KerasTensor, *, name: str) -> KerasTensor:
    """Normalise the channels of a pixel."""
    return layers.LayerNormalization(epsilon=1e-6, center=False, name=name)(x)


NORMS = {
    "groupnorm1": partial(group_norm, bias=True, epsilon=1e-5),
    "groupnorm1_nobias": partial(group_norm, bias=False, epsilon=1e-6),
    "layernorm": layer_norm,
    "layernorm_nobias": layer_norm_without_bias,
    "": lambda x, name: x,
}


def activate(x: KerasTensor, function: str, *, name: str) -> KerasTensor:
    """Apply "starrelu" or an activation that needs no weights."""
    choose("metaformer", "mlp_act", function, {"starrelu": StarReLU, **ACTIVATIONS})
    return StarReLU(name=name)(x) if function == "starrelu" else activation(x, function, name=name)


@registered
class StarReLU(layers.Layer):
    """Square what is above zero, scale it and shift it, all channels alike."""

    tensors = {"scale": "scale", "bias": "bias"}  # noqa: RUF012 (read by convert)

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the factor and the shift."""
        self.scale = self.add_weight(shape=(1,), initializer="ones", name="scale")
        self.bias = self.add_weight(shape=(1,), initializer="zeros", name="bias")

    def call(self, x: KerasTensor) -> KerasTensor:
        """Activate x, of any shape."""
        return self.scale * ops.square(ops.relu(x)) + self.bias

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of x."""
        return shape
