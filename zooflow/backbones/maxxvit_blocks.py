"""The convolutional blocks of CoAtNet and MaxViT, and what those of attention share with them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from keras import KerasTensor, layers

from ..errors import UnknownName
from .parts import (
    activation,
    add,
    batch_norm,
    conv,
    layer_norm,
    rounded,
    squeeze_excite,
)
from .parts.attention import Scale
from .parts.max_pool import MaxPool


@dataclass(frozen=True)
class Conv:
    """How convolutional blocks are computed; the words are timm's, after `conv_`.

    Args:
        block_type: "mbconv" or "convnext".
        expand_ratio: width inside, in widths of what comes out.
        expand_output: widen what comes out, not what comes in, by that ratio.
        kernel_size: of an mbconv; a convnext has 7.
        group_size: channels that are convolved together; 0 for all.
        pre_norm_act: activate after the first norm.
        output_bias: add biases to the last convolution and the shortcut.
        stride_mode: who strides: "pool", "1x1" or "dw", the wide convolution.
        pool_type: "max", "max2" or "avg2", of the shortcut.
        downsample_pool_type: the same where "pool" strides.
        padding: "" pads both sides alike, "same" as TensorFlow does.
        attn_early: weigh channels before the second norm, not after it.
        attn_layer: "se" or "".
        attn_act_layer: its activation.
        attn_ratio: its width, in those of what comes out, or of the inside.
        init_values: first factor of a convnext's layer scale; None or 0 for none.
        act_layer: activation.
        norm_layer: "batchnorm2d" or "layernorm2d"; "" as block_type has it.
        norm_eps: added to the variance; None as block_type has it.
    """

    block_type: str = "mbconv"
    expand_ratio: float = 4.0
    expand_output: bool = True
    kernel_size: int = 3
    group_size: int = 1
    pre_norm_act: bool = False
    output_bias: bool = True
    stride_mode: str = "dw"
    pool_type: str = "avg2"
    downsample_pool_type: str = "avg2"
    padding: str = ""
    attn_early: bool = False
    attn_layer: str = "se"
    attn_act_layer: str = "silu"
    attn_ratio: float = 0.25
    init_values: float | None = 1e-6
    act_layer: str = "gelu"
    norm_layer: str = ""
    norm_eps: float | None = None

    def norm(self, x: KerasTensor, *, act: bool = True, name: str) -> KerasTensor:
        """Normalise, and activate."""
        plain = self.block_type == "mbconv"
        kind = self.norm_layer or ("batchnorm2d" if plain else "layernorm2d")
        x = norm_of(kind, self.norm_eps or (1e-5 if plain else 1e-6))(x, name=name)
        return activation(x, self.act_layer, name=f"{name}-act") if act else x


def norm_of(kind: str, epsilon: float) -> Callable[..., KerasTensor]:
    """Find a norm by timm's word for it."""
    kinds = {"batchnorm2d": batch_norm, "layernorm2d": layer_norm, "layernorm": layer_norm}
    if kind not in kinds:
        raise UnknownName("normalisation", kind, list(kinds))
    return partial(kinds[kind], epsilon=epsilon)


