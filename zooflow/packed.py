"""Frozen kernels and tables kept in a byte a number, or in half of one.

The numbers of a kernel that lead to one output are kept in groups: as whole numbers, and one scale
for each group. They are made floats again where they are needed, one layer at a time.

Paper: Dettmers et al., QLoRA: Efficient Finetuning of Quantized LLMs, 2023. arXiv:2305.14314
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import layers, ops

GROUP = 64  # most numbers that share a scale
MOST = {"int8": 127, "int4": 7}  # largest whole number


class Packed:
    """Goes before one of Keras's kinds of layers; its weights are packed when it is built already.

    Of its kernel, or table, `codes` holds the whole numbers, (outputs, groups, bytes), and `scales`
    those of the groups, (outputs, groups).
    """

    codes: Any
    scales: Any
    kept: str
    sides: tuple[int, ...]  # of the kernel

    def unpacked(self, codes: Any, scales: Any) -> Any:
        """Make floats of some outputs' codes: (…, numbers)."""
        if self.kept == "int4":
            halves = ops.bitwise_and(codes, 15), ops.right_shift(codes, 4)
            codes = ops.concatenate(halves, axis=-1)
        values = ops.cast(codes, "float32")
        values = (values - MOST[self.kept] if self.kept == "int4" else values) * scales[..., None]
        *outputs, groups, size = ops.shape(values)
        return ops.reshape(values, (*outputs, groups * size))


