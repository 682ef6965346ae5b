"""DaViT, which attends in windows, and then among channels.

Paper: Ding et al., DaViT: Dual Attention Vision Transformers, 2022. arXiv:2204.03645
Names: timm's, the arguments' too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras import KerasTensor, layers, ops

from ..errors import UnknownName
from .parts import activation, add, conv, dense, layer_norm, registered
from .parts.attention import Split, merge_heads, split_heads
from .parts.pools import pool
from .parts.swin_stages import attend, mlp
from .parts.windows import WindowAttention
from .variants.davit import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Steps:
    """How the steps of blocks are computed; see `davit`."""

    window_size: int
    mlp_ratio: float
    qkv_bias: bool
    norm_eps: float
    ffn: bool
    cpe_act: bool
    channel_attn_v2: bool


def davit(
    x: KerasTensor,
    *,
    depths: Sequence[int] = (1, 1, 3, 1),
    embed_dims: Sequence[int] = (96, 192, 384, 768),
    num_heads: Sequence[int] = (3, 6, 12, 24),
    window_size: int = 7,
    mlp_ratio: float = 4.0,
    qkv_bias: bool = True,
    norm_eps: float = 1e-5,
    attn_types: Sequence[str] = ("spatial", "channel"),
    ffn: bool = True,
    cpe_act: bool = False,
    down_kernel_size: int = 2,
    channel_attn_v2: bool = False,
    named_blocks: bool = False,
    head_norm_first: bool = False,
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a DaViT without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        depths: blocks in each stage; each stage after the first halves height and width.
        embed_dims: channels of each stage.
        num_heads: parts of the channels that attend on their own, in each stage.
        window_size: side of the windows, in pixels of the features.
        mlp_ratio: width inside an MLP, in channels.
        qkv_bias: add biases to queries, keys and values.
        norm_eps: added to the variance.
        attn_types: "spatial" and "channel", the attentions of a block in turn.
        ffn: put an MLP behind each of them.
        cpe_act: activate what the convolutions say of positions.
        down_kernel_size: of the convolutions between stages.
        channel_attn_v2: compare queries and keys among channels, not keys and values.
        named_blocks: name a block's parts by their kind instead of by number.
        head_norm_first: normalise the features, not what they are pooled to.
        global_pool: how features are pooled, `pools.POOLS`.

    Returns:
        Features, (batch, height / 32, width / 32, channels) for four stages, and the features
        pooled, (batch, channels).

    Raises:
        UnknownName: another attention.
    """
    steps = Steps(
        window_size=window_size,
        mlp_ratio=mlp_ratio,
        qkv_bias=qkv_bias,
        norm_eps=norm_eps,
        ffn=ffn,
        cpe_act=cpe_act,
        channel_attn_v2=channel_attn_v2,
    )
    x = conv(fill(x, 4, name="stem-fill"), embed_dims[0], 7, 4, bias=True, name="stem-conv")
    x = layers.Identity(name="stem")(layer_norm(x, epsilon=norm_eps, name="stem-norm"))
    for stage, (width, depth) in enumerate(zip(embed_dims, depths, strict=True)):
        if stage:
            down = f"stages-{stage}-downsample"
            x = downsample(x, width, down_kernel_size, norm_eps, name=down)
        for i in range(depth):
            name = f"stages-{stage}-blocks-{i}"
            for index, kind in enumerate(attn_types):
                if kind not in ATTENTIONS:
                    raise UnknownName("attention", kind, list(ATTENTIONS))
                part = f"{name}-{kind}_block" if named_blocks else f"{name}-{index}"
                x = block(x, ATTENTIONS[kind], num_heads[stage], steps, name=part)
            x = layers.Identity(name=name)(x)
    if head_norm_first:
        x = layer_norm(x, epsilon=norm_eps, name="norm_pre")
        return x, pool(x, global_pool, name="pool")
    y = pool(x, global_pool, name="pool")
    return x, layer_norm(y, epsilon=norm_eps, name="head-norm")