def mbconv(x: KerasTensor, width: int, stride: int, cfg: Conv, *, name: str) -> KerasTensor:
    """Widen, convolve each channel by itself, weigh channels, narrow; norms come before.

    Paper: Sandler et al., MobileNetV2, 2018. arXiv:1801.04381
    """
    if cfg.stride_mode not in ("pool", "1x1", "dw"):
        raise UnknownName("stride_mode", cfg.stride_mode, ["pool", "1x1", "dw"])
    if cfg.attn_layer not in ("se", ""):
        raise UnknownName("attention", cfg.attn_layer, ["se", ""])
    strides = {mode: stride if mode == cfg.stride_mode else 1 for mode in ("pool", "1x1", "dw")}
    inside = rounded((width if cfg.expand_output else x.shape[-1]) * cfg.expand_ratio)
    y = cfg.norm(x, act=cfg.pre_norm_act, name=f"{name}-pre_norm")
    if strides["pool"] > 1:
        y = pool(y, cfg.downsample_pool_type, name=f"{name}-down-pool")
    y = conv(y, inside, 1, strides["1x1"], name=f"{name}-conv1_1x1")
    y = cfg.norm(y, name=f"{name}-norm1")
    y = conv(
        y,
        inside,
        cfg.kernel_size,
        strides["dw"],
        groups=inside // cfg.group_size if cfg.group_size else 1,
        padding=cfg.padding or "both",
        name=f"{name}-conv2_kxk",
    )
    narrow = int(cfg.attn_ratio * (width if cfg.expand_output else inside))
    weigh = partial(squeeze_excite, width=narrow, function=cfg.attn_act_layer)
    if cfg.attn_layer and cfg.attn_early:
        y = weigh(y, name=f"{name}-se_early")
    y = cfg.norm(y, name=f"{name}-norm2")
    if cfg.attn_layer and not cfg.attn_early:
        y = weigh(y, name=f"{name}-se")
    y = conv(y, width, 1, bias=cfg.output_bias, name=f"{name}-conv3_1x1")
    if stride > 1:
        x = shortcut(x, width, cfg.pool_type, bias=cfg.output_bias, name=f"{name}-shortcut")
    return add(x, y, name=name)


def convnext(x: KerasTensor, width: int, stride: int, cfg: Conv, *, name: str) -> KerasTensor:
    """Convolve each channel 7 x 7 by itself, then an MLP.

    Paper: Liu et al., A ConvNet for the 2020s, 2022. arXiv:2201.03545
    """
    if cfg.stride_mode not in ("pool", "dw"):
        raise UnknownName("stride_mode", cfg.stride_mode, ["pool", "dw"])
    y, step = x, stride
    if stride > 1 and cfg.stride_mode == "pool":
        y, step = pool(x, cfg.downsample_pool_type, name=f"{name}-down-pool"), 1
    y = conv(y, width, 7, step, groups=x.shape[-1], bias=cfg.output_bias, name=f"{name}-conv_dw")
    y = cfg.norm(y, act=False, name=f"{name}-norm")
    project = partial(conv, kernel=1, bias=cfg.output_bias)
    y = mlp(y, cfg.expand_ratio, cfg.act_layer, project, name=f"{name}-mlp")
    y = Scale(cfg.init_values, name=f"{name}-ls")(y) if cfg.init_values else y
    if stride > 1:
        x = shortcut(x, width, "avg2", bias=True, name=f"{name}-shortcut")
    elif x.shape[-1] != width:
        x = conv(x, width, 1, bias=cfg.output_bias, name=f"{name}-shortcut")
    return add(x, y, name=name)


CONVS = {"mbconv": mbconv, "convnext": convnext}


def convolution(x: KerasTensor, width: int, stride: int, cfg: Conv, *, name: str) -> KerasTensor:
    """Trace the convolutional block that the config names."""
    if cfg.block_type not in CONVS:
        raise UnknownName("block_type", cfg.block_type, list(CONVS))
    return CONVS[cfg.block_type](x, width, stride, cfg, name=name)


def mlp(
    x: KerasTensor, ratio: float, function: str, project: Callable[..., KerasTensor], *, name: str
) -> KerasTensor:
    """Widen, activate, narrow."""
    y = project(x, int(x.shape[-1] * ratio), name=f"{name}-fc1")
    return project(activation(y, function, name=f"{name}-act"), x.shape[-1], name=f"{name}-fc2")


def shortcut(x: KerasTensor, width: int, kind: str, *, bias: bool, name: str) -> KerasTensor:
    """Halve height and width, and project where the width changes."""
    x = pool(x, kind, name=f"{name}-pool")
    if x.shape[-1] == width:
        return x
    return conv(x, width, 1, bias=bias, name=f"{name}-expand")


def pool(x: KerasTensor, kind: str, *, name: str) -> KerasTensor:
    """Halve height and width, which are even.

    Raises:
        UnknownName: neither "max", "max2" nor "avg2".
    """
    if kind == "max":
        return MaxPool(3, 2, name=name)(x)
    pools = {"max2": layers.MaxPooling2D, "avg2": layers.AveragePooling2D}
    if kind not in pools:
        raise UnknownName("pooling", kind, ["max", *pools])
    return pools[kind](2, name=name)(x)
