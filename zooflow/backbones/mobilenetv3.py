"""MobileNet V3 and V4, and FBNetV3, HardCoRe-NAS and LCNet, which share its head after the pooling.

Paper: Howard et al., Searching for MobileNetV3, 2019. arXiv:1905.02244; Qin et al., MobileNetV4,
2024. arXiv:2404.10518
Names: timm's; the arguments are timm's too.
"""

from collections.abc import Mapping
from typing import Any

from keras import KerasTensor
from keras.layers import Flatten, GlobalAveragePooling2D

from .parts import activation, conv, rounded
from .parts.efficientnet_blocks import Excite, Style, normalise, trunk
from .parts.efficientnet_notation import stages
from .variants.mobilenetv3 import VARIANTS as VARIANTS

BLOCK = r"stem|blocks-\d+-\d+"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = r"classifier\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


def mobilenetv3(
    x: KerasTensor,
    arch: tuple[tuple[str, ...], ...],
    *,
    channel_multiplier: float = 1.0,
    round_limit: float = 0.9,
    depth_multiplier: float = 1.0,
    stem_size: int = 16,
    fix_stem: bool = False,
    num_features: int = 1280,
    head_bias: bool = True,
    head_norm: bool = False,
    pad_type: str = "",
    act_layer: str = "hard_swish",
    norm_layer: str = "batchnorm",
    bn_eps: float = 1e-5,
    aa_layer: str = "",
    group_size: int = 0,
    se_layer: Mapping[str, Any] | None = None,
    se_from_exp: bool = True,
    layer_scale_init_value: float | None = None,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a MobileNet V3 or V4 without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        arch: notations of the blocks of each stage, as `efficientnet_notation.decode` reads them.
        channel_multiplier: scales the channels of every block.
        round_limit: part of the scaled channels that rounding must keep.
        depth_multiplier: scales the blocks of every stage.
        stem_size: channels of the stem.
        fix_stem: leave them unscaled.
        num_features: channels of the convolution after the pooling.
        head_bias: add one there, where it is not normalised.
        head_norm: normalise after it.
        pad_type: "" pads both sides alike, "same" as TensorFlow does.
        act_layer: activation.
        norm_layer: normalisation, as `parts.norm` knows it.
        bn_eps: its epsilon.
        aa_layer: how a stride is smoothed, as `parts.antialias` knows it; "" not at all.
        group_size: channels in a group of the depthwise convolutions; 0 is 1.
        se_layer: how channels are weighed where a block says so, as `Excite` knows it.
        se_from_exp: count the channels that the weights are made of from those within a block.
        layer_scale_init_value: of the learned scale that ends some blocks; None for no scale.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their average over the image
        through one more convolution, (batch, num_features).
    """
    excite = Excite(from_exp=se_from_exp, **(se_layer or {}))
    style = Style(
        pad_type,
        act_layer,
        norm_layer,
        bn_eps,
        aa_layer,
        group_size,
        excite,
        layer_scale_init_value,
    )

    def scaled(channels: int) -> int:
        return rounded(channels * channel_multiplier, 8, round_limit)

    stem = stem_size if fix_stem else scaled(stem_size)
    x = trunk(x, stages(arch, depth_multiplier), style, scaled, stem=stem)
    y = GlobalAveragePooling2D(keepdims=True, name="pool")(x)
    y = conv(y, num_features, 1, bias=head_bias and not head_norm, name="conv_head")
    y = normalise(y, style, name="norm_head") if head_norm else y
    return x, Flatten(name="flat")(activation(y, act_layer, name="act2"))
