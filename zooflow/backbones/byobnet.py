"""Networks of blocks that each stage chooses: GERNet, RepVGG, MobileOne, CLIP's ResNets.

Paper: Lin et al., Neural Architecture Design for GPU-Efficient Networks, 2020. arXiv:2006.14090;
Ding et al., RepVGG, 2021. arXiv:2101.03697; Vasu et al., MobileOne, 2022. arXiv:2206.04040;
Radford et al., Learning Transferable Visual Models (CLIP), 2021. arXiv:2103.00020
Names: timm's; the arguments are those of its ByoModelCfg.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import KerasTensor
from keras.layers import AveragePooling2D, Flatten, GlobalAveragePooling2D, Identity, MaxPooling2D

from ..errors import UnknownName
from .byobnet_blocks import Block, Style, expanded, trace
from .parts import activation, average, conv, dense, norm, rounded
from .parts.attention_pool import attention_pool
from .parts.max_pool import MaxPool
from .parts.norm_act import conv_norm_act
from .parts.positions import resample
from .variants.byobnet import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-\d+|final_conv"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes
STEMS = ("", "quad", "quad2", "tiered", "deep", "rep", "one", "7x7", "3x3")
HEADS = ("", "classifier", "mlp", "attn_abs")
Stage = Mapping[str, Any] | tuple[Mapping[str, Any], ...]


def byobnet(
    x: KerasTensor,
    blocks: tuple[Stage, ...],
    *,
    downsample: str = "conv1x1",
    stem_type: str = "3x3",
    stem_pool: str | None = "maxpool",
    stem_chs: int | tuple[int, ...] = 32,
    width_factor: float = 1.0,
    num_features: int = 0,
    act_layer: str = "relu",
    norm_layer: str = "batchnorm",
    aa_layer: str = "",
    head_hidden_size: int | None = None,
    head_type: str = "classifier",
    attn_layer: str | None = None,
    attn_kwargs: Mapping[str, Any] | None = None,
    block_kwargs: Mapping[str, Any] | None = None,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a network without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        blocks: those of each stage, as arguments of `byobnet_blocks.Block`.
        downsample: how a shortcut changes its shape: "conv1x1", "avg" pools first, "" leaves the
            shortcut out there.
        stem_type: "3x3" or "7x7" is one convolution, "deep" three, "tiered" three that begin
            narrower, "quad" four, "quad2" four of which two activate; "rep" and "one" are blocks.
        stem_pool: "maxpool", "max2" or "avg2" after the convolutions; "" strides instead.
        stem_chs: channels of the stem, or of each of its convolutions.
        width_factor: multiplies all channels.
        num_features: channels of a last convolution; 0 leaves it out.
        act_layer: activation.
        norm_layer: normalisation, as `norm_act.norm_act` knows it.
        aa_layer: how the blocks' strides are smoothed, as `parts.antialias` knows it.
        head_hidden_size: channels of the head of type "mlp".
        head_type: how the features are pooled: "classifier" averages, "mlp" normalises and maps
            after that, "attn_abs" attends as CLIP does.
        attn_layer: how blocks weigh channels, of `channel_attention.ATTENTIONS`; None not at all.
        attn_kwargs: its settings.
        block_kwargs: further settings of the blocks: fields of `byobnet_blocks.Options`.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and the pooled ones,
        (batch, channels).
    """
    for what, word, known in (("stem", stem_type, STEMS), ("head", head_type, HEADS)):
        if word not in known:
            raise UnknownName(what, word, list(known))
    style = Style(downsample, act_layer, norm_layer, aa_layer)
    common = {"attn_layer": attn_layer, "attn_kwargs": attn_kwargs, "block_kwargs": block_kwargs}
    x = stem(
        x, stem_type, stem_pool or "", stem_chs, width_factor, style, (attn_layer, attn_kwargs)
    )
    for i, stage in enumerate(blocks):
        chosen = (stage,) if isinstance(stage, Mapping) else stage
        for j, block in enumerate(expanded(chosen, common)):
            width = rounded(block.c * width_factor)
            stride = block.s if j == 0 else 1
            x = trace(x, block, width, stride, style, name=f"stages-{i}-{j}")
    if num_features:
        x = finished(x, round(num_features * width_factor), 1, 1, style, name="final_conv")
    return x, pool(x, head_type, head_hidden_size, style)


