"""ViT, the Vision Transformer, with its DeiT, CLIP, SigLIP, DINOv2, AIMv2 and many other forms.

Paper: Dosovitskiy et al., An Image is Worth 16x16 Words, 2020. arXiv:2010.11929
Names: timm's, the arguments' too, so that a checkpoint's `model_args` say what they say there.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from keras import KerasTensor, layers

from ..errors import BadInput
from .attention import Token, rms_norm
from .parts import ACTIVATIONS, Parameter, conv, layer_norm
from .positions import check_size
from .positions import resized as resized  # zoo.load asks the family for it
from .variants.vit import VARIANTS as VARIANTS
from .vit_blocks import BLOCKS, MLPS, Steps
from .vit_pools import POOLS

BLOCK = r"embed|blocks-\d+"  # the steps in which a phase freezes
HEAD = "head"  # the checkpoint's own name for the classifier
SKIP = r"head(_dist)?\..+"  # the checkpoint's tensors that no layer takes


def vit(
    x: KerasTensor,
    *,
    patch_size: int = 16,
    embed_dim: int = 768,
    depth: int = 12,
    num_heads: int = 12,
    mlp_ratio: float = 4.0,
    qkv_bias: bool = True,
    proj_bias: bool = True,
    qk_norm: bool = False,
    scale_attn_norm: bool = False,
    scale_mlp_norm: bool = False,
    init_values: float | None = None,
    class_token: bool = True,
    distilled: bool = False,
    reg_tokens: int = 0,
    pos_embed: str = "learn",
    no_embed_class: bool = False,
    pre_norm: bool = False,
    final_norm: bool = True,
    fc_norm: bool | None = None,
    global_pool: str = "token",
    pool_include_prefix: bool = False,
    dynamic_img_size: bool = False,
    norm_layer: str | tuple[str, float] = "layernorm",
    embed_norm_layer: str | tuple[str, float] | None = None,
    act_layer: str = "gelu",
    mlp_layer: str = "mlp",
    attn_layer: str = "attn",
    block_fn: str = "block",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a Vision Transformer without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        patch_size: side of a patch in pixels.
        embed_dim: width of a token.
        depth: how many blocks.
        num_heads: parts of the width that attend on their own.
        mlp_ratio: width inside a block's MLP, in widths of a token.
        qkv_bias: add biases to queries, keys and values.
        proj_bias: add biases to the projections after attention and in the MLP.
        qk_norm: normalise queries and keys.
        scale_attn_norm: normalise what attention mixed.
        scale_mlp_norm: normalise inside the MLP.
        init_values: first factor of the layer scales; None or 0 for none.
        class_token: put a learned token in front.
        distilled: put a second one behind it, as DeiT does to learn from a teacher.
        reg_tokens: learned tokens to put behind those.
        pos_embed: "learn" positions; "none" or "" for none.
        no_embed_class: give positions to the patches only.
        pre_norm: normalise before the blocks; the patches' projection has no bias then.
        final_norm: normalise after the blocks.
        fc_norm: do so after pooling; None where pooling averages.
        global_pool: "token", "avg", "max", "avgmax", "map" (attention with a learned query)
            or "" (the class token if there is one, else "avg").
        pool_include_prefix: pool the learned tokens too.
        dynamic_img_size: refuse images that patches do not divide; else the rest is cut off.
        norm_layer: "layernorm" or "rmsnorm", or one of them with its epsilon.
        embed_norm_layer: the same, for patches; None for none.
        act_layer: activation.
        mlp_layer: "mlp", "swiglu" or "swiglupacked".
        attn_layer: "attn" or "diff".
        block_fn: "block" and other orders of the same steps, `BLOCKS`.

    Returns:
        Features, (batch, tokens, embed_dim), and the features pooled, (batch, embed_dim).

    Raises:
        BadInput: images that do not fit the patches, or a word that is none of those above.
    """
    check_size(x.shape[1:3], patch_size, strict=dynamic_img_size)
    if global_pool == "token" and not class_token:
        raise BadInput("vit cannot pool by the class token where class_token is false")
    norm = _norm(norm_layer)
    steps = Steps(
        heads=num_heads,
        hidden=int(embed_dim * mlp_ratio),
        qkv_bias=qkv_bias,
        proj_bias=proj_bias,
        norm=norm,
        qk_norm=qk_norm,
        attention_norm=scale_attn_norm,
        mlp_norm=scale_mlp_norm,
        scale=init_values,
        activation=_choose("act_layer", act_layer, {name: name for name in ACTIVATIONS}),
        mlp=_choose("mlp_layer", mlp_layer, MLPS),
        differential=_choose("attn_layer", attn_layer, {"attn": False, "": False, "diff": True}),
    )
    block = _choose("block_fn", block_fn, BLOCKS)
    counts = {"cls_token": int(class_token), "dist_token": int(distilled), "reg_token": reg_tokens}
    learned = {name: count for name, count in counts.items() if count}
    x = conv(
        x,
        embed_dim,
        patch_size,
        patch_size,
        bias=not pre_norm,
        padding="valid",
        name="patch_embed-proj",
    )
    x = layers.Reshape((-1, embed_dim), name="patch_embed")(x)
    if embed_norm_layer:
        x = _norm(embed_norm_layer)(x, name="patch_embed-norm")
    x = embed(
        x,
        learned,
        positions=_choose("pos_embed", pos_embed, POSITIONS),
        patches_only=no_embed_class,
    )
    if pre_norm:
        x = norm(x, name="norm_pre")
    x = layers.Identity(name="embed")(x)
    for i in range(depth):
        x = block(x, steps, i, name=f"blocks-{i}")
    norm_late = global_pool in ("avg", "avgmax", "max") if fc_norm is None else fc_norm
    if final_norm and not norm_late:
        x = norm(x, name="norm")
    if distilled:
        ends = [Token(0, name="pool-cls_token")(x), Token(1, name="pool-dist_token")(x)]
        return x, layers.Average(name="pool")(ends)
    kind = global_pool or ("token" if class_token else "avg")
    pool = _choose("global_pool", kind, POOLS)
    y = x
    if learned and kind != "token" and not pool_include_prefix:
        y = layers.Cropping1D((sum(learned.values()), 0), name="pool-patches")(x)
    y = pool(y, steps)
    return x, norm(y, name="fc_norm") if final_norm and norm_late else y