class PackedKernel(Packed):
    """A linear layer with a packed kernel, beside which a pair of LoRA may learn."""

    lora_enabled: bool

    @property
    def _kernel(self) -> Any:
        """Make the kernel without its pair, float32."""
        rows = self.unpacked(self.codes, self.scales)[:, : int(np.prod(self.sides[:-1]))]
        return ops.reshape(ops.transpose(rows), self.sides)

    def enable_lora(self, rank: int, lora_alpha: int) -> None:
        """Put a pair beside the kernel, as Keras does."""
        layer: Any = self
        *sides, width = self.sides
        layer._tracker.unlock()
        layer.lora_kernel_a = layer.add_weight(
            name="lora_kernel_a", shape=(*sides, rank), initializer="he_uniform", dtype="float32"
        )
        layer.lora_kernel_b = layer.add_weight(
            name="lora_kernel_b", shape=(rank, width), initializer="zeros", dtype="float32"
        )
        layer._tracker.lock()
        layer.lora_enabled, layer.lora_rank, layer.lora_alpha = True, rank, lora_alpha

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Do what the layer does; the float kernel is made anew for the gradients, not kept."""
        layer: Any = self
        pair = (layer.lora_kernel_a, layer.lora_kernel_b) if self.lora_enabled else ()

        def multiply(x: Any, *pair: Any) -> Any:
            kernel = self._kernel
            if pair:
                kernel = kernel + layer.lora_alpha / layer.lora_rank * ops.matmul(*pair)
            kernel = ops.cast(kernel, layer.compute_dtype)
            if isinstance(self, layers.Dense):
                return ops.matmul(x, kernel)
            if isinstance(self, layers.EinsumDense):
                return ops.einsum(layer.equation, x, kernel)
            return layer.convolution_op(x, kernel)

        y = keras.remat(multiply)(inputs, *map(ops.convert_to_tensor, pair))
        y = y if layer.bias is None else ops.add(y, layer.bias)
        return layer.activation(y) if layer.activation else y


class PackedTable(Packed):
    """An embedding whose table is packed: of the tokens that are asked for, floats are made."""

    @property
    def _embeddings(self) -> Any:
        """Make the whole table, float32."""
        return self.unpacked(self.codes, self.scales)[:, : self.sides[1]]

    def call(self, inputs: Any) -> Any:
        """Look tokens up: any integers, (…)."""
        ids = ops.cast(inputs, "int32")
        codes, scales = (ops.take(part, ids, axis=0) for part in (self.codes, self.scales))
        found = self.unpacked(codes, scales)[..., : self.sides[1]]
        return ops.cast(found, self.compute_dtype)  # type: ignore[attr-defined]


@cache
def _packed(kind: type) -> type:
    """Make the packed kind of a kind of layers."""
    before = PackedTable if issubclass(kind, layers.Embedding) else PackedKernel
    return type(f"{before.__name__}{kind.__name__}", (before, kind), {})


def packable(layer: Any) -> bool:
    """Tell whether a layer has a kernel or table that can be packed, and no ways of its own."""
    kinds = layers.Dense, layers.EinsumDense, layers.Conv1D, layers.Conv2D, layers.Embedding
    return (
        isinstance(layer, kinds)
        and any(type(layer).call is kind.call for kind in kinds)
        and getattr(layer, "data_format", "channels_last") == "channels_last"
        and not getattr(layer, "lora_enabled", False)
        and layer.quantization_mode is None
    )


def pack(layer: Any, kept: str) -> None:
    """Pack the kernel or table of a layer, which cannot learn from then on.

    Args:
        layer: packable, built.
        kept: "int8" or "int4".
    """
    name = "_embeddings" if isinstance(layer, layers.Embedding) else "_kernel"
    variable = getattr(layer, name)
    values = ops.convert_to_numpy(variable).astype("float32")
    rows = values if isinstance(layer, layers.Embedding) else values.reshape(-1, values.shape[-1]).T
    codes, scales = encode(rows, kept)
    _forget(layer, name)
    layer.__class__ = _packed(type(layer))
    layer._tracker.unlock()
    layer.kept, layer.sides = kept, values.shape
    for attribute, array in (("codes", codes), ("scales", scales)):
        made = layer.add_weight(
            name=f"{variable.name}_{attribute}",
            shape=array.shape,
            dtype=str(array.dtype),
            initializer="zeros",
            trainable=False,
            autocast=False,
        )
        made.assign(array)
        setattr(layer, attribute, made)
    layer._tracker.lock()


def unpack(layer: Any) -> None:
    """Give a packed layer a kernel or table of floats back; a pair beside it stays."""
    table = isinstance(layer, PackedTable)
    values = ops.convert_to_numpy(layer._embeddings if table else layer._kernel)
    name = layer.codes.name.removesuffix("_codes")
    for each in ("codes", "scales"):
        _forget(layer, each)
    layer.__class__ = type(layer).__bases__[1]
    layer._tracker.unlock()
    made = layer.add_weight(name=name, shape=layer.sides, initializer="zeros")
    setattr(layer, f"_{name}", made)
    layer._trainable_variables.insert(0, layer._trainable_variables.pop())  # first, as it was
    layer._tracker.lock()
    made.assign(values)
    made.trainable = False


def encode(rows: np.ndarray, kept: str) -> tuple[np.ndarray, np.ndarray]:
    """Make whole numbers of floats, with a scale for each group.

    Args:
        rows: float32, (outputs, numbers).
        kept: "int8" or "int4".

    Returns:
        Codes, int8 (outputs, groups, size), or uint8 with two numbers in each, 7 added to them;
        and scales, float32 (outputs, groups).
    """
    outputs, numbers = rows.shape
    groups = -(-numbers // GROUP)
    size = -(-numbers // groups)
    size += size % 2 if kept == "int4" else 0
    padded = np.zeros((outputs, groups * size), "float32")
    padded[:, :numbers] = rows
    grouped = padded.reshape(outputs, groups, size)
    scales = np.abs(grouped).max(axis=-1) / MOST[kept]
    scales[scales == 0] = 1
    codes = np.rint(grouped / scales[..., None]).astype("int8")
    if kept == "int4":
        low, high = np.split((codes + MOST[kept]).astype("uint8"), 2, axis=-1)
        codes = low | high << 4
    return codes, scales


def packed_layers(model: keras.Model) -> list[Any]:
    """List the layers whose kernels or tables are packed."""
    return [layer for layer in model.layers if isinstance(layer, Packed)]


def share(packed: Sequence[Any], model: keras.Model) -> float:
    """Say which part of a model's numbers is packed, 0 to 1."""
    inside = sum(int(np.prod(layer.sides)) for layer in packed)
    small = {id(part) for layer in packed for part in (layer.codes, layer.scales)}
    rest = sum(int(np.prod(each.shape)) for each in model.weights if id(each) not in small)
    return inside / (inside + rest)


def _forget(layer: Any, name: str) -> None:
    """Drop a variable of a layer; Keras's own way collects garbage each time, which is slow."""
    layer._untrack_variable(getattr(layer, name))
    super(layers.Layer, layer).__delattr__(name)
