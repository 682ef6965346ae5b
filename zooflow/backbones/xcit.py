"""XCiT, the Transformer whose channels attend to each other instead of its patches.

Paper: El-Nouby et al., XCiT: Cross-Covariance Image Transformers, 2021. arXiv:2106.09681
Names: timm's, the arguments' too.
"""

import math
from dataclasses import dataclass

from keras import KerasTensor, layers

from ..errors import BadInput
from .parts import Parameter, activation, add, batch_norm, conv, dense, layer_norm
from .parts.attention import Attention, Scale, Split, Token
from .parts.cross_covariance import CrossCovariance, Waves
from .variants.xcit import VARIANTS as VARIANTS

BLOCK = r"embed|blocks-\d+|cls_attn_blocks-\d+"  # the steps in which a phase freezes
HEAD = "head"  # the checkpoint's own name for the classifier
SKIP = r"head\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Steps:
    """How the steps of all blocks are computed; see `xcit`."""

    heads: int
    hidden: int
    qkv_bias: bool
    act: str
    eta: float
    tokens_norm: bool


def xcit(
    x: KerasTensor,
    *,
    patch_size: int = 16,
    embed_dim: int = 768,
    depth: int = 12,
    num_heads: int = 12,
    mlp_ratio: float = 4.0,
    qkv_bias: bool = True,
    act_layer: str = "gelu",
    cls_attn_layers: int = 2,
    use_pos_embed: bool = True,
    eta: float = 1.0,
    tokens_norm: bool = False,
    global_pool: str = "token",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an XCiT without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        patch_size: side of a patch in pixels, 8 or 16.
        embed_dim: width of a token.
        depth: how many blocks.
        num_heads: parts of the width that attend on their own.
        mlp_ratio: width inside a block's MLP, in widths of a token.
        qkv_bias: add biases to queries, keys and values.
        act_layer: activation.
        cls_attn_layers: blocks after those, in which the class token attends to the patches.
        use_pos_embed: add positions, which waves make.
        eta: first factor of the layer scales.
        tokens_norm: normalise the patches too in those last blocks, not the class token alone.
        global_pool: "token" or "avg" (of the patches).

    Returns:
        Features, (batch, 1 + patches, embed_dim), and the features pooled, (batch, embed_dim).

    Raises:
        BadInput: patches of another size, or another way to pool.
    """
    if patch_size not in (8, 16):
        raise BadInput(f"xcit does not know patch_size {patch_size!r}", hint="it knows 8 and 16")
    if global_pool not in ("token", "avg"):
        raise BadInput(f"xcit does not know global_pool {global_pool!r}", hint="'token' or 'avg'")
    steps = Steps(num_heads, int(embed_dim * mlp_ratio), qkv_bias, act_layer, eta, tokens_norm)
    halvings = int(math.log2(patch_size))
    for i in range(halvings):
        name = f"patch_embed-proj-{2 * i}"
        x = conv(x, embed_dim >> (halvings - 1 - i), 3, 2, name=f"{name}-0")
        x = batch_norm(x, name=f"{name}-1")
        if i < halvings - 1:
            x = activation(x, act_layer, name=f"patch_embed-proj-{2 * i + 1}")
    if use_pos_embed:
        waves = Waves(name="pos_embed-waves")(x)
        waves = conv(waves, embed_dim, 1, bias=True, name="pos_embed-token_projection")
        x = add(x, waves, name="pos_embed")
    grid = (*x.shape[1:3], embed_dim)
    x = layers.Reshape((-1, embed_dim), name="embed")(x)
    for i in range(depth):
        x = block(x, steps, grid, name=f"blocks-{i}")
    token = Parameter((1, 1, embed_dim), name="cls_token")(x)
    x = layers.Concatenate(axis=1, name="tokens")([token, x])
    for i in range(cls_attn_layers):
        x = class_block(x, steps, name=f"cls_attn_blocks-{i}")
    x = layer_norm(x, name="norm")
    if global_pool == "token":
        return x, Token(0, name="pool")(x)
    patches = layers.Cropping1D((1, 0), name="pool-patches")(x)
    return x, layers.GlobalAveragePooling1D(name="pool")(patches)


def block(x: KerasTensor, steps: Steps, grid: tuple[int, int, int], *, name: str) -> KerasTensor:
    """Let channels attend to each other, then patches meet their neighbours, then an MLP."""
    width = x.shape[-1]
    y = layer_norm(x, name=f"{name}-norm1")
    y = dense(y, 3 * width, bias=steps.qkv_bias, name=f"{name}-attn-qkv")
    q, k, v = Split((width, width, width), name=f"{name}-attn-split")(y)
    y = CrossCovariance(steps.heads, name=f"{name}-attn")(q, k, v)
    y = dense(y, width, name=f"{name}-attn-proj")
    x = add(x, scale(y, steps, name=f"{name}-gamma1"), name=f"{name}-add1")
    y = layer_norm(x, name=f"{name}-norm3")
    y = layers.Reshape(grid, name=f"{name}-local_mp-map")(y)
    y = conv(y, width, 3, groups=width, bias=True, name=f"{name}-local_mp-conv1")
    y = activation(y, steps.act, name=f"{name}-local_mp-act")
    y = batch_norm(y, name=f"{name}-local_mp-bn")
    y = conv(y, width, 3, groups=width, bias=True, name=f"{name}-local_mp-conv2")
    y = layers.Reshape((-1, width), name=f"{name}-local_mp")(y)
    x = add(x, scale(y, steps, name=f"{name}-gamma3"), name=f"{name}-add3")
    y = mlp(layer_norm(x, name=f"{name}-norm2"), steps, name=f"{name}-mlp")
    return add(x, scale(y, steps, name=f"{name}-gamma2"), name=name)


def class_block(x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Let the class token attend to all tokens, then an MLP for it alone.

    The patches are added to what their norms made of them, as in the paper's own code.
    """
    width = x.shape[-1]
    y = layer_norm(x, name=f"{name}-norm1")
    first, rest = apart(y, name=f"{name}-attn")
    q = dense(first, width, bias=steps.qkv_bias, name=f"{name}-attn-q")
    k, v = (dense(y, width, bias=steps.qkv_bias, name=f"{name}-attn-{part}") for part in "kv")
    first = Attention(steps.heads, name=f"{name}-attn-core")(q, k, v)
    first = dense(first, width, name=f"{name}-attn-proj")
    y = layers.Concatenate(axis=1, name=f"{name}-attn")([first, rest])
    x = add(x, scale(y, steps, name=f"{name}-gamma1"), name=f"{name}-add1")
    if steps.tokens_norm:
        x = layer_norm(x, name=f"{name}-norm2")
        first, rest = apart(x, name=f"{name}-mlp")
    else:
        first, rest = apart(x, name=f"{name}-mlp")
        first = layer_norm(first, name=f"{name}-norm2")
        x = layers.Concatenate(axis=1, name=f"{name}-tokens")([first, rest])
    y = scale(mlp(first, steps, name=f"{name}-mlp"), steps, name=f"{name}-gamma2")
    y = layers.Concatenate(axis=1, name=f"{name}-all")([y, rest])
    return add(x, y, name=name)


def apart(x: KerasTensor, *, name: str) -> tuple[KerasTensor, KerasTensor]:
    """Take the class token, (batch, 1, width), and the patches."""
    first = layers.Cropping1D((0, x.shape[1] - 1), name=f"{name}-first")(x)
    return first, layers.Cropping1D((1, 0), name=f"{name}-rest")(x)


def mlp(x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Widen, activate, narrow."""
    y = dense(x, steps.hidden, name=f"{name}-fc1")
    y = activation(y, steps.act, name=f"{name}-act")
    return dense(y, x.shape[-1], name=f"{name}-fc2")


def scale(x: KerasTensor, steps: Steps, *, name: str) -> KerasTensor:
    """Scale each channel by a learned factor, whose tensor bears the layer's name."""
    return Scale(steps.eta, "", name=name)(x)
