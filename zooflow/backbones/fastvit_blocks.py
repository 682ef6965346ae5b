"""FastViT's blocks: branches that train side by side, and mixers over neighbours or over all.

Paper: Vasu et al., FastViT, 2023. arXiv:2303.14189; MobileOne, 2022. arXiv:2206.04040
"""

from collections.abc import Callable
from dataclasses import dataclass

from keras import KerasTensor, ops
from keras.initializers import Constant
from keras.layers import Add, Identity, Reshape, Subtract

from ..errors import UnknownName
from .parts import activation, add, batch_norm, conv, dense, norm, registered, rounded
from .parts import squeeze_excite as excite
from .parts.attention import Attention, Scale, Split


@dataclass(frozen=True)
class Style:
    """What the blocks of a stage have in common; see `fastvit`."""

    mlp_ratio: float
    kernel: int
    act: str
    norm: str
    layer_scale: float | None


def mobile_one(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    branches: int = 1,
    scale: bool = True,
    se: bool = False,
    act: str = "",
    name: str,
) -> KerasTensor:
    """Add up a normalisation, a 1x1 convolution and larger ones, where each fits.

    Args:
        x: (batch, height, width, channels).
        filters: channels that come out.
        kernel: side of the larger windows.
        stride: their step.
        groups: parts of the channels that are convolved apart.
        branches: larger convolutions.
        scale: convolve 1x1 beside larger windows.
        se: weigh channels by squeeze-and-excitation.
        act: activation; "" for none.
        name: that those of the layers begin with; of the last one where there is an activation.
    """
    parts = []
    if scale and kernel > 1:
        parts.append(conv_norm(x, filters, 1, stride, groups, name=f"{name}-conv_scale"))
    if filters == x.shape[-1] and stride == 1:
        parts.append(batch_norm(x, name=f"{name}-identity"))
    for i in range(branches):
        parts.append(conv_norm(x, filters, kernel, stride, groups, name=f"{name}-conv_kxk-{i}"))
    y = Add(name=f"{name}-sum")(parts) if len(parts) > 1 else parts[0]
    y = excite(y, rounded(filters / 16, 1, 0), name=f"{name}-se") if se else y
    return activation(y, act, name=name) if act else y


def conv_norm(
    x: KerasTensor, filters: int, kernel: int, stride: int = 1, groups: int = 1, *, name: str
) -> KerasTensor:
    """Convolve and normalise."""
    x = conv(x, filters, kernel, stride, groups=groups, name=f"{name}-conv")
    return batch_norm(x, name=f"{name}-bn")


def downsample(
    x: KerasTensor,
    width: int,
    kernel: int,
    stride: int,
    *,
    se: bool,
    between: bool,
    act: str,
    name: str,
) -> KerasTensor:
    """Convolve each channel with a large window and a small one, and then across channels.

    Args:
        x: (batch, height, width, channels).
        width: channels that come out.
        kernel: side of the large window.
        stride: of both.
        se: weigh channels by squeeze-and-excitation.
        between: activate after the first two convolutions already.
        act: activation.
        name: that those of the layers begin with.
    """
    here, groups = f"{name}-proj-0", x.shape[-1]
    y = conv_norm(x, width, kernel, stride, groups, name=f"{here}-large_conv")
    z = conv_norm(x, width, 3, stride, groups, name=f"{here}-small_conv")
    y = add(y, z, name=f"{here}-sum")
    y = excite(y, rounded(width / 4, 8, 0), name=f"{here}-se") if se else y
    y = activation(y, act, name=f"{here}-act") if between else y
    return mobile_one(y, width, 1, act=act, name=f"{name}-proj-1")


def rep_mixer(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Mix each pixel with its neighbours, and then its channels."""
    here, width = f"{name}-token_mixer", x.shape[-1]
    mixed = mobile_one(x, width, style.kernel, groups=width, name=f"{here}-mixer")
    plain = mobile_one(x, width, 1, branches=0, scale=False, name=f"{here}-norm")
    y = Subtract(name=f"{here}-difference")([mixed, plain])
    x = add(x, scaled(y, style, name=f"{here}-layer_scale"), name=here)
    y = mlp(x, style, name=f"{name}-mlp")
    return add(x, scaled(y, style, name=f"{name}-layer_scale"), name=name)


def attention(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Mix each pixel with all, in heads of 32 channels, and then its channels."""
    here, width = f"{name}-token_mixer", x.shape[-1]
    y = norm(x, style.norm, name=f"{name}-norm")
    y = Reshape((-1, width), name=f"{here}-tokens")(y)
    y = dense(y, 3 * width, bias=False, name=f"{here}-qkv")
    y = Attention(width // 32, name=f"{here}-mix")(*Split((width,) * 3, name=f"{here}-split")(y))
    y = dense(y, width, name=f"{here}-proj")
    y = Reshape(x.shape[1:], name=f"{here}-map")(y)
    x = add(x, scaled(y, style, name=f"{name}-layer_scale_1"), name=here)
    y = mlp(x, style, name=f"{name}-mlp")
    return add(x, scaled(y, style, name=f"{name}-layer_scale_2"), name=name)


MIXERS: dict[str, Callable[..., KerasTensor]] = {"repmixer": rep_mixer, "attention": attention}


def mixer(kind: str) -> Callable[..., KerasTensor]:
    """Find a block by timm's name for its mixer."""
    if kind not in MIXERS:
        raise UnknownName("token mixer", kind, list(MIXERS))
    return MIXERS[kind]


def mlp(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """A 7x7 depthwise convolution and two 1x1."""
    width = x.shape[-1]
    y = conv_norm(x, width, 7, groups=width, name=f"{name}-conv")
    y = conv(y, int(width * style.mlp_ratio), 1, bias=True, name=f"{name}-fc1")
    y = activation(y, style.act, name=f"{name}-act")
    return conv(y, width, 1, bias=True, name=f"{name}-fc2")


def positions(x: KerasTensor, kernel: int, *, name: str) -> KerasTensor:
    """Add what a depthwise convolution says of where a pixel is.

    Paper: Chu et al., Conditional Positional Encodings, 2021. arXiv:2102.10882
    """
    y = conv(x, x.shape[-1], kernel, groups=x.shape[-1], bias=True, name=f"{name}-pos_enc")
    return add(x, y, name=name)


def scaled(x: KerasTensor, style: Style, *, name: str) -> KerasTensor:
    """Scale each channel where the network does."""
    if style.layer_scale is None:
        return Identity(name=name)(x)
    return MapScale(style.layer_scale, name=name)(x)


@registered
class MapScale(Scale):
    """Scale each channel of a map by a learned factor, held as (channels, 1, 1) in PyTorch."""

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the factors."""
        self.gamma = self.add_weight(
            shape=(shape[-1], 1, 1), initializer=Constant(self.initial), name="gamma"
        )

    def call(self, x: KerasTensor) -> KerasTensor:
        """Scale x, (batch, height, width, channels)."""
        return x * ops.reshape(self.gamma, (-1,))
