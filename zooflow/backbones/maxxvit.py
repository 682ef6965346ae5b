"""MaxViT and CoAtNet, which put convolutions before attention, and timm's forms of both.

Paper: Tu et al., MaxViT, 2022. arXiv:2204.01697; Dai et al., CoAtNet, 2021. arXiv:2106.04803
Names: timm's, the arguments' too.
"""

from collections.abc import Sequence
from dataclasses import replace
from inspect import signature
from typing import Any

from keras import KerasTensor, layers

from ..errors import UnknownName
from .configs.images import pair
from .maxxvit_attention import Transformer, partition, transformer
from .maxxvit_blocks import Conv, convolution, norm_of
from .parts import activation, conv, dense
from .parts.pools import pool
from .parts.positions import check_size
from .parts.relative import resized as resized  # zoo.load asks the family for it
from .variants.maxxvit import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = (  # the checkpoint's tensors that no layer takes
    r"head\.fc\..+|.+\.(num_batches_tracked|relative_position_index|rel_coords_log)|"
    r".+\.(height|width)_lookup"
)


def maxxvit(
    x: KerasTensor,
    *,
    embed_dim: Sequence[int] = (96, 192, 384, 768),
    depths: Sequence[int] = (2, 3, 5, 2),
    block_type: Sequence[str | Sequence[str]] = ("C", "C", "T", "T"),
    stem_width: int | Sequence[int] = 64,
    stem_bias: bool = False,
    head_hidden_size: int | None = None,
    global_pool: str = "avg",
    **words: Any,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a MaxViT or a CoAtNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        embed_dim: channels of each stage.
        depths: blocks in each stage, which halves height and width.
        block_type: of each stage, or of its blocks, the last of them for all that follow: "C" is a
            convolution, "T" attention among all pixels, "M" a convolution and attention in windows
            and in grids, "PM" two convolutions and both side by side.
        stem_width: channels of the first two convolutions, or of each.
        stem_bias: add biases to them.
        head_hidden_size: width of a dense layer after pooling; None or 0 for none.
        global_pool: how features are pooled, `pools.POOLS`.
        words: how blocks are computed: `Conv`'s after `conv_`, `Transformer`'s after
            `transformer_`.

    Returns:
        Features, (batch, height / 32, width / 32, channels) for four stages, and the features
        pooled, (batch, channels or head_hidden_size).

    Raises:
        BadInput: the stages do not halve the images to whole pixels, windows do not divide them, or
            a word that is not known.
    """
    check_size(x.shape[1:3], 2 ** (1 + len(depths)), strict=True)
    convs, transformers = styles(words, x.shape[1:3])
    x = stem(x, stem_width, stem_bias, convs)
    for stage, (width, depth) in enumerate(zip(embed_dim, depths, strict=True)):
        kinds = block_type[stage]
        kinds = [kinds] if isinstance(kinds, str) else kinds
        for i in range(depth):
            name, stride = f"stages-{stage}-blocks-{i}", 1 if i else 2
            kind = kinds[min(i, len(kinds) - 1)]
            x = block(x, kind, width, stride, convs, transformers, name=name)
    norm = norm_of(transformers.norm_layer, transformers.norm_eps)
    if not head_hidden_size:
        x = norm(x, name="norm")
        return x, pool(x, global_pool, name="pool")
    y = norm(pool(x, global_pool, name="pool"), name="head-norm")
    y = dense(y, head_hidden_size, name="head-pre_logits-fc")
    return x, activation(y, "tanh", name="head-pre_logits")


def stem(x: KerasTensor, width: int | Sequence[int], bias: bool, cfg: Conv) -> KerasTensor:
    """Convolve twice, to half the height and width."""
    first, second = (width, width) if isinstance(width, int) else width
    padding = cfg.padding or "both"
    x = conv(x, first, 3, 2, bias=bias, padding=padding, name="stem-conv1")
    x = cfg.norm(x, name="stem-norm1")
    x = conv(x, second, 3, bias=bias, padding=padding, name="stem-conv2")
    return layers.Identity(name="stem")(x)


def block(
    x: KerasTensor,
    kind: str,
    width: int,
    stride: int,
    convs: Conv,
    transformers: Transformer,
    *,
    name: str,
) -> KerasTensor:
    """Trace a block of a kind."""
    if kind == "C":
        return convolution(x, width, stride, convs, name=name)
    if kind == "T":
        return transformer(x, width, stride, transformers, name=name)
    if kind == "M":
        x = convolution(x, width, stride, convs, name=f"{name}-conv")
        if not transformers.no_block_attn:
            inner = f"{name}-attn_block"
            x = partition(x, transformers, kinds=("attn_block",), name=inner, end=inner)
        return partition(x, transformers, kinds=("attn_grid",), name=f"{name}-attn_grid", end=name)
    if kind == "PM":
        x = convolution(x, width, stride, convs, name=f"{name}-conv-0")
        x = convolution(x, width, 1, convs, name=f"{name}-conv-1")
        both = ("attn_block", "attn_grid")
        return partition(x, transformers, kinds=both, name=f"{name}-attn", end=name)
    raise UnknownName("block_type", kind, ["C", "T", "M", "PM"])


def styles(words: dict[str, Any], size: tuple[int, int]) -> tuple[Conv, Transformer]:
    """Read how blocks are computed, for images of a size.

    Raises:
        UnknownName: a word that begins otherwise than all of them.
        TypeError: one that goes on otherwise.
    """
    parts: dict[str, dict[str, Any]] = {"conv": {}, "transformer": {}}
    for word, value in words.items():
        prefix, _, rest = word.partition("_")
        if prefix not in parts:
            raise UnknownName("argument of maxxvit", word, [*signature(maxxvit).parameters])
        parts[prefix][rest] = value
    transformers = Transformer(**parts["transformer"])
    ratio = transformers.partition_ratio
    window = transformers.window_size or (size[0] // ratio, size[1] // ratio)
    grid = transformers.grid_size or window
    return Conv(**parts["conv"]), replace(
        transformers, window_size=pair(window), grid_size=pair(grid)
    )
