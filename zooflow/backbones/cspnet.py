"""CSPNet, whose stages lead half of their channels past their blocks, and DarkNet.

Paper: Wang et al., CSPNet, 2019. arXiv:1911.11929; Redmon and Farhadi, YOLOv3, 2018.
arXiv:1804.02767
Names: timm's; the arguments are the fields of timm's configurations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keras import KerasTensor
from keras.layers import AveragePooling2D, Concatenate, Identity

from ..errors import UnknownName
from .parts import activation, add, average, conv, rounded, squeeze_excite
from .parts.attention import Split
from .parts.max_pool import MaxPool
from .parts.norm_act import conv_norm_act, norm_act
from .variants.cspnet import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+"  # a stage is a step: two paths lead through it
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


@dataclass(frozen=True)
class Style:
    """What all convolutions of a network have in common."""

    act: str
    norm: str
    aa: str

    def conv(self, x: KerasTensor, filters: float, kernel: int, **settings: Any) -> KerasTensor:
        """Convolve, normalise and activate; see `norm_act.conv_norm_act`."""
        settings = {"act_layer": self.act, "norm_layer": self.norm, **settings}
        return conv_norm_act(x, int(filters), kernel, **settings)


@dataclass(frozen=True)
class Stage:
    """What timm's CspStagesCfg says of one stage.

    Args:
        depth: blocks.
        out_chs: channels that come out.
        stride: by which height and width shrink.
        groups: parts of the channels that a block convolves apart.
        block_ratio: part of them that come out of a block.
        bottle_ratio: part of those that are within a block.
        expand_ratio: part of the stage's channels that are split in two paths.
        avg_down: average before a 1x1 convolution instead of striding.
        attn_layer: "se" weighs channels within a block.
        attn_kwargs: "rd_ratio", the part of the channels that the weights are computed from.
        cross_linear: do not activate before the split.
        down_growth: widen where height and width shrink, instead of at the split.
        stage_type: "csp" or "cs3" are two paths, "dark" one.
        block_type: "bottle", "dark" or "edge".
    """

    depth: int
    out_chs: int
    stride: int = 2
    groups: int = 1
    block_ratio: float = 1.0
    bottle_ratio: float = 1.0
    expand_ratio: float = 1.0
    avg_down: bool = False
    attn_layer: str = ""
    attn_kwargs: Mapping[str, float] | None = None
    cross_linear: bool = False
    down_growth: bool = False
    stage_type: str = "csp"
    block_type: str = "bottle"


def cspnet(
    x: KerasTensor,
    stem: Mapping[str, Any],
    stages: Mapping[str, Any],
    *,
    act_layer: str = "leaky_relu",
    norm_layer: str = "batchnorm",
    aa_layer: str = "",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a CSPNet or DarkNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        stem: "out_chs" of its convolutions, "kernel_size", "stride" of all of it, and "pool".
        stages: fields of `Stage`, each for all stages or in a tuple, whose last value is also
            that of the stages that it is too short for.
        act_layer: activation.
        norm_layer: normalisation, as `parts.norm` knows it.
        aa_layer: how a stage's stride is smoothed, as `parts.antialias` knows it; "" not at all.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their average over the image,
        (batch, channels).
    """
    style = Style(act_layer, norm_layer, aa_layer)
    x = begin(x, style, **stem)
    for i in range(len(stages["depth"])):
        values = {key: v if isinstance(v, tuple) else (v,) for key, v in stages.items()}
        stage = Stage(**{key: v[min(i, len(v) - 1)] for key, v in values.items()})
        for known, kind in ((STAGES, stage.stage_type), (BLOCKS, stage.block_type)):
            if kind not in known:
                raise UnknownName("kind of stage or block", kind, list(known))
        name = f"stages-{i}"
        x = STAGES[stage.stage_type](shrink(x, stage, style, name=name), stage, style, name=name)
    return x, average(x, name="pool")


def begin(
    x: KerasTensor,
    style: Style,
    *,
    out_chs: tuple[int, ...],
    kernel_size: int = 3,
    stride: int = 2,
    pool: str = "",
) -> KerasTensor:
    """Convolve before the first stage."""
    last = len(out_chs) - 1
    for i, width in enumerate(out_chs):
        strides = (i == 0 and stride > 1) or (i == last and stride > 2 and not pool)
        step, name = 2 if strides else 1, f"stem-conv{i + 1}"
        y = conv(x, width, kernel_size, step, name=f"{name}-conv")
        x = norm_act(y, style.norm, style.act, name=f"{name}-bn", act_name=name)
    return MaxPool(name="stem")(x) if pool else Identity(name="stem")(x)


