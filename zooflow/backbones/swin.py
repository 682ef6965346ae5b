"""Swin, the Transformer whose attention stays in windows that shift from block to block.

Paper: Liu et al., Swin Transformer, 2021. arXiv:2103.14030
Names: timm's, the arguments' too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from keras import KerasTensor

from .configs.swin import arguments as arguments
from .configs.swin import config as write_config
from .configs.swin import spelling
from .parts import add, dense, layer_norm
from .parts.attention import Split
from .parts.pools import pool
from .parts.relative import Pair, RelativeBias
from .parts.relative import resized as resized  # zoo.load asks the family for it
from .parts.swin_stages import Merge, attend, fit, mlp, patches, per_stage, windows_of
from .parts.windows import WindowAttention
from .variants.swin import VARIANTS as VARIANTS

BLOCK = r"patch_embed|layers-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = (  # the checkpoint's tensors that no layer takes
    r"head\..+|decoder\..+|embeddings\.mask_token|.+\.(relative_position_index|attn_mask)"
)
SPELLINGS = {"transformers": spelling}
RULES = ((r"^swin\.", ""),)  # a task's model holds all this as its `swin`
config = partial(write_config, kind="swin")


@dataclass(frozen=True)
class Steps:
    """How the steps of a stage's blocks are computed; see `swin`."""

    heads: int
    head_dim: int
    mlp_ratio: float
    qkv_bias: bool
    act_layer: str
    norm_eps: float
    fill_first: bool
    always_partition: bool


def swin(
    x: KerasTensor,
    *,
    patch_size: int = 4,
    embed_dim: int = 96,
    depths: Sequence[int] = (2, 2, 6, 2),
    num_heads: Sequence[int] = (3, 6, 12, 24),
    head_dim: int | Sequence[int | None] | None = None,
    window_size: int | Pair | Sequence[int | Pair] = 7,
    always_partition: bool = False,
    mlp_ratio: float | Sequence[float] = 4.0,
    qkv_bias: bool = True,
    global_pool: str = "avg",
    act_layer: str = "gelu",
    norm_eps: float = 1e-5,
    pos_embed: bool = False,
    fill_first: bool = False,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a Swin Transformer without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        patch_size: side of a patch in pixels.
        embed_dim: width of a token in the first stage; each stage after it doubles that.
        depths: blocks in each stage; each stage after the first halves height and width.
        num_heads: parts of the width that attend on their own, in each stage.
        head_dim: width of such a part, for all stages or for each; None where they share that of a
            token.
        window_size: side of the windows in patches, or rows and columns, for all stages or for
            each. Smaller images are one window.
        always_partition: fill smaller images up to a window instead.
        mlp_ratio: width inside a block's MLP, in widths of a token, for all stages or for each.
        qkv_bias: add biases to queries, keys and values.
        global_pool: how features are pooled, `pools.POOLS`.
        act_layer: activation.
        norm_eps: added to the variance in blocks and at the end.
        pos_embed: add learned positions to the patches.
        fill_first: fill images up to whole windows before they shift, as transformers does.

    Returns:
        Features, (batch, height / 32, width / 32, 8 embed_dim) for four stages of patches of 4
        pixels, and the features pooled, (batch, 8 embed_dim).

    Raises:
        BadInput: patches do not divide the images, or a list is not as long as there are stages.
    """
    stages = len(depths)
    heads = per_stage(num_heads, stages, "num_heads")
    head_dims = per_stage(head_dim, stages, "head_dim")
    ratios = per_stage(mlp_ratio, stages, "mlp_ratio")
    x = patches(x, patch_size, embed_dim, positions=pos_embed)
    for stage, window in enumerate(windows_of(window_size, stages)):
        if stage:
            x = downsample(x, name=f"layers-{stage}-downsample")
        steps = Steps(
            heads=heads[stage],
            head_dim=head_dims[stage] or x.shape[-1] // heads[stage],
            mlp_ratio=ratios[stage],
            qkv_bias=qkv_bias,
            act_layer=act_layer,
            norm_eps=norm_eps,
            fill_first=fill_first,
            always_partition=always_partition,
        )
        for i in range(depths[stage]):
            x = block(x, window, i % 2 == 1, steps, name=f"layers-{stage}-blocks-{i}")
    x = layer_norm(x, epsilon=norm_eps, name="norm")
    return x, pool(x, global_pool, name="pool")


def block(x: KerasTensor, window: Pair, shifted: bool, steps: Steps, *, name: str) -> KerasTensor:
    """Attention in windows, then an MLP, each after its norm."""
    y = layer_norm(x, epsilon=steps.norm_eps, name=f"{name}-norm1")
    window, shift = fit(x.shape[1:3], window, shifted=shifted, always=steps.always_partition)
    width = steps.heads * steps.head_dim
    attn = f"{name}-attn"

    def project(y: KerasTensor) -> list[KerasTensor]:
        qkv = dense(y, 3 * width, bias=steps.qkv_bias, name=f"{attn}-qkv")
        return Split((width, width, width), name=f"{attn}-split")(qkv)

    y = attend(
        y,
        window,
        shift,
        WindowAttention(steps.heads, name=f"{attn}-core"),
        project,
        RelativeBias(window, steps.heads, name=f"{attn}-relative_position_bias_table"),
        fill_first=steps.fill_first,
        name=attn,
    )
    x = add(x, y, name=f"{name}-add1")
    y = layer_norm(x, epsilon=steps.norm_eps, name=f"{name}-norm2")
    return add(x, mlp(y, steps.mlp_ratio, steps.act_layer, name=f"{name}-mlp"), name=name)


def downsample(x: KerasTensor, *, name: str) -> KerasTensor:
    """Merge 2 x 2 tokens into one of twice the width."""
    width = 2 * x.shape[-1]
    x = layer_norm(Merge(name=f"{name}-merge")(x), epsilon=1e-5, name=f"{name}-norm")
    return dense(x, width, bias=False, name=f"{name}-reduction")
