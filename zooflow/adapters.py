"""LoRA: beside each kernel a pair of narrow matrices, which learn in its place.

Paper: Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2021. arXiv:2106.09685
"""

import math
import re
from collections.abc import Iterable
from pathlib import Path

import keras
from keras import layers, ops
from safetensors import safe_open

from .checkpoints import save_safetensors
from .errors import BadInput

SCALE = 2  # alpha over rank: what the pair says is multiplied by it


def rank_of(train: str) -> int | None:
    """Read the rank out of a phase's words, "lora 8"; None where they say something else."""
    found = re.fullmatch(r"lora ([1-9]\d*)", train)
    return int(found[1]) if found else None


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
    tensors = {
        f"{layer.name}/{variable.name}": ops.convert_to_numpy(variable)
        for layer in model.layers
        for variable in layer.weights
        if layer.name in head or variable.name.startswith("lora_")
    }
    save_safetensors(tensors, path, {"rank": str(first.lora_rank)})


def load(model: keras.Model, path: Path) -> None:
    """Put the pairs and the head of a file into a model: a head on the same backbone.

    Args:
        model: a head on the backbone that they were learned on, without pairs.
        path: as `save` wrote it.

    Raises:
        BadInput: they were learned on another network.
    """
    with safe_open(path, "numpy") as file:
        rank = int(file.metadata()["rank"])
        names = [name.rpartition("/")[::2] for name in file.keys()]  # noqa: SIM118 (no mapping)
        known = {layer.name: layer for layer in model.layers}
        if missing := sorted({layer for layer, _ in names} - known.keys()):
            raise BadInput(f"{path} adapts {missing[0]}, which {model.name} does not have")
        adapt({known[name] for name, variable in names if variable.startswith("lora_")}, rank)
        for name, variable in names:
            (target,) = (each for each in known[name].weights if each.name == variable)
            target.assign(file.get_tensor(f"{name}/{variable}"))


def merge(model: keras.Model) -> None:
    """Add to the kernels what their pairs say, and empty the pairs."""
    for layer in adapted(model):
        layer._kernel.assign(ops.convert_to_numpy(layer.kernel))
        layer.lora_kernel_b.assign(ops.zeros(layer.lora_kernel_b.shape))
