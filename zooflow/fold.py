"""A frozen trunk as it computes fastest: the same function of the same inputs, never trained."""

from collections import Counter
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from .backbones.parts import registered
from .backbones.parts.depthwise import DepthwiseConv
from .backbones.parts.grouped import GroupedConv2D
from .backbones.parts.initializers import hollow
from .backend import without
from .convert import ADAPTED
from .graph import steps
from .packed import packed_layers

LINEAR = (
    layers.Conv1D,
    layers.Conv2D,
    layers.DepthwiseConv2D,
    layers.Dense,
    DepthwiseConv,
    GroupedConv2D,
)


def fold(trunk: keras.Model, dtype: str = "float32") -> keras.Model:
    """Copy a frozen trunk, with what only training needs left out.

    A batch normalisation goes into the kernel and bias of the convolution or dense layer below it,
    where nothing else reads that one; an activation goes into a dense layer alike; dropout goes.

    Args:
        trunk: a Functional graph; it and its layers stay as they are.
        dtype: "float32" or "bfloat16", in which the copy computes. Pixels are normalised, and all
            weights but kernels and their biases kept, in float32 either way.

    Returns:
        A model that takes what the trunk takes and gives what it gives; floats in float32.
    """
    if packed_layers(trunk):  # a copy would take the room that packing saves
        return _widened(trunk)
    taken = _taken(trunk)
    gone = {id(layer) for layer in taken.values()}
    copies: list[tuple[Any, Any]] = []

    def copy(layer: Any) -> Any:
        if id(layer) in gone or isinstance(layer, layers.Dropout):
            return None
        if not isinstance(layer, layers.Layer):
            return layer
        settings = {**layer.get_config(), "dtype": _policy(layer, dtype)}
        settings.pop("lora_rank", None)
        above = taken.get(id(layer))
        if isinstance(above, layers.BatchNormalization):
            settings["use_bias"] = True
        elif above:
            settings["activation"] = above.activation
        kind = Rows if type(layer) is layers.Dense else type(layer)
        copies.append((layer, kind.from_config(settings)))
        return copies[-1][1]

    with hollow(), without("tensorflow"):
        model = keras.models.clone_model(trunk, clone_function=copy, call_function=_call)
    for layer, copied in copies:
        above = taken.get(id(layer))
        norm = isinstance(above, layers.BatchNormalization)
        values = _merged(layer, above) if norm else current_weights(layer)
        for variable, value in zip(copied.weights, values, strict=True):
            variable.assign(value)
    model.trainable = False
    return model if dtype == "float32" else _widened(model)


@registered
class Rows(layers.Dense):
    """Multiply all vectors as rows of one matrix: TensorFlow computes the GELU as it goes."""

    def call(self, inputs: KerasTensor, training: bool | None = None) -> KerasTensor:
        """Map the last axis of inputs."""
        y = super().call(ops.reshape(inputs, (-1, inputs.shape[-1])), training=training)
        return ops.reshape(y, (*ops.shape(inputs)[:-1], self.units))


def _taken(trunk: keras.Model) -> dict[int, Any]:
    """Find the batch normalisations and activations that layers can take, by the takers' ids."""
    nodes = steps(trunk)
    calls = Counter(id(node.operation) for node in nodes)
    read = [tensor for node in nodes for tensor in node.input_tensors] + trunk.outputs
    reads = Counter(id(tensor) for tensor in read)
    taken = {}
    for node in nodes:
        above = node.operation
        if node.is_input or calls[id(above)] > 1:
            continue
        tensor = node.input_tensors[0]
        layer = tensor._keras_history.operation
        alone = calls[id(layer)] == reads[id(tensor)] == 1
        if alone and _linear(layer) and _takes(layer, above, axes=len(tensor.shape)):
            taken[id(layer)] = above
    return taken


def _takes(layer: Any, above: Any, *, axes: int) -> bool:
    """Say whether a linear layer can do what the layer above it does, too."""
    if type(above) is layers.Activation:
        return type(layer) is layers.Dense
    return isinstance(above, layers.BatchNormalization) and above.axis in (-1, axes - 1)


def _linear(layer: Any) -> bool:
    """Say whether a layer multiplies by a kernel, adds a bias and does no more, channels last."""
    return (
        type(layer) in LINEAR
        and layer.activation is keras.activations.linear
        and getattr(layer, "data_format", "channels_last") == "channels_last"
    )


def _policy(layer: Any, dtype: str) -> str:
    """Name the policy of a layer's copy."""
    if dtype == "float32" or layer.name == "normalize":
        return "float32"
    return dtype if getattr(layer, "kernel", None) is not None else f"mixed_{dtype}"


def _call(operation: Any, *arguments: Any, **named: Any) -> Any:
    """Go through a step, or past one that is left out."""
    return arguments[0] if operation is None else operation(*arguments, **named)


def current_weights(layer: Any) -> list[np.ndarray]:
    """Give a layer's weights, what adapts them added to them."""
    adapted = ADAPTED if getattr(layer, "lora_enabled", False) else ()
    values = [
        getattr(layer, weight.name) if weight.name in adapted else weight
        for weight in layer.weights
        if not weight.name.startswith("lora_")
    ]
    return [np.array(ops.convert_to_numpy(value)) for value in values]  # JAX would share them


def _merged(layer: Any, norm: Any) -> list[np.ndarray]:
    """Give the kernel and bias that do what a layer and the normalisation above it do."""
    kernel, mean, variance, gamma, beta, bias = (
        np.asarray(ops.convert_to_numpy(part), "float64") if part is not None else default
        for part, default in [
            (layer.kernel, 0),
            (norm.moving_mean, 0),
            (norm.moving_variance, 0),
            (norm.gamma, 1),
            (norm.beta, 0),
            (layer.bias, 0),
        ]
    )
    factor = gamma / np.sqrt(variance + norm.epsilon)
    own = np.shape(kernel)[-2:] if isinstance(layer, layers.DepthwiseConv2D) else np.shape(factor)
    return [kernel * np.reshape(factor, own), beta + (bias - mean) * factor]


def _widened(model: keras.Model) -> keras.Model:
    """Let a model give floats in float32."""

    def widen(tensor: keras.KerasTensor) -> keras.KerasTensor:
        narrow = keras.backend.is_float_dtype(tensor.dtype) and tensor.dtype != "float32"
        return layers.Identity(dtype="float32")(tensor) if narrow else tensor

    return keras.Model(model.input, keras.tree.map_structure(widen, model.output), name=model.name)