def shrink(x: KerasTensor, stage: Stage, style: Style, *, name: str) -> KerasTensor:
    """Stride or average before the blocks."""
    dark, name = stage.stage_type == "dark", f"{name}-conv_down"
    if stage.stride == 1 and not dark:
        return x
    if stage.avg_down:
        if stage.stride == 2:
            x = AveragePooling2D(2, name=f"{name}-0")(x)
        return style.conv(x, stage.out_chs, 1, groups=stage.groups, name=f"{name}-1")
    width = stage.out_chs if dark or stage.down_growth else x.shape[-1]
    settings: dict[str, Any] = {"groups": stage.groups, "aa_layer": style.aa}
    return style.conv(x, width, 3, stride=stage.stride, **settings, name=name)


def one_path(x: KerasTensor, stage: Stage, style: Style, *, name: str) -> KerasTensor:
    """Blocks in a row."""
    return Identity(name=name)(row(x, stage, style, name=f"{name}-blocks"))


def two_paths(x: KerasTensor, stage: Stage, style: Style, *, name: str) -> KerasTensor:
    """Blocks for half of the channels, before or after the other half."""
    half = round(stage.out_chs * stage.expand_ratio) // 2
    act = {"act_layer": ""} if stage.cross_linear else {}
    x = style.conv(x, 2 * half, 1, **act, name=f"{name}-conv_exp")
    y, z = Split((half, half), name=f"{name}-split")(x)
    if stage.stage_type == "csp":
        z = row(z, stage, style, name=f"{name}-blocks")
        z = style.conv(z, half, 1, name=f"{name}-conv_transition_b")
    else:
        y = row(y, stage, style, name=f"{name}-blocks")
    x = Concatenate(name=f"{name}-joined")([y, z])
    x = style.conv(x, stage.out_chs, 1, name=f"{name}-conv_transition")
    return Identity(name=name)(x)


STAGES: dict[str, Callable[..., KerasTensor]] = {
    "csp": two_paths,
    "cs3": two_paths,
    "dark": one_path,
}


def row(x: KerasTensor, stage: Stage, style: Style, *, name: str) -> KerasTensor:
    """Trace the blocks of a stage."""
    for i in range(stage.depth):
        x = BLOCKS[stage.block_type](x, stage, style, name=f"{name}-{i}")
    return x


def bottle(x: KerasTensor, stage: Stage, style: Style, *, name: str) -> KerasTensor:
    """A 1x1, a 3x3 and a 1x1 convolution, activated after the sum."""
    width, inner = widths(stage)
    y = style.conv(x, inner, 1, name=f"{name}-conv1")
    y = style.conv(y, inner, 3, groups=stage.groups, name=f"{name}-conv2")
    y = attend(y, stage, style, name=f"{name}-attn2")
    y = style.conv(y, width, 1, act_layer="", name=f"{name}-conv3")
    return activation(add(x, y, name=f"{name}-add"), style.act, name=name)


def narrow(x: KerasTensor, stage: Stage, style: Style, *, name: str) -> KerasTensor:
    """A 1x1 and a 3x3 convolution."""
    width, inner = widths(stage)
    y = attend(style.conv(x, inner, 1, name=f"{name}-conv1"), stage, style, name=f"{name}-attn")
    y = style.conv(y, width, 3, groups=stage.groups, name=f"{name}-conv2")
    return add(x, y, name=name)


def edge(x: KerasTensor, stage: Stage, style: Style, *, name: str) -> KerasTensor:
    """A 3x3 and a 1x1 convolution."""
    width, inner = widths(stage)
    y = style.conv(x, inner, 3, groups=stage.groups, name=f"{name}-conv1")
    y = style.conv(attend(y, stage, style, name=f"{name}-attn"), width, 1, name=f"{name}-conv2")
    return add(x, y, name=name)


BLOCKS: dict[str, Callable[..., KerasTensor]] = {"bottle": bottle, "dark": narrow, "edge": edge}


def widths(stage: Stage) -> tuple[int, int]:
    """Count the channels out of a block and within it."""
    width = round(stage.out_chs * stage.block_ratio)
    return width, round(width * stage.bottle_ratio)


def attend(x: KerasTensor, stage: Stage, style: Style, *, name: str) -> KerasTensor:
    """Weigh channels where the stage does."""
    if not stage.attn_layer:
        return x
    if stage.attn_layer != "se":
        raise UnknownName("attention", stage.attn_layer, ["se"])
    ratio = (stage.attn_kwargs or {}).get("rd_ratio", 1 / 16)
    return squeeze_excite(x, rounded(x.shape[-1] * ratio, 8, 0), style.act, name=name)
