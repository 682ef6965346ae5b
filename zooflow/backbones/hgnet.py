"""PP-HGNet and PP-HGNetV2, whose blocks join all that their convolutions say.

Paper: Zhao et al., DETRs Beat YOLOs (RT-DETR, which builds on it), 2023. arXiv:2304.08069
Names: timm's; the arguments are timm's too, but that its `cfg` is laid out flat.
"""

from typing import Any

from keras import KerasTensor
from keras.layers import (
    Concatenate,
    Flatten,
    GlobalAveragePooling2D,
    Identity,
    Layer,
    MaxPooling2D,
    Multiply,
    ZeroPadding2D,
)

from ..errors import UnknownName
from .parts import activation, add, batch_norm, conv, pad, registered, relu
from .variants.hgnet import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


def hgnet(
    x: KerasTensor,
    stem_type: str,
    stem_chs: tuple[int, ...],
    stages: tuple[tuple[int, ...], ...],
    *,
    head_hidden_size: int | None = 2048,
    use_lab: bool = False,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an HGNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        stem_type: "v1" is convolutions in a row, "v2" a fork of them.
        stem_chs: channels of its convolutions.
        stages: of each, the channels within a block and out of it, blocks, whether they are light,
            the side of the window, and convolutions in a block; each stage after the first halves
            height and width.
        head_hidden_size: channels of a last convolution after the pooling; None for none.
        use_lab: scale and shift all channels alike after each activation.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and one vector of them,
        (batch, head_hidden_size).
    """
    if stem_type not in STEMS:
        raise UnknownName("stem", stem_type, list(STEMS))
    x = STEMS[stem_type](x, stem_chs, use_lab)
    for i, (inner, out, blocks, light, kernel, depth) in enumerate(stages):
        if i:
            groups, name = x.shape[-1], f"stages-{i}-downsample"
            x = conv_act(x, groups, 3, 2, groups=groups, act="", name=name)
        for j in range(blocks):
            name = f"stages-{i}-blocks-{j}"
            y = x
            outs = [x]
            for n in range(depth):
                layer = f"{name}-layers-{n}"
                if light:
                    y = conv_act(y, inner, 1, act="", name=f"{layer}-conv1")
                    layer = f"{layer}-conv2"
                y = conv_act(
                    y, inner, kernel, groups=inner if light else 1, lab=use_lab, name=layer
                )
                outs.append(y)
            y = Concatenate(name=f"{name}-joined")(outs)
            y = gather(y, out, stem_type, use_lab, name=f"{name}-aggregation")
            x = add(x, y, name=name) if j else Identity(name=name)(y)
    y = GlobalAveragePooling2D(keepdims=True, name="pool")(x)
    if head_hidden_size is not None:
        y = relu(conv(y, head_hidden_size, 1, name="head-last_conv-0"), name="head-last_conv-1")
        y = Affine(name="head-last_conv-2")(y) if use_lab else y
    return x, Flatten(name="flat")(y)


def row(x: KerasTensor, widths: tuple[int, ...], lab: bool) -> KerasTensor:
    """Three convolutions and a maximum pooling."""
    for i, width in enumerate(widths):
        x = conv_act(x, width, 3, 1 if i else 2, name=f"stem-stem-{i}")
    x = pad(x, 1, name="stem-pad")  # zeros do no harm after a ReLU
    return MaxPooling2D(3, 2, name="stem")(x)


def fork(x: KerasTensor, widths: tuple[int, ...], lab: bool) -> KerasTensor:
    """Two small convolutions beside a maximum pooling."""
    edges = ((0, 1), (0, 1))
    x = conv_act(x, widths[0], 3, 2, lab=lab, name="stem-stem1")
    x = y = ZeroPadding2D(edges, name="stem-pad1")(x)
    y = conv_act(y, widths[0] // 2, 2, lab=lab, name="stem-stem2a")
    y = ZeroPadding2D(edges, name="stem-pad2")(y)
    y = conv_act(y, widths[0], 2, lab=lab, name="stem-stem2b")
    x = Concatenate(name="stem-joined")([MaxPooling2D(2, 1, name="stem-pool")(x), y])
    x = conv_act(x, widths[0], 3, 2, lab=lab, name="stem-stem3")
    x = conv_act(x, widths[1], 1, lab=lab, name="stem-stem4")
    return Identity(name="stem")(x)


STEMS = {"v1": row, "v2": fork}


def gather(x: KerasTensor, width: int, kind: str, lab: bool, *, name: str) -> KerasTensor:
    """Map all that the block's convolutions said to its channels."""
    if kind == "v2":
        x = conv_act(x, width // 2, 1, lab=lab, name=f"{name}-0")
        return conv_act(x, width, 1, lab=lab, name=f"{name}-1")
    x = conv_act(x, width, 1, lab=lab, name=f"{name}-0")
    y = GlobalAveragePooling2D(keepdims=True, name=f"{name}-1-mean")(x)
    y = conv(y, width, 1, bias=True, name=f"{name}-1-conv")
    return Multiply(name=f"{name}-1")([x, activation(y, "sigmoid", name=f"{name}-1-gate")])


def conv_act(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    act: str = "relu",
    lab: bool = False,
    name: str,
) -> KerasTensor:
    """Convolve, normalise, activate, scale and shift."""
    x = batch_norm(
        conv(x, filters, kernel, stride, groups=groups, name=f"{name}-conv"), name=f"{name}-bn"
    )
    x = activation(x, act, name=f"{name}-act") if act else x
    return Affine(name=f"{name}-lab")(x) if lab else x


@registered
class Affine(Layer):
    """Scale and shift by two learned numbers."""

    tensors = {"scale": "scale", "bias": "bias"}  # noqa: RUF012 (read by convert)

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the two numbers."""
        self.scale = self.add_weight(shape=(1,), initializer="ones", name="scale")
        self.bias = self.add_weight(shape=(1,), initializer="zeros", name="bias")

    def call(self, x: KerasTensor) -> Any:
        """Scale and shift x."""
        return x * self.scale + self.bias
