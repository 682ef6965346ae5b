"""BEiT, the ViT whose attention knows how patches lie to each other, in both versions; data2vec.

Paper: Bao et al., BEiT: BERT Pre-Training of Image Transformers, 2021. arXiv:2106.08254
Names: timm's, the arguments' too; some that only transformers' networks need come last.
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import KerasTensor, layers

from .configs.beit import SPELLINGS as SPELLINGS
from .configs.beit import arguments as arguments
from .configs.beit import config as config
from .parts import ACTIVATIONS, conv, dense, positions, token_bias
from .parts.attention import Attention
from .parts.choices import choose, choose_norm
from .parts.eva_blocks import gamma, project
from .parts.positions import check_size
from .parts.token_bias import TokenBias
from .parts.vit_blocks import Steps, gated_mlp, mlp
from .parts.vit_embed import embed
from .parts.vit_pools import POOLS
from .variants.beit import VARIANTS as VARIANTS

BLOCK = r"embed|blocks-\d+"  # the steps in which a phase freezes
HEAD = "head"  # the checkpoint's own name for the classifier
SKIP = r"head\..+|(.+\.)?relative_position_index|mask_token"  # tensors that no layer takes
RULES = ((r"^(beit|data2vec_vision)\.", ""),)  # a task's model of transformers holds it as its own


def beit(
    x: KerasTensor,
    *,
    patch_size: int = 16,
    global_pool: str = "avg",
    embed_dim: int = 768,
    depth: int = 12,
    num_heads: int = 12,
    qkv_bias: bool = True,
    mlp_ratio: float = 4.0,
    swiglu_mlp: bool = False,
    scale_mlp: bool = False,
    norm_layer: str | tuple[str, float] = "layernorm",
    init_values: float | None = None,
    use_abs_pos_emb: bool = True,
    use_rel_pos_bias: bool = False,
    use_shared_rel_pos_bias: bool = False,
    use_fc_norm: bool | None = None,
    act_layer: str = "gelu",
    proj_drop_rate: float = 0.0,
    attn_drop_rate: float = 0.0,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a BEiT without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        patch_size: side of a patch in pixels; what patches do not fill is cut off.
        global_pool: "avg" of the patches, or "token" or "" for the class token.
        embed_dim: width of a token.
        depth: how many blocks.
        num_heads: parts of the width that attend on their own.
        qkv_bias: add biases to queries and values; keys have none.
        mlp_ratio: width inside a block's MLP, in widths of a token.
        swiglu_mlp: let one half of the MLP gate the other.
        scale_mlp: normalise inside the MLP.
        norm_layer: "layernorm" or "rmsnorm", or one of them with its epsilon.
        init_values: first factor of the layer scales; None or 0 for none.
        use_abs_pos_emb: learn positions.
        use_rel_pos_bias: learn in each block how patches lie to each other.
        use_shared_rel_pos_bias: learn it once for all blocks.
        use_fc_norm: normalise after pooling, not before; None where pooling averages.
        act_layer: activation, unless swiglu_mlp.
        proj_drop_rate: share that training drops of the embeddings and of what each step adds.
        attn_drop_rate: share of what is attended to that training drops.

    Returns:
        Features, (batch, tokens, embed_dim), and the features pooled, (batch, embed_dim).

    Raises:
        BadInput: images smaller than a patch, or a word that is none of those above.
    """
    check_size(x.shape[1:3], patch_size, strict=False)
    act = choose("beit", "act_layer", act_layer, {name: name for name in ACTIVATIONS})
    steps = Steps(
        heads=num_heads,
        hidden=int(embed_dim * mlp_ratio),
        qkv_bias=qkv_bias,
        proj_bias=True,
        norm=choose_norm("beit", "norm_layer", norm_layer),
        qk_norm=False,
        attention_norm=False,
        mlp_norm=scale_mlp,
        scale=init_values or None,
        activation="silu" if swiglu_mlp else act,
        mlp=gated_mlp if swiglu_mlp else mlp,
        differential=False,
        dropout=proj_drop_rate,
        attention_dropout=attn_drop_rate,
    )
    x = conv(
        x, embed_dim, patch_size, patch_size, bias=True, padding="valid", name="patch_embed-proj"
    )
    grid = (x.shape[1], x.shape[2])
    x = layers.Reshape((-1, embed_dim), name="patch_embed")(x)
    x = embed(x, {"cls_token": 1}, positions=use_abs_pos_emb, grids=(grid, grid), antialias=True)
    x = layers.Dropout(proj_drop_rate, name="embed")(x)
    shared = None
    if use_shared_rel_pos_bias:
        shared = TokenBias(grid, num_heads, name=table("rel_pos_bias"))(x)
    for i in range(depth):
        x = block(x, steps, grid if use_rel_pos_bias else None, shared, name=f"blocks-{i}")
    kinds = {kind: kind or "token" for kind in ("avg", "token", "")}
    kind = choose("beit", "global_pool", global_pool, kinds)
    late = kind == "avg" if use_fc_norm is None else use_fc_norm
    x = x if late else steps.norm(x, name="norm")
    y = x if kind == "token" else layers.Cropping1D((1, 0), name="pool-patches")(x)
    y = POOLS[kind](y, steps)
    return x, steps.norm(y, name="fc_norm") if late else y


def block(
    x: KerasTensor,
    steps: Steps,
    grid: tuple[int, int] | None,
    shared: KerasTensor | None,
    *,
    name: str,
) -> KerasTensor:
    """Attention, then an MLP, each after its norm.

    Args:
        x: tokens, (batch, length, width).
        steps: how they are computed.
        grid: rows and columns of the patches, where the block learns how they lie to each other.
        shared: bias that all blocks share, (1, heads, length, length).
        name: of the block.
    """
    y = steps.norm(x, name=f"{name}-norm1")
    q, k, v = project(y, steps, name=f"{name}-attn")
    biases = [] if shared is None else [shared]
    if grid:
        biases.append(TokenBias(grid, steps.heads, name=table(f"{name}-attn"))(x))
    if len(biases) > 1:
        biases = [layers.Add(name=f"{name}-attn-bias")(biases)]
    attend = Attention(steps.heads, steps.attention_dropout, name=f"{name}-attn-core")
    y = dense(attend(q, k, v, *biases), x.shape[-1], name=f"{name}-attn-proj")
    y = gamma(y, steps, steps.scale, name=f"{name}-gamma_1")
    x = layers.Add(name=f"{name}-add1")([x, y])
    y = steps.mlp(steps.norm(x, name=f"{name}-norm2"), steps, name=f"{name}-mlp")
    return layers.Add(name=name)([x, gamma(y, steps, steps.scale, name=f"{name}-gamma_2")])


def table(name: str) -> str:
    """Name the table of relative positions."""
    return f"{name}-relative_position_bias_table"


def resized(
    checkpoint: Mapping[str, np.ndarray], model: keras.Model, size: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Resample absolute and relative positions for images of another size; see `positions`."""
    absolute = positions.resized(checkpoint, model, size)
    return {**absolute, **token_bias.resized(checkpoint, model, size)}