def block(x: KerasTensor, attention: Any, heads: int, steps: Steps, *, name: str) -> KerasTensor:
    """Attention, then an MLP, each after a convolution that knows positions."""
    x = locate(x, steps, name=f"{name}-cpe1")
    y = layer_norm(x, epsilon=steps.norm_eps, name=f"{name}-norm1")
    x = add(x, attention(y, heads, steps, name=f"{name}-attn"), name=f"{name}-add1")
    x = locate(x, steps, name=f"{name}-cpe2")
    if not steps.ffn:
        return x
    y = layer_norm(x, epsilon=steps.norm_eps, name=f"{name}-norm2")
    return add(x, mlp(y, steps.mlp_ratio, "gelu", name=f"{name}-mlp"), name=f"{name}-add2")


def locate(x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Add what a convolution of each channel says of its surroundings."""
    y = conv(x, x.shape[-1], 3, groups=x.shape[-1], bias=True, name=f"{name}-proj")
    y = activation(y, "gelu", name=f"{name}-act") if steps.cpe_act else y
    return add(x, y, name=name)


def project(x: KerasTensor, steps: Steps, *, name: str) -> list[KerasTensor]:
    """Give queries, keys and values."""
    width = x.shape[-1]
    y = dense(x, 3 * width, bias=steps.qkv_bias, name=f"{name}-qkv")
    return Split((width, width, width), name=f"{name}-split")(y)


def spatial(x: KerasTensor, heads: int, steps: Steps, *, name: str) -> KerasTensor:
    """Let the pixels of each window attend to each other."""
    window = (steps.window_size, steps.window_size)
    core = WindowAttention(heads, name=f"{name}-core")
    return attend(x, window, (0, 0), core, lambda y: project(y, steps, name=name), name=name)


def channel(x: KerasTensor, heads: int, steps: Steps, *, name: str) -> KerasTensor:
    """Let the channels of each head attend to each other."""
    _, height, width, channels = x.shape
    y = layers.Reshape((height * width, channels), name=f"{name}-pixels")(x)
    q, k, v = project(y, steps, name=name)
    if steps.channel_attn_v2:
        y = ChannelAttention(heads, (height * width) ** -0.5, name=f"{name}-core")(q, k, v)
    else:
        y = ChannelAttention(heads, (channels // heads) ** -0.5, name=f"{name}-core")(k, v, q)
    y = dense(y, channels, name=f"{name}-proj")
    return layers.Reshape((height, width, channels), name=f"{name}-image")(y)


ATTENTIONS = {"spatial": spatial, "channel": channel}


@registered
class ChannelAttention(layers.Layer):
    """Mix channels by their likeness over all pixels, in heads.

    Args:
        heads: parts of the channels that attend on their own.
        scale: of the likeness.
    """

    def __init__(self, heads: int, scale: float, **settings: Any):
        super().__init__(**settings)
        self.heads = heads
        self.scale = scale

    def call(self, q: KerasTensor, k: KerasTensor, v: KerasTensor) -> KerasTensor:
        """Compare q and k, mix v, each (batch, pixels, channels)."""
        q, k, v = (split_heads(x, self.heads) for x in (q, k, v))
        likeness = ops.einsum("bnhi,bnhj->bhij", q * self.scale, k)
        shares = ops.cast(ops.softmax(ops.cast(likeness, "float32")), v.dtype)
        return merge_heads(ops.einsum("bhij,bnhj->bnhi", shares, v))

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "heads": self.heads, "scale": self.scale}


def downsample(
    x: KerasTensor, width: int, kernel: int, epsilon: float, *, name: str
) -> KerasTensor:
    """Normalise, and convolve to half the height and width."""
    x, padding = layer_norm(x, epsilon=epsilon, name=f"{name}-norm"), "both"
    if kernel % 2 == 0:
        x, padding = fill(x, kernel, name=f"{name}-fill"), "valid"
    return conv(x, width, kernel, 2, bias=True, padding=padding, name=f"{name}-conv")


def fill(x: KerasTensor, side: int, *, name: str) -> KerasTensor:
    """Put zeros at the bottom and right until a side divides height and width."""
    bottom, right = -x.shape[1] % side, -x.shape[2] % side
    if not bottom and not right:
        return x
    return layers.ZeroPadding2D(((0, bottom), (0, right)), name=name)(x)
