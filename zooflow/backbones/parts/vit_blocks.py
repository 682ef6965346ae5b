"""The blocks of a Vision Transformer: attention and an MLP, in the orders that timm knows."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from keras import KerasTensor, layers

from . import Parameter, activation, dense
from .attention import Attention, DifferentialAttention, Scale, Split, rms_norm


@dataclass(frozen=True)
class Steps:
    """How the steps of a block are computed, alike in all of them.

    Args:
        heads: parts of the width that attend on their own.
        hidden: width inside the MLP.
        qkv_bias: add biases to queries, keys and values.
        proj_bias: add biases to the projections after attention and in the MLP.
        norm: traces a norm, `norm(x, name=…)`.
        qk_norm: normalise queries and keys.
        attention_norm: normalise what attention mixed.
        mlp_norm: normalise inside the MLP.
        scale: first factor of the layer scales; None or 0 for none.
        activation: by timm's name.
        mlp: traces the MLP.
        differential: attend differentially.
        dropout: share of what each step adds that training drops.
        attention_dropout: share of what is attended to that training drops.
        bias: traces what attention adds to the likeness of two tokens, `bias(x, name=…)`.
    """

    heads: int
    hidden: int
    qkv_bias: bool
    proj_bias: bool
    norm: Callable[..., KerasTensor]
    qk_norm: bool
    attention_norm: bool
    mlp_norm: bool
    scale: float | None
    activation: str
    mlp: "Callable[..., KerasTensor]"
    differential: bool
    dropout: float = 0.0
    attention_dropout: float = 0.0
    bias: "Callable[..., KerasTensor] | None" = None


def plain(x: KerasTensor, steps: Steps, index: int, *, name: str) -> KerasTensor:
    """Attention, then an MLP, each after its norm."""
    y = attention(steps.norm(x, name=f"{name}-norm1"), steps, index, name=f"{name}-attn")
    x = layers.Add(name=f"{name}-add1")([x, scale(y, steps, name=f"{name}-ls1")])
    y = steps.mlp(steps.norm(x, name=f"{name}-norm2"), steps, name=f"{name}-mlp")
    return layers.Add(name=name)([x, scale(y, steps, name=f"{name}-ls2")])


def norms_last(x: KerasTensor, steps: Steps, index: int, *, name: str) -> KerasTensor:
    """Attention, then an MLP, each before its norm, as in Swin v2."""
    y = attention(x, steps, index, name=f"{name}-attn")
    x = layers.Add(name=f"{name}-add1")([x, steps.norm(y, name=f"{name}-norm1")])
    y = steps.mlp(x, steps, name=f"{name}-mlp")
    return layers.Add(name=name)([x, steps.norm(y, name=f"{name}-norm2")])


def pairs(x: KerasTensor, steps: Steps, index: int, *, name: str) -> KerasTensor:
    """Two attentions side by side, then two MLPs.

    Paper: Touvron et al., Three Things Everyone Should Know About ViTs, 2022. arXiv:2203.09795
    """
    branches = [x]
    for branch in (f"{name}-attns-0", f"{name}-attns-1"):
        y = steps.norm(x, name=f"{branch}-norm")
        y = attention(y, steps, index, name=f"{branch}-attn")
        branches.append(scale(y, steps, name=f"{branch}-ls"))
    x = layers.Add(name=f"{name}-attns")(branches)
    branches = [x]
    for branch in (f"{name}-ffns-0", f"{name}-ffns-1"):
        y = steps.norm(x, name=f"{branch}-norm")
        y = steps.mlp(y, steps, name=f"{branch}-mlp")
        branches.append(scale(y, steps, name=f"{branch}-ls"))
    return layers.Add(name=name)(branches)


def parallel(x: KerasTensor, steps: Steps, index: int, *, name: str) -> KerasTensor:
    """Attention and MLP side by side, from one projection.

    Paper: Dehghani et al., Scaling ViTs to 22 Billion Parameters, 2023. arXiv:2302.05442
    """
    width = x.shape[-1]
    y = steps.norm(x, name=f"{name}-in_norm")
    y = dense(y, steps.hidden + 3 * width, bias=steps.qkv_bias, name=f"{name}-in_proj")
    inside, q, k, v = Split((steps.hidden, width, width, width), name=f"{name}-split")(y)
    if not steps.qkv_bias:
        bias = Parameter((steps.hidden,), name=f"{name}-mlp_bias")(x)
        inside = layers.Add(name=f"{name}-mlp")([inside, bias])
    inside = activation(inside, steps.activation, name=f"{name}-mlp_act")
    mixed = mix(q, k, v, steps, index, name=name)
    if steps.differential:
        both = layers.Concatenate(name=f"{name}-out")([mixed, inside])
        y = dense(both, width, bias=steps.proj_bias, name=f"{name}-out_proj")
    else:
        mixed = dense(mixed, width, bias=steps.proj_bias, name=f"{name}-attn_out_proj")
        inside = dense(inside, width, bias=steps.proj_bias, name=f"{name}-mlp_out_proj")
        y = layers.Add(name=f"{name}-out")([mixed, inside])
    return layers.Add(name=name)([x, scale(y, steps, name=f"{name}-ls")])


BLOCKS = {"block": plain, "respost": norms_last, "things": pairs, "parallel": parallel}


def attention(x: KerasTensor, steps: Steps, index: int, *, name: str) -> KerasTensor:
    """Project to queries, keys and values, let them attend, and project back."""
    width = x.shape[-1]
    y = dense(x, 3 * width, bias=steps.qkv_bias, name=f"{name}-qkv")
    q, k, v = Split((width, width, width), name=f"{name}-split")(y)
    y = mix(q, k, v, steps, index, name=name)
    if steps.attention_norm:
        y = steps.norm(y, name=f"{name}-norm")
    return dense(y, width, bias=steps.proj_bias, name=f"{name}-proj")


def mix(
    q: KerasTensor, k: KerasTensor, v: KerasTensor, steps: Steps, index: int, *, name: str
) -> KerasTensor:
    """Let queries attend to keys and mix their values."""
    heads = 2 * steps.heads if steps.differential else steps.heads
    head = q.shape[-1] // heads
    if steps.qk_norm:
        q = steps.norm(
            layers.Reshape((-1, heads, head), name=f"{name}-q")(q), name=f"{name}-q_norm"
        )
        k = steps.norm(
            layers.Reshape((-1, heads, head), name=f"{name}-k")(k), name=f"{name}-k_norm"
        )
    if not steps.differential:
        attend = Attention(steps.heads, steps.attention_dropout, name=f"{name}-core")
        return attend(q, k, v, *([steps.bias(v, name=name)] if steps.bias else []))
    initial = 0.8 - 0.6 * math.exp(-0.3 * index)  # the paper's, deeper blocks take more away
    balance = [
        Parameter((head,), name=f"{name}-lambda_{end}")(q) for end in ("q1", "k1", "q2", "k2")
    ]
    y = DifferentialAttention(steps.heads, initial, name=f"{name}-core")(q, k, v, *balance)
    y = rms_norm(y, epsilon=1e-5, name=f"{name}-sub_norm")
    y = layers.Rescaling(1 - initial, name=f"{name}-rescale")(y)
    return layers.Reshape((-1, v.shape[-1]), name=f"{name}-merge")(y)


def mlp(x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Widen, activate, narrow."""
    y = dense(x, steps.hidden, bias=steps.proj_bias, name=f"{name}-fc1")
    y = activation(y, steps.activation, name=f"{name}-act")
    return narrow(y, x.shape[-1], steps, name=name)


