"""ViT, the Vision Transformer, with its DeiT, CLIP, SigLIP, DINOv2, AIMv2 and many other forms.

Paper: Dosovitskiy et al., An Image is Worth 16x16 Words, 2020. arXiv:2010.11929
Names: timm's, the arguments' too, so that a checkpoint's `model_args` say what they say there.
"""

from functools import partial
from inspect import signature

from keras import KerasTensor, layers

from ..errors import BadInput
from .configs.vit import PARTS as PARTS
from .configs.vit import arguments as arguments
from .configs.vit_export import config as write_config
from .configs.vit_spelling import FOREIGN
from .configs.vit_spelling import RULES as RULES
from .configs.vit_spelling import SPELLINGS as SPELLINGS
from .parts import ACTIVATIONS, activation, conv, dense
from .parts.attention import Token
from .parts.choices import choose, choose_norm
from .parts.positions import check_size
from .parts.positions import resized as resized  # zoo.load asks the family for it
from .parts.vit_blocks import BLOCKS, MLPS, Steps
from .parts.vit_embed import POSITIONS, embed
from .parts.vit_pools import POOLS
from .variants.vit import VARIANTS as VARIANTS

BLOCK = r"embed|blocks-\d+"  # the steps in which a phase freezes
HEAD = "head"  # the checkpoint's own name for the classifier
SKIP = rf"head(_dist)?\..+|{FOREIGN}"  # the checkpoint's tensors that no layer takes


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
    no_embed_reg: bool = False,
    pos_grid: tuple[int, int] | None = None,
    pos_antialias: bool = False,
    pre_norm: bool = False,
    final_norm: bool = True,
    fc_norm: bool | None = None,
    global_pool: str = "token",
    pool_include_prefix: bool = False,
    pooler: bool = False,
    projection_dim: int = 0,
    dynamic_img_size: bool = False,
    norm_layer: str | tuple[str, float] = "layernorm",
    embed_norm_layer: str | tuple[str, float] | None = None,
    act_layer: str = "gelu",
    mlp_layer: str = "mlp",
    attn_layer: str = "attn",
    block_fn: str = "block",
    proj_drop_rate: float = 0.0,
    attn_drop_rate: float = 0.0,
    patch_name: str = "patch_embed-proj",
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
        no_embed_reg: give positions to the class token and the patches only, as DINOv2 does.
        pos_grid: rows and columns that positions are learned for, where they shall be resampled on
            the way; None for those of the images.
        pos_antialias: resample them with antialiasing.
        pre_norm: normalise before the blocks; the patches' projection has no bias then.
        final_norm: normalise after the blocks.
        fc_norm: do so after pooling; None where pooling averages.
        global_pool: "token", "avg", "max", "avgmax", "map" (attention with a learned query), ""
            (the class token if there is one, else "avg") or "first": the class token alone, even
            where a distilled one is behind it.
        pool_include_prefix: pool the learned tokens too.
        pooler: take what was pooled through a dense layer and tanh, as transformers' ViTModel does.
        projection_dim: map it to so many channels, those that a CLIP's images and texts share; 0
            for not.
        dynamic_img_size: refuse images that patches do not divide; else the rest is cut off.
        norm_layer: "layernorm" or "rmsnorm", or one of them with its epsilon.
        embed_norm_layer: the same, for patches; None for none.
        act_layer: activation.
        mlp_layer: "mlp", "swiglu" or "swiglupacked".
        attn_layer: "attn" or "diff".
        block_fn: "block" and other orders of the same steps, `BLOCKS`.
        proj_drop_rate: share that training drops of the embeddings and of what each step adds.
        attn_drop_rate: share of what is attended to that training drops.
        patch_name: of the layer that projects patches.

    Returns:
        Features, (batch, tokens, embed_dim), and the features pooled, (batch, embed_dim).

    Raises:
        BadInput: images that do not fit the patches, or a word that is none of those above.
    """
    check_size(x.shape[1:3], patch_size, strict=dynamic_img_size)
    if global_pool in ("token", "first") and not class_token:
        raise BadInput("vit cannot pool by the class token where class_token is false")
    norm = choose_norm("vit", "norm_layer", norm_layer)
    word = partial(choose, "vit")
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
        activation=word("act_layer", act_layer, {name: name for name in ACTIVATIONS}),
        mlp=word("mlp_layer", mlp_layer, MLPS),
        differential=word("attn_layer", attn_layer, {"attn": False, "": False, "diff": True}),
        dropout=proj_drop_rate,
        attention_dropout=attn_drop_rate,
    )
    block = word("block_fn", block_fn, BLOCKS)
    counts = {"cls_token": int(class_token), "dist_token": int(distilled), "reg_token": reg_tokens}
    learned = {name: count for name, count in counts.items() if count}
    x = conv(
        x,
        embed_dim,
        patch_size,
        patch_size,
        bias=not pre_norm,
        padding="valid",
        name=patch_name,
    )
    grid = (x.shape[1], x.shape[2])
    x = layers.Reshape((-1, embed_dim), name="patch_embed")(x)
    if embed_norm_layer:
        x = choose_norm("vit", "embed_norm_layer", embed_norm_layer)(x, name="patch_embed-norm")
    x = embed(
        x,
        learned,
        positions=word("pos_embed", pos_embed, POSITIONS),
        without="class" if no_embed_class else "registers" if no_embed_reg else "",
        grids=(pos_grid or grid, grid),
        antialias=pos_antialias,
    )
    if pre_norm:
        x = norm(x, name="norm_pre")
    x = layers.Dropout(proj_drop_rate, name="embed")(x)
    for i in range(depth):
        x = block(x, steps, i, name=f"blocks-{i}")
    norm_late = global_pool in ("avg", "avgmax", "max") if fc_norm is None else fc_norm
    if final_norm and not norm_late:
        x = norm(x, name="norm")
    if distilled and global_pool != "first":
        ends = [Token(0, name="pool-cls_token")(x), Token(1, name="pool-dist_token")(x)]
        return x, layers.Average(name="pool")(ends)
    kind = global_pool or ("token" if class_token else "avg")
    y = x
    if learned and kind not in ("token", "first") and not pool_include_prefix:
        y = layers.Cropping1D((sum(learned.values()), 0), name="pool-patches")(x)
    y = word("global_pool", kind, POOLS)(y, steps)
    if final_norm and norm_late:
        y = norm(y, name="fc_norm")
    if pooler:
        y = activation(dense(y, embed_dim, name="pooler-dense"), "tanh", name="pooler")
    if projection_dim:
        y = dense(y, projection_dim, bias=False, name="visual_projection")
    return x, y


config = partial(
    write_config,
    defaults={name: word.default for name, word in signature(vit).parameters.items()},
)
