"""EVA, the ViT with rotary positions: EVA-01 and 02, DINOv3, Perception Encoder, RoPE-ViT.

Paper: Fang et al., EVA-02: A Visual Representation for Neon Genesis, 2023. arXiv:2303.11331
Names: timm's, the arguments' too, so that a checkpoint's `model_args` say what they say there.
"""

from collections.abc import Sequence
from dataclasses import replace

from keras import KerasTensor, layers

from ..errors import BadInput
from .configs.eva import SPELLINGS as SPELLINGS
from .configs.eva import arguments as arguments
from .configs.eva import config as config
from .parts import Parameter, conv
from .parts.choices import choose, choose_norm
from .parts.eva_blocks import Turns, norms_first, norms_last
from .parts.positions import check_size
from .parts.positions import resized as resized  # zoo.load asks the family for it
from .parts.rope import Rope
from .parts.vit_blocks import Steps, gated_mlp, mlp, packed_mlp
from .parts.vit_embed import embed
from .parts.vit_pools import POOLS
from .variants.eva import VARIANTS as VARIANTS

BLOCK = r"embed|blocks-\d+"  # the steps in which a phase freezes
HEAD = "head"  # the checkpoint's own name for the classifier
SKIP = r"head\..+|mask_token|no_reg_token"  # the checkpoint's tensors that no layer takes
Pair = tuple[int, int]


