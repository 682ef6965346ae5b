"""A normalisation and its activation, after a convolution or alone, as timm names the three."""

from keras import KerasTensor

from . import activation, antialias, conv, norm
from .evonorm import EVOLVED
from .filter_response import FilterResponseNorm


def conv_norm_act(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    norm_layer: str = "batchnorm",
    act_layer: str = "relu",
    aa_layer: str = "",
    name: str,
) -> KerasTensor:
    """Convolve, normalise and activate: layers `name-conv`, `name-bn` and, to end it, `name`.

    Args:
        x: (batch, height, width, channels).
        filters: channels that come out.
        kernel: side of the window.
        stride: its step.
        groups: parts of the channels that are convolved apart.
        norm_layer: as `norm_act` knows it.
        act_layer: "" for none; the last layer is `name-bn` then.
        aa_layer: how a stride is smoothed, as `parts.antialias` knows it; "" not at all.
        name: that theirs begin with.
    """
    smooth = aa_layer if stride > 1 else ""
    x = conv(x, filters, kernel, 1 if smooth else stride, groups=groups, name=f"{name}-conv")
    act_name = f"{name}-act" if smooth else name
    x = norm_act(x, norm_layer, act_layer, name=f"{name}-bn", act_name=act_name)
    return antialias(x, smooth, name=name) if smooth else x


def norm_act(x: KerasTensor, kind: str, act: str, *, name: str, act_name: str) -> KerasTensor:
    """Normalise and activate.

    Args:
        x: (batch, height, width, channels).
        kind: as `parts.norm` knows it, or one of those that are both steps in one: "frntlu" and
            what `evonorm` knows.
        act: activation, as `parts.activation` knows it; "" for none.
        name: of the layer that normalises.
        act_name: of the one that activates; there is none where act is "" or the kind is both.
    """
    if kind in BOTH:
        return BOTH[kind](activates=bool(act), name=name)(x)
    x = norm(x, kind, name=name)
    return activation(x, act, name=act_name) if act else x


BOTH = {**EVOLVED, "frntlu": FilterResponseNorm}