def gated_mlp(x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Let one activated half gate the other, each from a projection of its own.

    Paper: Shazeer, GLU Variants Improve Transformer, 2020. arXiv:2002.05202
    """
    gate = dense(x, steps.hidden, bias=steps.proj_bias, name=f"{name}-fc1_g")
    y = dense(x, steps.hidden, bias=steps.proj_bias, name=f"{name}-fc1_x")
    return narrow(multiply(gate, y, steps, name=name), x.shape[-1], steps, name=name)


def packed_mlp(x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Let one activated half gate the other, both from one projection."""
    half = steps.hidden // 2
    y = dense(x, 2 * half, bias=steps.proj_bias, name=f"{name}-fc1")
    gate, y = Split((half, half), name=f"{name}-split")(y)
    return narrow(multiply(gate, y, steps, name=name), x.shape[-1], steps, name=name)


MLPS = {"mlp": mlp, "swiglu": gated_mlp, "swiglupacked": packed_mlp}


def multiply(gate: KerasTensor, x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Open and close x by an activated gate."""
    gate = activation(gate, steps.activation, name=f"{name}-act")
    return layers.Multiply(name=f"{name}-gate")([gate, x])


def narrow(x: KerasTensor, width: int, steps: Steps, *, name: str) -> KerasTensor:
    """Project an MLP's inside back to the width of a token."""
    if steps.mlp_norm:
        x = steps.norm(x, name=f"{name}-norm")
    return dense(x, width, bias=steps.proj_bias, name=f"{name}-fc2")


def scale(x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Drop what training drops, and scale each channel where there are layer scales."""
    if steps.dropout:
        x = layers.Dropout(steps.dropout, name=f"{name}-drop")(x)
    return Scale(steps.scale, name=name)(x) if steps.scale else x
