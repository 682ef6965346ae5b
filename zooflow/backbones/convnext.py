"""ConvNeXt, the convolutional network that learned from transformers, and its second version.

Paper: Liu et al., A ConvNet for the 2020s, 2022. arXiv:2201.03545
Names: timm's, the arguments' too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from keras import KerasTensor, layers

from ..errors import BadInput
from .configs.convnext import SPELLINGS as SPELLINGS
from .configs.convnext import arguments as arguments
from .configs.convnext import config as config
from .parts import activation, add, conv, dense, layer_norm, rounded
from .parts.attention import Scale, rms_norm
from .parts.choices import choose
from .parts.norms import GlobalResponseNorm, simple_norm
from .parts.pools import pool
from .variants.convnext import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+"  # the checkpoint's tensors that no layer takes
FRESH = r"head\..+"  # what a checkpoint may lack altogether: what masked autoencoders left out
RULES = ((r"^convnext(v2)?\.", ""),)  # a task's model of transformers holds all this as its own
NORMS = {"layernorm": layer_norm, "rmsnorm": rms_norm, "simplenorm": simple_norm}
NORMS |= {f"{kind}2d": norm for kind, norm in NORMS.items()}
# Share of the width that the first of two convolutions puts out; 0 where there is but one.
STEMS = {"patch": 0, "overlap": 1, "overlap_tiered": 0.5, "overlap_act": 1}


@dataclass(frozen=True)
class Style:
    """What the blocks of a network have in common; see `convnext`."""

    pointwise: Callable[..., KerasTensor]
    bias: bool
    norm: Callable[..., KerasTensor]
    act: str
    grn: bool
    scale: float | None


def convnext(
    x: KerasTensor,
    *,
    depths: tuple[int, ...] = (3, 3, 9, 3),
    dims: tuple[int, ...] = (96, 192, 384, 768),
    kernel_sizes: int | tuple[int, ...] = 7,
    ls_init_value: float | None = 1e-6,
    stem_type: str = "patch",
    patch_size: int = 4,
    head_norm_first: bool = False,
    head_hidden_size: int | None = None,
    head_norm_eps: float | None = None,
    conv_mlp: bool = False,
    conv_bias: bool = True,
    use_grn: bool = False,
    act_layer: str = "gelu",
    norm_layer: str | None = None,
    norm_eps: float | None = None,
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a ConvNeXt without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        depths: blocks in each stage; each stage after the first halves height and width.
        dims: channels of each stage.
        kernel_sizes: side of the blocks' windows, in all stages or in each.
        ls_init_value: first factor of the layer scales; None for none.
        stem_type: "patch" is one convolution of whole patches; "overlap" two of 3x3 that stride;
            "overlap_tiered" begins narrower; "overlap_act" activates between them.
        patch_size: side of a patch in pixels, up to 7; at 2 the first stage strides too.
        head_norm_first: normalise before pooling, else after.
        head_hidden_size: width of a dense layer before the classifier; None for none.
        head_norm_eps: added to the variance after pooling; None for that of the other norms.
        conv_mlp: hold the blocks' dense layers as 1x1 convolutions.
        conv_bias: add biases to the convolutions over windows.
        use_grn: weigh channels by their global response, as version 2 does.
        act_layer: activation.
        norm_layer: "layernorm", "rmsnorm" or "simplenorm", also with "2d" behind; None is the
            first.
        norm_eps: added to the variance; None is 1e-6.
        global_pool: how to pool, as `pools.pool` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and the features pooled,
        (batch, channels or head_hidden_size).

    Raises:
        BadInput: a patch that is too wide, or a word that is none of those above.
    """
    trace_norm = choose("convnext", "norm_layer", norm_layer or "layernorm", NORMS)
    norm = partial(trace_norm, epsilon=norm_eps or 1e-6)
    pointwise = partial(conv, kernel=1, bias=True) if conv_mlp else dense
    style = Style(pointwise, conv_bias, norm, act_layer, use_grn, ls_init_value)
    x = stem(x, dims[0], stem_type, patch_size, style)
    kernels = [kernel_sizes] * len(depths) if isinstance(kernel_sizes, int) else kernel_sizes
    for stage, (depth, width, kernel) in enumerate(zip(depths, dims, kernels, strict=True)):
        stride = 2 if stage > 0 or (stem_type == "patch" and patch_size == 2) else 1
        if stride > 1 or width != x.shape[-1]:
            name = f"stages-{stage}-downsample"
            x = norm(x, name=f"{name}-0")
            x = conv(x, width, stride, stride, bias=conv_bias, padding="valid", name=f"{name}-1")
        for i in range(depth):
            x = block(x, kernel, style, name=f"stages-{stage}-blocks-{i}")
    if head_norm_first:
        x = norm(x, name="norm_pre")
        return x, pool(x, global_pool, name="pool")
    y = pool(x, global_pool, name="pool")
    y = trace_norm(y, epsilon=head_norm_eps or norm_eps or 1e-6, name="head-norm")
    if head_hidden_size:
        y = dense(y, head_hidden_size, name="head-pre_logits-fc")
        y = activation(y, "gelu", name="head-pre_logits-act")
    return x, y


def stem(x: KerasTensor, width: int, kind: str, patch: int, style: Style) -> KerasTensor:
    """Convolve to a fraction of the height and width."""
    if patch >= 8:
        raise BadInput(f"convnext takes patches of up to 7 pixels, not of {patch}")
    first = choose("convnext", "stem_type", kind, STEMS)
    step = 0
    if first:
        x = conv(x, rounded(width * first), 3, 2, bias=style.bias, name="stem-0")
        step = 1
        if kind == "overlap_act":
            x = activation(x, style.act, name="stem-1")
            step = 2
        x = conv(x, width, 3, 2, bias=style.bias, name=f"stem-{step}")
    else:
        x = conv(x, width, patch, patch, bias=style.bias, padding="valid", name="stem-0")
    x = style.norm(x, name=f"stem-{step + 1}")
    return layers.Identity(name="stem")(x)


def block(x: KerasTensor, kernel: int, style: Style, *, name: str) -> KerasTensor:
    """Mix each channel over a window, then the channels of each pixel."""
    width = x.shape[-1]
    y = conv(x, width, kernel, groups=width, bias=style.bias, name=f"{name}-conv_dw")
    y = style.norm(y, name=f"{name}-norm")
    y = style.pointwise(y, 4 * width, name=f"{name}-mlp-fc1")
    y = activation(y, style.act, name=f"{name}-mlp-act")
    if style.grn:
        y = GlobalResponseNorm(name=f"{name}-mlp-grn")(y)
    y = style.pointwise(y, width, name=f"{name}-mlp-fc2")
    if style.scale is not None:
        y = Scale(style.scale, tensor="", name=f"{name}-gamma")(y)
    return add(x, y, name=name)
