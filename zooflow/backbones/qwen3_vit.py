"""Qwen3's Vision Transformer, the eye of the Qwen3-VL to Qwen3.8 language models.

Paper: Bai et al., Qwen3-VL Technical Report, 2025. arXiv:2511.21631
Names: timm's, the arguments' too. timm resolves the width of the projector by the tag: see `TAGS`.
"""

import numpy as np
from keras import KerasTensor, layers, ops

from ..errors import BadInput
from .parts import ACTIVATIONS, Parameter, activation, conv, dense, layer_norm, registered
from .parts.choices import choose
from .parts.eva_blocks import Turns, norms_first
from .parts.positions import check_size
from .parts.rope import Rope
from .parts.vit_blocks import Steps, mlp
from .variants.qwen3_vit import TAGS as TAGS
from .variants.qwen3_vit import VARIANTS as VARIANTS

BLOCK = r"(encoder-)?(embed|blocks-\d+)"  # the steps in which a phase freezes
HEAD = "head"  # the checkpoint's own name for the classifier
SKIP = r"head\..+"  # the checkpoint's tensors that no layer takes
Grid = tuple[int, int]


def qwen3_vit(
    x: KerasTensor,
    *,
    prefix: str = "encoder-",
    patch_size: int = 16,
    global_pool: str = "avg",
    encoder_pool: str = "",
    out_features: int = 0,
    embed_dim: int = 1152,
    depth: int = 27,
    num_heads: int = 16,
    mlp_ratio: float = 4304 / 1152,
    merge_size: int = 2,
    pos_embed_grid_size: int = 48,
    rope_temperature: float = 10000.0,
    norm_eps: float = 1e-6,
    act_layer: str = "gelu_tanh",
    final_norm: bool = True,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace the encoder of images of a Qwen3, without a classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        prefix: what the layers' names begin with: "encoder-", or "" where timm holds the encoder
            alone. That one gives patches, and pools by averaging over what its projector gives.
        patch_size: side of a patch in pixels; what patches do not fill is cut off.
        global_pool: "avg" or "", which is the same here; of the encoder alone "merge" projects
            patches before they are averaged.
        encoder_pool: "merge" to project squares of patches to one token each; "" not to.
        out_features: width that they are projected to; 0 leaves the last projection out.
        embed_dim: width of a token.
        depth: how many blocks.
        num_heads: parts of the width that attend on their own.
        mlp_ratio: width inside a block's MLP, in widths of a token.
        merge_size: side of such a square, in patches.
        pos_embed_grid_size: rows and columns that positions are learned for; they are stretched to
            those of the images.
        rope_temperature: how much slower the last channels turn than the first.
        norm_eps: added to the variance.
        act_layer: activation.
        final_norm: normalise what was pooled.

    Returns:
        Features, (batch, rows, columns, embed_dim) or merged (batch, tokens, width), and the
        features pooled, (batch, width).

    Raises:
        BadInput: images smaller than a patch, or that squares do not divide; a word that is none of
            those above.
    """
    check_size(x.shape[1:3], patch_size, strict=False)
    alone = not prefix
    kinds = {"avg": encoder_pool == "merge", "": encoder_pool == "merge"}
    kinds |= {"merge": True} if alone else {}
    choose("qwen3_vit", "encoder_pool", encoder_pool, {"": False, "merge": True})
    merges = choose("qwen3_vit", "global_pool", global_pool, kinds)
    steps = Steps(
        heads=num_heads,
        hidden=int(embed_dim * mlp_ratio),
        qkv_bias=True,
        proj_bias=True,
        norm=lambda x, name: layer_norm(x, epsilon=norm_eps, name=name),
        qk_norm=False,
        attention_norm=False,
        mlp_norm=False,
        scale=None,
        activation=choose("qwen3_vit", "act_layer", act_layer, {act: act for act in ACTIVATIONS}),
        mlp=mlp,
        differential=False,
    )
    x = conv(
        x,
        embed_dim,
        patch_size,
        patch_size,
        bias=True,
        padding="valid",
        name=f"{prefix}patch_embed-proj",
    )
    grid: Grid = (x.shape[1], x.shape[2])
    x = layers.Reshape((-1, embed_dim), name=f"{prefix}patch_embed")(x)
    old = (pos_embed_grid_size, pos_embed_grid_size)
    table = Parameter((1, old[0] * old[1], embed_dim), name=f"{prefix}pos_embed")(x)
    if old != grid:
        table = Stretch(old, grid, name=f"{prefix}pos_embed-stretch")(table)
    x = layers.Add(name=f"{prefix}embed")([x, table])
    rope = Rope("cat", grid, temperature=rope_temperature, half=True)
    turns = Turns(rope=rope, prefix=0, key_bias=True, fused=True, scale_mlp=False)
    for i in range(depth):
        x = norms_first(x, steps, turns, i, num_heads, None, name=f"{prefix}blocks-{i}")
    x = layers.Reshape((*grid, embed_dim), name=f"{prefix}grid")(x)
    y = merge(x, steps, merge_size, out_features, name=f"{prefix}merger") if merges else x
    features = x if alone else y
    y = layers.Reshape((-1, y.shape[-1]), name="pool-tokens")(y)
    y = layers.GlobalAveragePooling1D(name="pool")(y)
    if final_norm and not alone:
        y = layers.LayerNormalization(epsilon=norm_eps, center=False, scale=False, name="norm")(y)
    return features, y


def merge(x: KerasTensor, steps: Steps, side: int, width: int, *, name: str) -> KerasTensor:
    """Make one token of each square of patches, of the width that a language model takes.

    Args:
        x: (batch, rows, columns, channels).
        steps: with the norm.
        side: of a square, in patches.
        width: that comes out; 0 leaves it at side x side x channels.
        name: of the layers.
    """
    rows, columns, channels = x.shape[1:]
    if rows % side or columns % side:
        raise BadInput(
            f"{rows} x {columns} patches do not divide into squares of {side} x {side}",
            hint="choose a size that is a multiple of both together",
        )
    x = steps.norm(x, name=f"{name}-norm")
    cut = (rows // side, side, columns // side, side, channels)
    x = layers.Permute((1, 3, 2, 4, 5), name=f"{name}-squares")(
        layers.Reshape(cut, name=f"{name}-cut")(x)
    )
    x = layers.Reshape((-1, side * side * channels), name=f"{name}-tokens")(x)
    x = activation(dense(x, x.shape[-1], name=f"{name}-fc1"), "gelu", name=f"{name}-act")
    return dense(x, width, name=f"{name}-fc2") if width else x


@registered
class Stretch(layers.Layer):
    """Stretch learned positions linearly, so that corners stay where they are.

    Args:
        old: rows and columns that they are learned for.
        new: those of the images.
    """

    def __init__(self, old: Grid, new: Grid, **settings):
        super().__init__(**settings)
        self.old, self.new = tuple(old), tuple(new)

    def call(self, table: KerasTensor) -> KerasTensor:
        """Stretch a table, (batch, rows * columns, width)."""
        grid = ops.reshape(table, (-1, *self.old, table.shape[-1]))
        rows, columns = (
            ops.cast(_linear(before, after), table.dtype)
            for before, after in zip(self.old, self.new, strict=True)
        )
        grid = ops.einsum("ir,jc,brcw->bijw", rows, columns, grid)
        return ops.reshape(grid, (-1, self.new[0] * self.new[1], table.shape[-1]))

    def get_config(self):
        """Give the constructor's arguments."""
        return {**super().get_config(), "old": self.old, "new": self.new}


def _linear(old: int, new: int) -> np.ndarray:
    """Give the weights of each old place in each new one, (new, old)."""
    places = np.linspace(0, old - 1, new)
    return np.stack([np.interp(places, range(old), row) for row in np.eye(old)], 1).astype(
        "float32"
    )
