"""Swin V2: attention compares directions, and takes relative positions from a small MLP.

Paper: Liu et al., Swin Transformer V2, 2021. arXiv:2111.09883
Names: timm's, the arguments' too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from keras import KerasTensor
from keras.layers import Activation, Rescaling

from .configs.images import pair
from .configs.swin import arguments as arguments
from .configs.swin import config as write_config
from .configs.swin import second_spelling
from .parts import add, dense, layer_norm
from .parts.attention import Split
from .parts.bare import Bias
from .parts.pools import pool
from .parts.relative import Pair, offset_mlp
from .parts.swin_stages import Merge, attend, fit, mlp, patches, per_stage, windows_of
from .parts.windows import CosineAttention
from .variants.swinv2 import VARIANTS as VARIANTS

BLOCK = r"patch_embed|layers-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = (  # the checkpoint's tensors that no layer takes
    r"head\..+|decoder\..+|embeddings\.mask_token|"
    r".+\.(relative_position_index|relative_coords_table|attn_mask|k_bias)"
)
SPELLINGS = {"transformers": second_spelling}
RULES = ((r"^swinv2\.", ""),)  # a task's model holds all this as its `swinv2`
config = partial(write_config, kind="swinv2")


@dataclass(frozen=True)
class Steps:
    """How the steps of a stage's blocks are computed; see `swinv2`."""

    heads: int
    pretrained_window: Pair
    mlp_ratio: float
    qkv_bias: bool
    act_layer: str
    norm_eps: float
    fill_first: bool
    always_partition: bool


def swinv2(
    x: KerasTensor,
    *,
    patch_size: int = 4,
    embed_dim: int = 96,
    depths: Sequence[int] = (2, 2, 6, 2),
    num_heads: Sequence[int] = (3, 6, 12, 24),
    window_size: int | Pair | Sequence[int | Pair] = 7,
    always_partition: bool = False,
    mlp_ratio: float = 4.0,
    qkv_bias: bool = True,
    act_layer: str = "gelu",
    pretrained_window_sizes: Sequence[int | Pair] = (0, 0, 0, 0),
    global_pool: str = "avg",
    norm_eps: float = 1e-5,
    fill_first: bool = False,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a Swin Transformer V2 without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        patch_size: side of a patch in pixels.
        embed_dim: width of a token in the first stage; each stage after it doubles that.
        depths: blocks in each stage; each stage after the first halves height and width.
        num_heads: parts of the width that attend on their own, in each stage.
        window_size: side of the windows in patches, or rows and columns, for all stages or for
            each. Smaller images are one window.
        always_partition: fill smaller images up to a window instead.
        mlp_ratio: width inside a block's MLP, in widths of a token.
        qkv_bias: add biases to queries and values.
        act_layer: activation.
        pretrained_window_sizes: of each stage, the windows by which offsets are measured; 0 for
            its own.
        global_pool: how features are pooled, `pools.POOLS`.
        norm_eps: added to the variance in blocks and at the end.
        fill_first: fill images up to whole windows before they shift, as transformers does.

    Returns:
        Features, (batch, height / 32, width / 32, 8 embed_dim) for four stages of patches of 4
        pixels, and the features pooled, (batch, 8 embed_dim).

    Raises:
        BadInput: patches do not divide the images, or a list is not as long as there are stages.
    """
    stages = len(depths)
    heads = per_stage(num_heads, stages, "num_heads")
    pretrained = [pair(side) for side in pretrained_window_sizes]
    x = patches(x, patch_size, embed_dim)
    for stage, window in enumerate(windows_of(window_size, stages)):
        if stage:
            x = downsample(x, name=f"layers-{stage}-downsample")
        steps = Steps(
            heads=heads[stage],
            pretrained_window=pretrained[stage],
            mlp_ratio=mlp_ratio,
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
    """Attention in windows, then an MLP, each before its norm."""
    window, shift = fit(x.shape[1:3], window, shifted=shifted, always=steps.always_partition)
    width, attn = x.shape[-1], f"{name}-attn"

    def project(y: KerasTensor) -> list[KerasTensor]:
        y = dense(y, 3 * width, bias=False, name=f"{attn}-qkv")
        q, k, v = Split((width, width, width), name=f"{attn}-split")(y)
        if steps.qkv_bias:
            q, v = Bias(name=f"{attn}-q_bias")(q), Bias(name=f"{attn}-v_bias")(v)
        return [q, k, v]

    def bias(y: KerasTensor) -> KerasTensor:
        y = offset_mlp(
            y,
            window,
            steps.heads,
            hidden=512,
            bias=False,
            normal=steps.pretrained_window if steps.pretrained_window[0] else window,
            names=(f"{attn}-cpb_mlp-0", f"{attn}-cpb_mlp-2"),
        )
        y = Activation("sigmoid", name=f"{attn}-cpb_mlp-gate")(y)
        return Rescaling(16.0, name=f"{attn}-cpb_mlp")(y)

    core = CosineAttention(steps.heads, name=attn)
    y = attend(x, window, shift, core, project, bias, fill_first=steps.fill_first, name=attn)
    x = add(x, layer_norm(y, epsilon=steps.norm_eps, name=f"{name}-norm1"), name=f"{name}-add1")
    y = mlp(x, steps.mlp_ratio, steps.act_layer, name=f"{name}-mlp")
    return add(x, layer_norm(y, epsilon=steps.norm_eps, name=f"{name}-norm2"), name=name)


def downsample(x: KerasTensor, *, name: str) -> KerasTensor:
    """Merge 2 x 2 tokens into one of twice the width."""
    width = 2 * x.shape[-1]
    x = dense(Merge(name=f"{name}-merge")(x), width, bias=False, name=f"{name}-reduction")
    return layer_norm(x, epsilon=1e-5, name=f"{name}-norm")
