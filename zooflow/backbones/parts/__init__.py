"""What the families share: layers as PyTorch computes them, by functions that trace one step."""

from collections.abc import Callable

import keras
from keras import KerasTensor, layers, ops

from ...errors import UnknownName
from .batch_norm import BatchNorm
from .depthwise import DepthwiseConv
from .grouped import GroupedConv2D
from .initializers import Draw

registered = keras.saving.register_keras_serializable("zooflow")


def normalize(x: KerasTensor, mean: tuple[float, ...], std: tuple[float, ...]) -> KerasTensor:
    """Scale pixels valued 0 to 255 to the mean and deviation that the backbone learned with."""
    scale = [1 / (255 * s) for s in std]
    offset = [-m / s for m, s in zip(mean, std, strict=True)]
    return layers.Rescaling(scale, offset, name="normalize")(x)


def conv(
    x: KerasTensor,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    dilation: int = 1,
    bias: bool = False,
    padding: str = "both",
    name: str,
) -> KerasTensor:
    """Convolve, padded as PyTorch pads.

    Args:
        x: (batch, height, width, channels).
        filters: channels that come out.
        kernel: side of the window.
        stride: step of the window; Keras's own "same" pads a strided window unevenly.
        groups: parts of the channels that are convolved apart; as many as channels is depthwise.
        dilation: distance between the window's pixels.
        bias: add one.
        padding: "both" pads both sides alike; "same" as TensorFlow does; "valid" not at all.
        name: of the layer.
    """
    around = dilation * (kernel - 1)
    if padding == "both" and stride == 1 and around % 2 == 0:
        padding = "same"  # which is the same then, without a copy of x
    if padding == "both":
        x = pad(x, around // 2, name=f"{name}-pad")
    keras_padding = "same" if padding == "same" else "valid"
    settings = {"strides": stride, "padding": keras_padding, "dilation_rate": dilation}
    settings |= {"use_bias": bias, "name": name}
    if groups == filters == x.shape[-1]:
        return DepthwiseConv(kernel, depthwise_initializer=Draw(), **settings)(x)
    kind = layers.Conv2D if groups == 1 else GroupedConv2D
    return kind(filters, kernel, groups=groups, kernel_initializer=Draw(), **settings)(x)


def pad(x: KerasTensor, width: int, *, name: str) -> KerasTensor:
    """Put zeros around images; nothing where the width is 0."""
    return layers.ZeroPadding2D(width, name=name)(x) if width else x


def batch_norm(x: KerasTensor, *, epsilon: float = 1e-5, name: str) -> KerasTensor:
    """Normalise each channel over the batch, with PyTorch's epsilon and momentum."""
    return BatchNorm(momentum=0.9, epsilon=epsilon, name=name)(x)


def norm(x: KerasTensor, kind: str, *, epsilon: float = 1e-5, name: str) -> KerasTensor:
    """Normalise channels as timm's `norm_layer` says.

    Args:
        x: (batch, height, width, channels).
        kind: "batchnorm"; "groupnorm", of 32 groups; "groupnorm8", of groups of 8 channels;
            "layernorm", over the channels of a pixel.
        epsilon: added to the variance.
        name: of the layer.
    """
    if kind == "batchnorm":
        return batch_norm(x, epsilon=epsilon, name=name)
    if kind == "layernorm":
        return layer_norm(x, epsilon=epsilon, name=name)
    size = kind.removeprefix("groupnorm")
    if size == kind:
        known = ["batchnorm", "groupnorm", "groupnorm8", "layernorm"]
        raise UnknownName("normalisation", kind, known)
    groups = x.shape[-1] // int(size) if size else 32
    return layers.GroupNormalization(groups, epsilon=epsilon, name=name)(x)


def squeeze_excite(
    x: KerasTensor,
    width: int,
    function: str = "relu",
    *,
    tensors: tuple[str, str] = ("fc1", "fc2"),
    gate: str = "sigmoid",
    name: str,
) -> KerasTensor:
    """Weigh channels by what the whole image says of them.

    Paper: Hu et al., Squeeze-and-Excitation Networks, 2017. arXiv:1709.01507

    Args:
        x: (batch, height, width, channels).
        width: channels that the weights are computed from.
        function: activation between the two layers.
        tensors: names of the two layers.
        gate: activation that makes the weights.
        name: that theirs begin with.
    """
    first, second = (f"{name}-{tensor}" for tensor in tensors)
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}-mean")(x)
    y = activation(conv(y, width, 1, bias=True, name=first), function, name=f"{first}-act")
    y = conv(y, x.shape[-1], 1, bias=True, name=second)
    y = activation(y, gate, name=f"{name}-gate")
    return layers.Multiply(name=name)([x, y])


def antialias(x: KerasTensor, kind: str, *, name: str) -> KerasTensor:
    """Halve height and width as timm's `aa_layer` says.

    Args:
        x: (batch, height, width, channels).
        kind: "avg" averages pairs; "blur" filters by (1, 2, 1) / 4 with mirrored edges; "blurpc"
            the same with zeros around.
        name: of the layer.
    """
    if kind == "avg":
        return layers.AveragePooling2D(2, name=name)(x)
    return Blur("reflect" if kind == "blur" else "constant", name=name)(x)


def add(x: KerasTensor, y: KerasTensor, *, name: str) -> KerasTensor:
    """Sum a shortcut and a residual."""
    return layers.Add(name=name)([x, y])


def average(x: KerasTensor, *, name: str) -> KerasTensor:
    """Average over height and width."""
    return layers.GlobalAveragePooling2D(name=name)(x)


