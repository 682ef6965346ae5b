"""MambaOut, Mamba's gated convolutions without its memory.

Paper: Yu and Wang, MambaOut: Do We Really Need Mamba for Vision?, 2024. arXiv:2405.07992
Names: timm's, the arguments' too.
"""

from dataclasses import dataclass

from keras import KerasTensor, layers

from .parts import activation, add, conv, dense, layer_norm
from .parts.attention import Scale, Split
from .parts.choices import choose
from .parts.pools import pool
from .variants.mambaout import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `mambaout`."""

    expansion: float
    kernel: int
    share: float
    act: str
    scale: float | None


def mambaout(
    x: KerasTensor,
    *,
    depths: tuple[int, ...] = (3, 3, 9, 3),
    dims: tuple[int, ...] = (96, 192, 384, 576),
    act_layer: str = "gelu",
    conv_ratio: float = 1.0,
    expansion_ratio: float = 8 / 3,
    kernel_size: int = 7,
    stem_mid_norm: bool = True,
    ls_init_value: float | None = None,
    downsample: str = "conv",
    head_fn: str = "default",
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a MambaOut without the last layer of its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        depths: blocks in each stage; each stage after the first halves height and width.
        dims: channels of each stage.
        act_layer: activation.
        conv_ratio: how many channels of a block are convolved over windows, in those it takes.
        expansion_ratio: how many there are inside it, gates apart.
        kernel_size: side of the windows.
        stem_mid_norm: normalise between the stem's convolutions.
        ls_init_value: not None puts layer scales into the blocks.
        downsample: "conv" normalises after a stage has halved, "conv_nf" before.
        head_fn: "default" normalises once more after the dense layer, "norm_mlp" does not.
        global_pool: how to pool, as `pools.pool` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and what a dense layer makes of them
        pooled, (batch, 4 * channels).
    """
    halve = choose("mambaout", "downsample", downsample, HALVES)
    norm_last = choose("mambaout", "head_fn", head_fn, {"default": True, "norm_mlp": False})
    x = conv(x, dims[0] // 2, 3, 2, bias=True, name="stem-conv1")
    if stem_mid_norm:
        x = layer_norm(x, name="stem-norm1")
    x = activation(x, act_layer, name="stem-act")
    x = conv(x, dims[0], 3, 2, bias=True, name="stem-conv2")
    x = layers.Identity(name="stem")(layer_norm(x, name="stem-norm2"))
    style = Style(expansion_ratio, kernel_size, conv_ratio, act_layer, ls_init_value)
    for stage, (depth, width) in enumerate(zip(depths, dims, strict=True)):
        if stage:
            x = halve(x, width, name=f"stages-{stage}-downsample")
        for i in range(depth):
            x = block(x, style, name=f"stages-{stage}-blocks-{i}")
    y = layer_norm(pool(x, global_pool, name="pool"), name="head-norm")
    y = dense(y, 4 * x.shape[-1], name="head-pre_logits-fc")
    y = activation(y, "gelu", name="head-pre_logits-act")
    return x, layer_norm(y, name="head-pre_logits-norm") if norm_last else y


def halve_then_norm(x: KerasTensor, width: int, *, name: str) -> KerasTensor:
    """Convolve to half the height and width, then normalise."""
    return layer_norm(conv(x, width, 3, 2, bias=True, name=f"{name}-conv"), name=f"{name}-norm")


def norm_then_halve(x: KerasTensor, width: int, *, name: str) -> KerasTensor:
    """Normalise, then convolve to half the height and width."""
    return conv(layer_norm(x, name=f"{name}-norm"), width, 3, 2, bias=True, name=f"{name}-conv")


HALVES = {"conv": halve_then_norm, "conv_nf": norm_then_halve}


def block(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Convolve a share of the channels over windows, and gate all of them.

    Paper: Dauphin et al., Language Modeling with Gated Convolutional Networks, 2016.
    arXiv:1612.08083
    """
    width = x.shape[-1]
    inside, seen = int(style.expansion * width), int(style.share * width)
    y = layer_norm(x, name=f"{name}-norm")
    y = dense(y, 2 * inside, name=f"{name}-fc1")
    gate, rest, y = Split((inside, inside - seen, seen), name=f"{name}-split")(y)
    y = conv(y, seen, style.kernel, groups=seen, bias=True, name=f"{name}-conv")
    y = layers.Concatenate(name=f"{name}-joined")([rest, y])
    gate = activation(gate, style.act, name=f"{name}-act")
    y = dense(layers.Multiply(name=f"{name}-gate")([gate, y]), width, name=f"{name}-fc2")
    if style.scale is not None:
        y = Scale(style.scale, name=f"{name}-ls")(y)
    return add(x, y, name=name)