def stem(
    x: KerasTensor,
    kind: str,
    pooling: str,
    channels: int | tuple[int, ...],
    factor: float,
    style: Style,
    attn: tuple[str | None, Mapping[str, Any] | None],
) -> KerasTensor:
    """Convolve to a half or a quarter of the height and width."""
    one = isinstance(channels, int)
    widths = [round(width * factor) for width in ((channels,) if one else channels)]  # type: ignore
    width = widths[-1]
    style = Style(style.downsample, style.act, style.norm)
    if kind in ("rep", "one"):
        block = Block(kind, 1, width, attn_layer=attn[0], attn_kwargs=attn[1])
        return trace(x, block, width, 2, style, name="stem")
    if kind in ("quad", "quad2"):
        widths = [round(width * 0.5**i) for i in (3, 2, 1, 0)]
    elif kind in ("tiered", "deep"):
        widths = [3 * width // 8, width // 2, width] if kind == "tiered" else [width] * 3
    elif one and not pooling:
        return finished(x, width, int(kind[:1] or 3), 2, style, name="stem")
    bare, window = (2 if kind == "quad2" else 0), (7 if kind == "7x7" else 3)
    for i, width in enumerate(widths, 1):
        stride = 2 if i == 1 or (i == len(widths) and not pooling) else 1
        if i <= bare:
            x = conv(x, width, window, stride, name=f"stem-conv{i}")
        else:
            x = finished(x, width, window, stride, style, name=f"stem-conv{i}")
    if pooling not in STEM_POOLS:
        raise UnknownName("stem pooling", pooling, list(STEM_POOLS))
    return STEM_POOLS[pooling](name="stem")(x)


STEM_POOLS = {
    "": Identity,
    "max": MaxPool,
    "maxpool": MaxPool,
    "max2": MaxPooling2D,
    "avg2": partial(AveragePooling2D, 2),
}


def finished(
    x: KerasTensor, filters: int, kernel: int, stride: int, style: Style, *, name: str
) -> KerasTensor:
    """Convolve, normalise and activate."""
    norm_layer, act_layer = style.norm, style.act
    return conv_norm_act(
        x, filters, kernel, stride, norm_layer=norm_layer, act_layer=act_layer, name=name
    )


def pool(x: KerasTensor, kind: str, hidden: int | None, style: Style) -> KerasTensor:
    """Make one vector of the features."""
    if kind == "attn_abs":
        return attention_pool(x, hidden or x.shape[-1], name="head")
    if kind != "mlp":
        return average(x, name="pool")
    x = GlobalAveragePooling2D(keepdims=True, name="head-mean")(x)
    x = Flatten(name="head-flatten")(norm(x, style.norm, name="head-norm"))
    if hidden:
        x = dense(x, hidden, name="head-pre_logits-fc")
        x = activation(x, style.act, name="pool")
    return x


def resized(
    checkpoint: Mapping[str, np.ndarray], model: keras.Model, size: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Resample the positions of an attention pool for images of another size.

    Args:
        checkpoint: tensors by name.
        model: what they shall be poured into.
        size: height and width of the images that the checkpoint was made for, in pixels.

    Returns:
        The tensors that change; none without such a pool.
    """
    if "head.pos_embed" not in checkpoint:
        return {}
    new = model.output.shape[1:3]
    scale = model.input_shape[1] // new[0]
    old = (size[0] // scale, size[1] // scale)
    table = checkpoint["head.pos_embed"][None]
    return {"head.pos_embed": resample(table, old, new, prefix=1)[0]}