def rounded(channels: float, divisor: int = 8, tolerance: float = 0.9) -> int:
    """Round channels to a multiple, never below the tolerated part of what they were.

    Paper: Sandler et al., MobileNetV2, 2018. arXiv:1801.04381
    """
    near = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return near + divisor if near < tolerance * channels else near


def layer_norm(x: KerasTensor, *, epsilon: float = 1e-6, name: str) -> KerasTensor:
    """Normalise the last axis."""
    return layers.LayerNormalization(epsilon=epsilon, name=name)(x)


def dense(x: KerasTensor, width: int, *, bias: bool = True, name: str) -> KerasTensor:
    """Map the last axis linearly."""
    return layers.Dense(width, use_bias=bias, kernel_initializer=Draw(), name=name)(x)


def relu(x: KerasTensor, *, name: str) -> KerasTensor:
    """Cut off below zero."""
    return layers.Activation("relu", name=name)(x)


def activation(x: KerasTensor, function: str, *, name: str) -> KerasTensor:
    """Apply an activation by the name that timm and transformers give it."""
    return activation_layer(function, name=name)(x)


def activation_layer(function: str, *, name: str) -> layers.Layer:
    """Make an activation by the name that timm and transformers give it."""
    if function not in ACTIVATIONS:
        raise UnknownName("activation", function, list(ACTIVATIONS))
    return layers.Activation(ACTIVATIONS[function], name=name)


@registered
def quick_gelu(x: KerasTensor) -> KerasTensor:
    """Approximate GELU by a sigmoid, as CLIP does."""
    return x * ops.sigmoid(1.702 * x)


@registered
def gelu(x: KerasTensor) -> KerasTensor:
    """Compute the exact GELU through erf: Keras's own becomes Erfc, which ONNX converters refuse.

    Paper: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016. arXiv:1606.08415
    """
    return _gelu_from_x(x) if keras.backend.backend() == "tensorflow" else _gelu(x)


def _gelu(x: KerasTensor) -> KerasTensor:
    return 0.5 * x * (1 + ops.erf(x * 0.7071067811865476))


@ops.custom_gradient
def _gelu_from_x(x: KerasTensor) -> tuple[KerasTensor, Callable]:
    """Compute the GELU, and its slope from x alone; TensorFlow would keep three arrays for that."""

    def gradient(upstream: KerasTensor) -> KerasTensor:
        share = 0.5 * (1 + ops.erf(x * 0.7071067811865476))
        return upstream * (share + x * 0.3989422804014327 * ops.exp(-0.5 * x * x))

    return _gelu(x), gradient


@registered
def gelu_tanh(x: KerasTensor) -> KerasTensor:
    """Approximate GELU by a tanh."""
    return ops.gelu(x, approximate=True)


@registered
def leaky_relu(x: KerasTensor) -> KerasTensor:
    """Let a hundredth through below zero, as PyTorch does."""
    return ops.leaky_relu(x, 0.01)


ACTIVATIONS = {
    "relu": "relu",
    "relu6": "relu6",
    "leaky_relu": leaky_relu,
    "silu": "silu",
    "swish": "silu",
    "sigmoid": "sigmoid",
    "hard_sigmoid": "hard_sigmoid",
    "hard_swish": "hard_silu",
    "mish": "mish",
    "tanh": "tanh",
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "gelu_accurate": gelu_tanh,
    "gelu_python_tanh": gelu_tanh,
    "gelu_python": gelu,
    "quick_gelu": quick_gelu,
    "linear": "linear",
}


@registered
class Parameter(layers.Layer):
    """A bare tensor of the checkpoint, broadcast over the batch: a class token, positions.

    Args:
        shape: of the tensor; a leading 1 stands for the batch.
    """

    tensors = {"parameter": ""}  # noqa: RUF012 (read by convert: the tensor bears the layer's name)

    def __init__(self, shape: tuple[int, ...], **settings):
        super().__init__(**settings)
        self.shape = tuple(shape)

    def build(self, input_shape):
        """Make the tensor."""
        self.parameter = self.add_weight(
            shape=self.shape,
            initializer=keras.initializers.TruncatedNormal(stddev=0.02),
            name="parameter",
        )

    def call(self, x):
        """Repeat the tensor for every example of x, (batch, …)."""
        example = self.shape[1:] if self.shape[0] == 1 else self.shape
        return ops.broadcast_to(self.parameter, (ops.shape(x)[0], *example))

    def get_config(self):
        """Give the constructor's arguments."""
        return {**super().get_config(), "shape": self.shape}


@registered
class Blur(layers.Layer):
    """Filter by (1, 2, 1) / 4 along height and width, and keep every second pixel.

    Paper: Zhang, Making Convolutional Networks Shift-Invariant Again, 2019. arXiv:1904.11486

    Args:
        edges: "reflect" mirrors them, "constant" puts zeros around.
    """

    def __init__(self, edges: str, **settings):
        super().__init__(**settings)
        self.edges = edges

    def call(self, x):
        """Blur x, (batch, height, width, channels)."""
        filter = ops.array([1, 2, 1], x.dtype) / 4
        kernel = ops.tile((filter[:, None] * filter)[:, :, None, None], (1, 1, x.shape[-1], 1))
        x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), self.edges)
        return ops.depthwise_conv(x, kernel, 2, data_format="channels_last")

    def get_config(self):
        """Give the constructor's arguments."""
        return {**super().get_config(), "edges": self.edges}