def eva(
    x: KerasTensor,
    *,
    patch_size: int = 16,
    global_pool: str = "avg",
    embed_dim: int = 768,
    depth: int = 12,
    num_heads: int = 12,
    num_kv_heads: int | Sequence[int] | None = None,
    qkv_bias: bool = True,
    qkv_fused: bool = True,
    qk_norm: bool = False,
    mlp_ratio: float = 4.0,
    swiglu_mlp: bool = False,
    swiglu_align_to: int = 0,
    scale_mlp: bool = False,
    scale_attn_inner: bool = False,
    attn_type: str = "eva",
    norm_layer: str | tuple[str, float] = "layernorm",
    init_values: float | None = None,
    attn_only_layer_scale: bool = False,
    class_token: bool = True,
    num_reg_tokens: int = 0,
    no_embed_class: bool = False,
    use_abs_pos_emb: bool = True,
    use_rot_pos_emb: bool = False,
    rope_type: str = "cat",
    rope_grid_offset: float = 0.0,
    rope_grid_indexing: str = "ij",
    rope_temperature: float = 10000.0,
    rope_rotate_half: bool = False,
    rope_mrope_section: tuple[int, int, int] | None = None,
    use_post_norm: bool = False,
    use_pre_transformer_norm: bool = False,
    use_post_transformer_norm: bool | None = None,
    use_fc_norm: bool | None = None,
    attn_pool_num_heads: int | None = None,
    attn_pool_mlp_ratio: float | None = None,
    dynamic_img_size: bool = False,
    ref_feat_shape: int | Pair | None = None,
    attn_drop_rate: float = 0.0,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an EVA without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        patch_size: side of a patch in pixels.
        global_pool: "token", "avg", "max", "avgmax", "map" (attention with a learned query)
            or "" (the class token if there is one, else "avg").
        embed_dim: width of a token.
        depth: how many blocks.
        num_heads: parts of the width that attend on their own.
        num_kv_heads: fewer heads of keys and values, in all blocks or in each; None for as many.
        qkv_bias: add biases to queries and values; to keys where attn_type is "rope".
        qkv_fused: make queries, keys and values by one projection.
        qk_norm: normalise queries and keys.
        mlp_ratio: width inside a block's MLP, in widths of a token.
        swiglu_mlp: let one half of the MLP gate the other.
        swiglu_align_to: round the MLP's width up to a multiple, the halves projected apart.
        scale_mlp: normalise inside the MLP.
        scale_attn_inner: normalise what attention mixed.
        attn_type: "eva" or "rope".
        norm_layer: "layernorm" or "rmsnorm", or one of them with its epsilon.
        init_values: first factor of the layer scales; None for none.
        attn_only_layer_scale: scale what attention says, but not the MLP.
        class_token: put a learned token in front.
        num_reg_tokens: learned tokens to put behind it.
        no_embed_class: give learned positions to the patches only.
        use_abs_pos_emb: learn positions.
        use_rot_pos_emb: turn queries and keys by their positions.
        rope_type: how, and the five after it: see `Rope`.
        rope_grid_offset: added to rows and columns.
        rope_grid_indexing: "ij" puts the rows first, "xy" the columns.
        rope_temperature: how much slower the last channels turn than the first.
        rope_rotate_half: a channel turns with the one half a head away.
        rope_mrope_section: most channels of time, rows and columns; None is (8, 12, 12).
        use_post_norm: normalise behind attention and MLP, not before.
        use_pre_transformer_norm: normalise before the blocks; the patches' projection has no bias
            then.
        use_post_transformer_norm: normalise after the blocks; None unless after pooling.
        use_fc_norm: normalise after pooling; None where pooling averages.
        attn_pool_num_heads: heads of the "map" pooling; None for num_heads.
        attn_pool_mlp_ratio: of its MLP; None for mlp_ratio.
        dynamic_img_size: refuse images that patches do not divide; else the rest is cut off.
        ref_feat_shape: rows and columns that "cat" positions are stretched to; None leaves them.
        attn_drop_rate: share of what is attended to that training drops.

    Returns:
        Features, (batch, tokens, embed_dim), and the features pooled, (batch, embed_dim).

    Raises:
        BadInput: images that do not fit the patches, a word that is none of those above, or
            arguments that do not go together.
    """
    check_size(x.shape[1:3], patch_size, strict=dynamic_img_size)
    if global_pool == "token" and not class_token:
        raise BadInput("eva cannot pool by the class token where class_token is false")
    key_bias = choose("eva", "attn_type", attn_type, {"eva": False, "rope": True})
    kv_heads = _kv_heads(num_kv_heads, num_heads, depth, shared=key_bias and not qkv_fused)
    if use_post_norm and (qk_norm or attn_only_layer_scale or set(kv_heads) != {num_heads}):
        raise BadInput(
            "eva takes neither qk_norm, attn_only_layer_scale nor num_kv_heads where "
            "use_post_norm is true"
        )
    learned = {"cls_token": int(class_token), "reg_token": num_reg_tokens}
    learned = {name: count for name, count in learned.items() if count}
    apart = scale_mlp or (swiglu_align_to and not use_post_norm)
    hidden = int(embed_dim * mlp_ratio)
    if swiglu_mlp and apart and swiglu_align_to:
        hidden = -(-hidden // swiglu_align_to) * swiglu_align_to
    steps = Steps(
        heads=num_heads,
        hidden=2 * hidden if swiglu_mlp and not apart else hidden,
        qkv_bias=qkv_bias,
        proj_bias=True,
        norm=choose_norm("eva", "norm_layer", norm_layer),
        qk_norm=qk_norm,
        attention_norm=scale_attn_inner,
        mlp_norm=scale_mlp,
        scale=init_values,
        activation="silu" if swiglu_mlp else "gelu",
        mlp=mlp if not swiglu_mlp else gated_mlp if apart else packed_mlp,
        differential=False,
        attention_dropout=attn_drop_rate,
    )
    x = conv(
        x,
        embed_dim,
        patch_size,
        patch_size,
        bias=not use_pre_transformer_norm,
        padding="valid",
        name="patch_embed-proj",
    )
    rope = Rope(
        rope_type,
        x.shape[1:3],
        temperature=rope_temperature,
        reference=_pair(ref_feat_shape),
        offset=rope_grid_offset,
        indexing=rope_grid_indexing,
        half=rope_rotate_half or rope_type == "mrope",
        section=rope_mrope_section or Rope.section,
    )
    turns = Turns(
        rope=rope if use_rot_pos_emb else None,
        prefix=sum(learned.values()),
        key_bias=key_bias,
        fused=qkv_fused,
        scale_mlp=not attn_only_layer_scale,
    )
    x = layers.Reshape((-1, embed_dim), name="patch_embed")(x)
    without = "class" if no_embed_class else ""
    grids = (rope.grid, rope.grid)
    x = embed(x, learned, positions=use_abs_pos_emb, without=without, grids=grids, antialias=True)
    if use_pre_transformer_norm:
        x = steps.norm(x, name="norm_pre")
    x = layers.Identity(name="embed")(x)
    frequencies = None
    if turns.rope and rope_type == "mixed":
        shape = (2, depth, num_heads, embed_dim // num_heads // 2)
        frequencies = Parameter(shape, name="rope-freqs")(x)
    block = norms_last if use_post_norm else norms_first
    for i, few in enumerate(kv_heads):
        x = block(x, steps, turns, i, few, frequencies, name=f"blocks-{i}")
    norm_late = global_pool == "avg" if use_fc_norm is None else use_fc_norm
    norm_here = not norm_late if use_post_transformer_norm is None else use_post_transformer_norm
    if norm_here:
        x = steps.norm(x, name="norm")
    kind = global_pool or ("token" if class_token else "avg")
    y = x
    if kind == "map":
        ratio = attn_pool_mlp_ratio or mlp_ratio
        heads = attn_pool_num_heads or num_heads
        steps = replace(steps, heads=heads, hidden=int(embed_dim * ratio), activation="gelu")
    elif learned and kind != "token":
        y = layers.Cropping1D((turns.prefix, 0), name="pool-patches")(x)
    y = choose("eva", "global_pool", kind, POOLS)(y, steps)
    return x, steps.norm(y, name="fc_norm") if norm_late else y


def _kv_heads(
    given: int | Sequence[int] | None, heads: int, depth: int, *, shared: bool
) -> tuple[int, ...]:
    """Say how many heads of keys and values each block has."""
    counts = tuple(given) if isinstance(given, Sequence) else (given or heads,) * depth
    if len(counts) != depth or any(heads % count for count in counts):
        raise BadInput(
            f"eva cannot share {heads} heads among num_kv_heads {given!r} in {depth} blocks"
        )
    if not shared and set(counts) - {heads}:
        raise BadInput("eva takes num_kv_heads only where attn_type is 'rope' and qkv_fused false")
    return counts


def _pair(sides: int | Pair | None) -> Pair | None:
    if sides is None:
        return None
    return (sides, sides) if isinstance(sides, int) else (sides[0], sides[1])
