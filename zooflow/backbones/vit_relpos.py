"""ViT with relative positions: attention knows how patches lie to each other, as in Swin.

Paper: Shaw et al., Self-Attention with Relative Position Representations, 2018. arXiv:1803.02155
Names: timm's (its module vision_transformer_relpos), the arguments' too.
"""

from collections.abc import Callable
from functools import partial

from keras import KerasTensor, layers

from ..errors import BadInput
from .parts import ACTIVATIONS, conv
from .parts.choices import choose, choose_norm
from .parts.positions import check_size
from .parts.relative import offset_mlp
from .parts.token_bias import PadBias, TokenBias
from .parts.token_bias import resized as resized  # zoo.load asks the family for it
from .parts.vit_blocks import BLOCKS, Steps, mlp
from .parts.vit_embed import put_before
from .parts.vit_pools import POOLS
from .variants.vit_relpos import VARIANTS as VARIANTS

BLOCK = r"embed|blocks-\d+"  # the steps in which a phase freezes
HEAD = "head"  # the checkpoint's own name for the classifier
SKIP = r"head\..+"  # the checkpoint's tensors that no layer takes


def vit_relpos(
    x: KerasTensor,
    *,
    patch_size: int = 16,
    global_pool: str = "avg",
    embed_dim: int = 768,
    depth: int = 12,
    num_heads: int = 12,
    mlp_ratio: float = 4.0,
    qkv_bias: bool = True,
    qk_norm: bool = False,
    init_values: float | None = 1e-6,
    class_token: bool = False,
    fc_norm: bool = False,
    rel_pos_type: str = "mlp",
    rel_pos_dim: int | None = None,
    shared_rel_pos: bool = False,
    norm_layer: str | tuple[str, float] = "layernorm",
    act_layer: str = "gelu",
    block_fn: str = "block",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a Vision Transformer with relative positions, without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        patch_size: side of a patch in pixels; what patches do not fill is cut off.
        global_pool: "avg" of the patches, "token", or "" (the class token if there is one, else
            "avg").
        embed_dim: width of a token.
        depth: how many blocks.
        num_heads: parts of the width that attend on their own.
        mlp_ratio: width inside a block's MLP, in widths of a token.
        qkv_bias: add biases to queries, keys and values.
        qk_norm: normalise queries and keys.
        init_values: first factor of the layer scales; None or 0 for none.
        class_token: put a learned token in front.
        fc_norm: normalise after pooling, not before.
        rel_pos_type: "bias" looks the bias of two patches up in a table; "mlp" computes it from
            their offset; "mlp_swin" as Swin v2 does.
        rel_pos_dim: width inside that MLP; None is 128.
        shared_rel_pos: have one table or MLP for all blocks.
        norm_layer: "layernorm" or "rmsnorm", or one of them with its epsilon.
        act_layer: activation.
        block_fn: "block" normalises first, "respost" last.

    Returns:
        Features, (batch, tokens, embed_dim), and the features pooled, (batch, embed_dim).

    Raises:
        BadInput: images smaller than a patch, or a word that is none of those above.
    """
    check_size(x.shape[1:3], patch_size, strict=False)
    if global_pool == "token" and not class_token:
        raise BadInput("vit_relpos cannot pool by the class token where class_token is false")
    x = conv(
        x, embed_dim, patch_size, patch_size, bias=True, padding="valid", name="patch_embed-proj"
    )
    kinds = {kind: kind for kind in ("bias", "mlp", "mlp_swin")}
    bias = partial(
        relative_bias,
        choose("vit_relpos", "rel_pos_type", rel_pos_type, kinds),
        grid=(x.shape[1], x.shape[2]),
        heads=num_heads,
        hidden=rel_pos_dim or 128,
        token=class_token,
    )
    x = layers.Reshape((-1, embed_dim), name="patch_embed")(x)
    x = put_before(x, {"cls_token": 1} if class_token else {}, name="embed-tokens")
    x = layers.Identity(name="embed")(x)
    steps = Steps(
        heads=num_heads,
        hidden=int(embed_dim * mlp_ratio),
        qkv_bias=qkv_bias,
        proj_bias=True,
        norm=choose_norm("vit_relpos", "norm_layer", norm_layer),
        qk_norm=qk_norm,
        attention_norm=False,
        mlp_norm=False,
        scale=init_values,
        activation=choose("vit_relpos", "act_layer", act_layer, {a: a for a in ACTIVATIONS}),
        mlp=mlp,
        differential=False,
        bias=once(bias(x, name="shared_rel_pos")) if shared_rel_pos else within(bias),
    )
    orders = {word: BLOCKS[word] for word in ("block", "respost")}
    block = choose("vit_relpos", "block_fn", block_fn, orders)
    for i in range(depth):
        x = block(x, steps, i, name=f"blocks-{i}")
    x = x if fc_norm else steps.norm(x, name="norm")
    kind = global_pool or ("token" if class_token else "avg")
    average = class_token and kind == "avg"
    y = layers.Cropping1D((1, 0), name="pool-patches")(x) if average else x
    pools = {word: POOLS[word] for word in ("avg", "token")}
    y = choose("vit_relpos", "global_pool", kind, pools)(y, steps)
    return x, steps.norm(y, name="fc_norm") if fc_norm else y


def once(bias: KerasTensor) -> Callable[..., KerasTensor]:
    """Give every block the same bias."""
    return lambda x, name: bias


def within(bias: Callable[..., KerasTensor]) -> Callable[..., KerasTensor]:
    """Let every attention trace a bias of its own."""
    return lambda x, name: bias(x, name=f"{name}-rel_pos")


def relative_bias(
    kind: str,
    x: KerasTensor,
    *,
    grid: tuple[int, int],
    heads: int,
    hidden: int,
    token: bool,
    name: str,
) -> KerasTensor:
    """Say how the lie of two patches makes them alike, (1, heads, tokens, tokens).

    Args:
        kind: "bias", "mlp" or "mlp_swin".
        x: to hang on to.
        grid: rows and columns of the patches.
        heads: of attention.
        hidden: width inside the MLP.
        token: a class token stands before the patches.
        name: that the layers' begin with.
    """
    if kind == "bias":
        return TokenBias(grid, heads, token, name=f"{name}-relative_position_bias_table")(x)
    names = f"{name}-mlp-fc1", f"{name}-mlp-fc2"
    if kind == "mlp":
        y = offset_mlp(x, grid, heads, hidden=hidden, names=names)
    else:
        y = offset_mlp(x, grid, heads, hidden=hidden, bias=False, normal=grid, names=names)
        y = layers.Activation("sigmoid", name=f"{name}-sigmoid")(y)
        y = layers.Rescaling(16, name=f"{name}-gain")(y)
    return PadBias(int(token), name=f"{name}-bias")(y)
