"""LoRA: beside each kernel a pair of narrow matrices, which learn in its place.

Paper: Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2021. arXiv:2106.09685
"""

import math
from collections.abc import Iterable
from pathlib import Path

import keras
from keras import layers, ops
from safetensors import safe_open

from .checkpoints import save_safetensors
from .errors import BadInput
from .packed import pack, packable, packed_layers, unpack

SCALE = 2  # alpha over rank: what the pair says is multiplied by it


def adaptable(layer: keras.Layer) -> bool:
    """Tell whether a layer has a kernel beside which a pair can stand."""
    return isinstance(layer, (layers.Dense, layers.EinsumDense, layers.Conv1D, layers.Conv2D))


def count(layer: keras.Layer, rank: int) -> int:
    """Count the numbers of a layer's pair."""
    *sides, width = layer.kernel.shape
    return (math.prod(sides) + width) * rank


def adapt(chosen: Iterable[keras.Layer], rank: int) -> None:
    """Put pairs beside the kernels of layers, and let these alone of them learn.

    Args:
        chosen: adaptable layers, built.
        rank: width of the pairs.
    """
    for layer in chosen:
        if not layer.lora_enabled:
            layer.enable_lora(rank, lora_alpha=SCALE * rank)
        for variable in layer.trainable_variables:
            variable.trainable = variable.name.startswith("lora_")


def adapted(model: keras.Model) -> list[keras.Layer]:
    """List the layers that have pairs."""
    return [layer for layer in model.layers if getattr(layer, "lora_enabled", False)]


def save(model: keras.Model, head: set[str], path: Path) -> None:
    """Write the pairs of a model and its head: all that was learned of it, in a small file.

    Args:
        model: with pairs.
        head: names of the layers of the head.
        path: of a safetensors file.

    Raises:
        ZooflowError: it cannot be written.
    """
    first, *_ = adapted(model)
    facts = {"rank": str(first.lora_rank)}
    if packed := packed_layers(model):
        facts["kept"] = packed[0].kept
    tensors = {
        f"{layer.name}/{variable.name}": ops.convert_to_numpy(variable)
        for layer in model.layers
        for variable in layer.weights
        if layer.name in head or variable.name.startswith("lora_")
    }
    save_safetensors(tensors, path, facts)


def load(model: keras.Model, path: Path) -> None:
    """Put the pairs and the head of a file into a model: a head on the same backbone.

    Args:
        model: a head on the backbone that they were learned on, without pairs.
        path: as `save` wrote it.

    Raises:
        BadInput: they were learned on another network.
    """
    with safe_open(path, "numpy") as file:
        facts = file.metadata()
        names = [name.rpartition("/")[::2] for name in file.keys()]  # noqa: SIM118 (no mapping)
        known = {layer.name: layer for layer in model.layers}
        if missing := sorted({layer for layer, _ in names} - known.keys()):
            raise BadInput(f"{path} adapts {missing[0]}, which {model.name} does not have")
        head = {name for name, variable in names if not variable.startswith("lora_")}
        if "kept" in facts:
            keep(model, head, facts["kept"])
        adapt([known[name] for name in dict(names) if name not in head], int(facts["rank"]))
        for name, variable in names:
            (target,) = (each for each in known[name].weights if each.name == variable)
            target.assign(file.get_tensor(f"{name}/{variable}"))


def keep(model: keras.Model, head: set[str], kept: str) -> None:
    """Pack all kernels and tables of a model but for the head's.

    Args:
        model: a head on a backbone, without pairs.
        head: names of the layers of the head.
        kept: "int8" or "int4".
    """
    for layer in model.layers:
        if layer.name not in head and packable(layer):
            pack(layer, kept)


def merge(model: keras.Model) -> None:
    """Add to the kernels, floats again, what their pairs say, and empty the pairs."""
    for layer in packed_layers(model):
        unpack(layer)
    for layer in adapted(model):
        layer._kernel.assign(ops.convert_to_numpy(layer.kernel))
        layer.lora_kernel_b.assign(ops.zeros(layer.lora_kernel_b.shape))