def embed(
    x: KerasTensor, learned: dict[str, int], *, positions: bool, patches_only: bool
) -> KerasTensor:
    """Put learned tokens before the patches, and add positions to all or to patches only.

    Args:
        x: patches, (batch, length, width).
        learned: how many tokens of each name.
        positions: add them at all.
        patches_only: add them before the learned tokens come.
    """

    def add_positions(x: KerasTensor) -> KerasTensor:
        table = Parameter((1, *x.shape[1:]), name="pos_embed")(x)
        return layers.Add(name="embed-positions")([x, table])

    if positions and patches_only:
        x = add_positions(x)
    if learned:
        tokens = [Parameter((1, n, x.shape[-1]), name=name)(x) for name, n in learned.items()]
        x = layers.Concatenate(axis=1, name="embed-tokens")([*tokens, x])
    return add_positions(x) if positions and not patches_only else x


POSITIONS = {"learn": True, "none": False, "": False}
NORMS = {"layernorm": layer_norm, "rmsnorm": rms_norm}


def _norm(kind: str | tuple[str, float]) -> Callable[..., KerasTensor]:
    word, epsilon = (kind, 1e-6) if isinstance(kind, str) else kind
    return partial(_choose("norm_layer", word, NORMS), epsilon=epsilon)


def _choose(argument: str, word: str, known: dict[str, Any]) -> Any:
    if word not in known:
        words = ", ".join(repr(word) for word in known)
        raise BadInput(f"vit does not know {argument} {word!r}", hint=f"it knows {words}")
    return known[word]
