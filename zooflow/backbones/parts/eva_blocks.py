"""The blocks of an EVA: attention with rotary positions, and an MLP."""

from dataclasses import dataclass
from typing import Any

from keras import KerasTensor, layers

from . import dense, registered
from .attention import Attention, Scale, Split, repeat_heads
from .bare import Bias
from .rope import Rope, Rotate
from .vit_blocks import Steps


@dataclass(frozen=True)
class Turns:
    """What an EVA's blocks do beyond a ViT's, alike in all of them.

    Args:
        rope: rotary positions; None for none.
        prefix: tokens before the patches, which do not turn.
        key_bias: give keys a bias too, where queries and values have one.
        fused: make queries, keys and values by one projection.
        scale_mlp: scale what the MLP says, too.
    """

    rope: Rope | None
    prefix: int
    key_bias: bool
    fused: bool
    scale_mlp: bool


def norms_first(
    x: KerasTensor,
    steps: Steps,
    turns: Turns,
    index: int,
    kv_heads: int,
    frequencies: KerasTensor | None,
    *,
    name: str,
) -> KerasTensor:
    """Attention, then an MLP, each after its norm.

    Args:
        x: tokens, (batch, length, width).
        steps: what blocks do as in a ViT.
        turns: what they do beyond.
        index: which block this is, from 0.
        kv_heads: heads of keys and values, which divide those of the queries.
        frequencies: learned angles, see `Rotate`.
        name: of the block.
    """
    y = steps.norm(x, name=f"{name}-norm1")
    y = attention(y, steps, turns, index, kv_heads, frequencies, name=f"{name}-attn")
    x = layers.Add(name=f"{name}-add1")([x, gamma(y, steps, steps.scale, name=f"{name}-gamma_1")])
    y = steps.mlp(steps.norm(x, name=f"{name}-norm2"), steps, name=f"{name}-mlp")
    scale = steps.scale if turns.scale_mlp else None
    return layers.Add(name=name)([x, gamma(y, steps, scale, name=f"{name}-gamma_2")])


def norms_last(
    x: KerasTensor,
    steps: Steps,
    turns: Turns,
    index: int,
    kv_heads: int,
    frequencies: KerasTensor | None,
    *,
    name: str,
) -> KerasTensor:
    """Attention, then an MLP, each before its norm; there are no layer scales."""
    y = attention(x, steps, turns, index, kv_heads, frequencies, name=f"{name}-attn")
    x = layers.Add(name=f"{name}-add1")([x, steps.norm(y, name=f"{name}-norm1")])
    y = steps.mlp(x, steps, name=f"{name}-mlp")
    return layers.Add(name=name)([x, steps.norm(y, name=f"{name}-norm2")])


def attention(
    x: KerasTensor,
    steps: Steps,
    turns: Turns,
    index: int,
    kv_heads: int,
    frequencies: KerasTensor | None,
    *,
    name: str,
) -> KerasTensor:
    """Project to queries, keys and values, turn them, let them attend, and project back."""
    width = x.shape[-1]
    q, k, v = project(
        x, steps, fused=turns.fused, key_bias=turns.key_bias, kv_heads=kv_heads, name=name
    )
    if steps.qk_norm:
        q, k = (
            norm_heads(y, steps, width // steps.heads, name=f"{name}-{letter}")
            for y, letter in ((q, "q"), (k, "k"))
        )
    if kv_heads != steps.heads:
        k, v = (
            layers.Reshape((-1, kv_heads, width // steps.heads), name=f"{name}-{letter}_few")(y)
            for y, letter in ((k, "k"), (v, "v"))
        )
    if turns.rope:
        rotate = Rotate(turns.rope, steps.heads, turns.prefix, index, name=f"{name}-rope")
        q, k = rotate(q, k) if frequencies is None else rotate(q, k, frequencies)
    if kv_heads != steps.heads:
        times = steps.heads // kv_heads
        k, v = Repeat(times, name=f"{name}-k_all")(k), Repeat(times, name=f"{name}-v_all")(v)
    y = Attention(steps.heads, steps.attention_dropout, name=f"{name}-core")(q, k, v)
    if steps.attention_norm:
        y = steps.norm(y, name=f"{name}-norm")
    return dense(y, width, name=f"{name}-proj")


def project(
    x: KerasTensor,
    steps: Steps,
    *,
    fused: bool = True,
    key_bias: bool = False,
    kv_heads: int = 0,
    name: str,
) -> tuple[KerasTensor, KerasTensor, KerasTensor]:
    """Project to queries, keys and values.

    Args:
        x: tokens, (batch, length, width).
        steps: with how many heads, and whether with biases.
        fused: by one projection.
        key_bias: give keys a bias too, where queries and values have one.
        kv_heads: heads of keys and values; 0 for as many as queries have. Not where fused.
        name: of the attention.
    """
    width, bias = x.shape[-1], steps.qkv_bias
    if not fused:
        narrow = width // steps.heads * (kv_heads or steps.heads)
        q = dense(x, width, bias=bias, name=f"{name}-q_proj")
        k = dense(x, narrow, bias=bias and key_bias, name=f"{name}-k_proj")
        return q, k, dense(x, narrow, bias=bias, name=f"{name}-v_proj")
    y = dense(x, 3 * width, bias=bias and key_bias, name=f"{name}-qkv")
    q, k, v = Split((width, width, width), name=f"{name}-split")(y)
    if bias and not key_bias:
        q, v = Bias(name=f"{name}-q_bias")(q), Bias(name=f"{name}-v_bias")(v)
    return q, k, v


def norm_heads(x: KerasTensor, steps: Steps, head: int, *, name: str) -> KerasTensor:
    """Normalise each head by itself."""
    return steps.norm(
        layers.Reshape((-1, x.shape[-1] // head, head), name=name)(x), name=f"{name}_norm"
    )


def gamma(x: KerasTensor, steps: Steps, scale: float | None, *, name: str) -> KerasTensor:
    """Drop what training drops, and scale each channel by a factor first `scale`, unless None."""
    if steps.dropout:
        x = layers.Dropout(steps.dropout, name=f"{name}-drop")(x)
    return x if scale is None else Scale(scale, "", name=name)(x)


@registered
class Repeat(layers.Layer):
    """Let several heads of queries share a head of keys or values.

    Paper: Ainslie et al., GQA: Training Generalized Multi-Query Transformer Models, 2023.
    arXiv:2305.13245

    Args:
        times: heads of queries that share one.
    """

    def __init__(self, times: int, **settings: Any):
        super().__init__(**settings)
        self.times = times

    def call(self, x: KerasTensor) -> KerasTensor:
        """Repeat each head of x, (batch, length, heads, width)."""
        return repeat_heads(x, self.times)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "times": self.times}
