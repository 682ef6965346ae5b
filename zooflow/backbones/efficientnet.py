"""EfficientNet, B, Lite, Edge and V2, and the mobile networks that are built of its blocks.

Paper: Tan and Le, EfficientNet, 2019. arXiv:1905.11946; EfficientNetV2, 2021. arXiv:2104.00298
Names: timm's; the arguments are timm's too.
"""

from collections.abc import Mapping
from typing import Any

from keras import KerasTensor

from ..spelling import Spelling
from .parts import average, conv, rounded
from .parts.efficientnet_blocks import Excite, Style, Widths, finish, trunk
from .parts.efficientnet_notation import stages
from .variants.efficientnet import VARIANTS as VARIANTS

BLOCK = r"stem|blocks-\d+-\d+|top"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = r"classifier\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


def efficientnet(
    x: KerasTensor,
    arch: tuple[tuple[str, ...], ...],
    *,
    channel_multiplier: float = 1.0,
    channel_divisor: int = 8,
    round_limit: float = 0.9,
    depth_multiplier: float | tuple[float, ...] = 1.0,
    depth_trunc: str = "ceil",
    fix_first_last: bool = False,
    stem_size: int = 32,
    stem_kernel_size: int = 3,
    fix_stem: bool = False,
    num_features: int = 1280,
    pad_type: str = "",
    act_layer: str = "relu",
    norm_layer: str = "batchnorm",
    bn_eps: float = 1e-5,
    aa_layer: str = "",
    se_layer: str = "se",
    group_size: int = 0,
    experts_multiplier: int = 1,
    pruned: Mapping[str, Widths] | None = None,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an EfficientNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        arch: notations of the blocks of each stage, as `efficientnet_notation.decode` reads them.
        channel_multiplier: scales the channels of every block.
        channel_divisor: that scaled channels are a multiple of.
        round_limit: part of the scaled channels that rounding must keep.
        depth_multiplier: scales the blocks of every stage, or of each.
        depth_trunc: "ceil" or "round" to whole blocks.
        fix_first_last: leave the depth of the first and the last stage.
        stem_size: channels of the stem.
        stem_kernel_size: side of its window.
        fix_stem: leave its channels.
        num_features: channels that come out; 0 leaves the last convolution out.
        pad_type: "" pads both sides alike, "same" as TensorFlow does.
        act_layer: activation.
        norm_layer: normalisation, as `parts.norm` or `evonorm.EVOLVED` knows it.
        bn_eps: its epsilon, where it did not evolve.
        aa_layer: how a stride is smoothed, as `parts.antialias` knows it; "" not at all.
        se_layer: how channels are weighed where a block says so, "se" or "gc".
        group_size: channels in a group of the depthwise convolutions; 0 is 1.
        experts_multiplier: scales how many kernels each image blends.
        pruned: channels within, of squeeze-and-excitation and out of each block, by name.

    Returns:
        Features, (batch, height / 32, width / 32, num_features), and their average over the
        image, (batch, num_features).
    """
    style = Style(
        pad_type,
        act_layer,
        norm_layer,
        bn_eps,
        aa_layer,
        group_size,
        Excite(se_layer),
        pruned=pruned or {},
    )

    def scaled(channels: int) -> int:
        return rounded(channels * channel_multiplier, channel_divisor, round_limit)

    plan = stages(
        arch,
        depth_multiplier,
        depth_trunc=depth_trunc,
        fix_first_last=fix_first_last,
        experts=experts_multiplier,
    )
    stem = stem_size if fix_stem else scaled(stem_size)
    x = trunk(x, plan, style, scaled, stem=stem, stem_kernel=stem_kernel_size)
    if num_features:
        x = conv(x, num_features, 1, name="conv_head")
        x = finish(x, style, "bn2", act_layer, name="top")
    return x, average(x, name="pool")


LUKEMELAS = {  # how a block's layers are called there, and in timm's two kinds of block
    "_expand_conv": ("conv_pw", ""),
    "_bn0": ("bn1", ""),
    "_depthwise_conv": ("conv_dw", "conv_dw"),
    "_bn1": ("bn2", "bn1"),
    "_se_reduce": ("se.conv_reduce", "se.conv_reduce"),
    "_se_expand": ("se.conv_expand", "se.conv_expand"),
    "_project_conv": ("conv_pwl", "conv_pw"),
    "_bn2": ("bn3", "bn2"),
}


def lukemelas(numbers: Mapping[str, Any]) -> Spelling:
    """Spell tensors as EfficientNet-PyTorch does.

    Its blocks are numbered through, and a block that does not widen counts its norms from 1.

    Args:
        numbers: of a variant.
    """
    scale = {key: numbers[key] for key in ("depth_trunc", "fix_first_last") if key in numbers}
    plan = stages(numbers["arch"], numbers.get("depth_multiplier", 1.0), **scale)
    places = [(f"blocks.{i}.{j}", b.kind) for i, s in enumerate(plan) for j, b in enumerate(s)]
    return Spelling(
        names=(
            *(
                (f"_blocks.{n}.{theirs}", f"{place}.{ours}")
                for n, (place, kind) in enumerate(places)
                for theirs, (inverted, separable) in LUKEMELAS.items()
                if (ours := inverted if kind == "ir" else separable)
            ),
            ("^_bn1", "^bn2"),
            ("^_bn0", "^bn1"),
            ("_conv_stem", "conv_stem"),
            ("_conv_head", "conv_head"),
            ("_fc", "classifier"),
        )
    )


SPELLINGS = {"lukemelas": lukemelas}
