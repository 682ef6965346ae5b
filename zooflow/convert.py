"""Checkpoint tensors into a graph, and back out of it.

A layer bears the name of the tensor it was poured from, with `-` for `.`: layer `layer1-0-conv1`
holds `layer1.0.conv1.weight`. So one pair of functions serves every family.
"""

import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from .errors import CheckpointMismatch
from .spelling import Regrouped, Spelling

TENSOR = {
    "kernel": "weight",
    "gamma": "weight",
    "embeddings": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
AXES: dict[type, tuple[int, ...]] = {  # where each axis of a Keras kernel lies in PyTorch's
    layers.Conv1D: (2, 1, 0),
    layers.Conv2D: (2, 3, 1, 0),
    layers.DepthwiseConv2D: (2, 3, 0, 1),
    layers.Dense: (1, 0),
}
ADAPTED = ("kernel", "embeddings")  # what Keras's enable_lora adapts
Pair = tuple[Any, tuple[int, ...], keras.Layer]  # a variable, its tensor's axes, and its layer
Rules = tuple[tuple[str, str], ...]


def pour(
    checkpoint: Mapping[str, np.ndarray],
    model: keras.Model,
    *,
    skip: str = "",
    fresh: str = "",
    rules: Rules = (),
    spelling: Spelling | None = None,
    adapt: Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]] | None = None,
) -> None:
    """Give every variable of a model its tensor.

    Args:
        checkpoint: tensors by name.
        model: a flat Functional graph with mirrored names.
        skip: pattern of the tensors that no layer takes.
        fresh: pattern of tensors that may be missing, but only all of them; their variables stay
            as they are.
        rules: (pattern, replacement) pairs that make one of several forms of a name.
        spelling: how another library spells the tensors.
        adapt: takes the tensors under our names, and gives those to pour in place of theirs.

    Raises:
        CheckpointMismatch: a tensor without a variable, a variable without a tensor, or another
            shape; nothing was assigned then.
    """
    wanted, tensors = paired(
        checkpoint, model, skip=skip, fresh=fresh, rules=rules, spelling=spelling, adapt=adapt
    )
    for name, pair in wanted.items():
        variable, axes, _ = pair
        tensor = tensors[name].reshape(_torch_shape(pair))
        variable.assign(np.transpose(tensor, axes).astype(variable.dtype, copy=False))


def paired(
    checkpoint: Mapping[str, np.ndarray],
    model: keras.Model,
    *,
    skip: str = "",
    fresh: str = "",
    rules: Rules = (),
    spelling: Spelling | None = None,
    adapt: Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]] | None = None,
) -> tuple[dict[str, Pair], Mapping[str, np.ndarray]]:
    """Hold a checkpoint against a model, strictly: what `pour` does first, with its arguments.

    Returns:
        Each variable that takes a tensor, and the tensors, both by the tensor's name.

    Raises:
        CheckpointMismatch: they do not pair.
    """
    spelling = spelling or Spelling()
    named: dict[str, str] = {}
    for name in checkpoint:
        if (plain := respell(name, rules)) in named:
            raise CheckpointMismatch(
                f"the checkpoint has {named[plain]} and {name}, which are one tensor to zooflow"
            )
        named[plain] = name
    wanted = dict(_pairs(model))
    tensors = spelling.read(Regrouped(checkpoint, named))
    if fresh and not any(re.fullmatch(fresh, name) for name in tensors):
        wanted = {name: pair for name, pair in wanted.items() if not re.fullmatch(fresh, name)}
    offered = {name for name in tensors if name in wanted or not re.fullmatch(skip, name)}
    _compare(wanted.keys(), offered)
    adapted = adapt(tensors) if adapt else {}
    shapes = {name: tensors.shape(name) for name in offered}
    shapes |= {name: tensor.shape for name, tensor in adapted.items()}
    for name in filter(spelling.squeezes, offered):
        shapes[name] = _stretched(shapes[name], _torch_shape(wanted[name]))
    _compare_shapes(wanted, shapes)
    return wanted, ChainMap(adapted, tensors)  # type: ignore[arg-type]


def drain(model: keras.Model) -> dict[str, np.ndarray]:
    """Take the tensors out again under their checkpoint names: the inverse of `pour`.

    Low-rank adapters are merged into the kernels that they adapt.
    """
    tensors = {}
    for name, (variable, axes, layer) in _pairs(model):
        adapted = getattr(layer, "lora_enabled", False) and variable.name in ADAPTED
        value = getattr(layer, variable.name) if adapted else variable
        array = np.transpose(ops.convert_to_numpy(value), np.argsort(axes))
        tensors[name] = np.asarray(array, order="C")  # leaves a number a number
    return tensors


def respell(name: str, rules: Rules) -> str:
    """Turn a foreign tensor name into the mirrored one, every rule in turn."""
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def _pairs(model: keras.Model) -> Iterator[tuple[str, Pair]]:
    """Pair tensor names with (variable, axes of the tensor in the variable's order, layer).

    A layer of another's making, whose variables have other names, has its tensors numbered.
    """
    for layer in model.layers:
        tensors = getattr(layer, "tensors", TENSOR)  # a layer of ours may name its own
        variables = [each for each in layer.weights if not each.name.startswith("lora_")]
        known = {each.name for each in variables if each.name in tensors}
        for index, variable in enumerate(variables):
            mirrored = len(known) == len(variables)
            suffix = tensors[variable.name] if mirrored else f"{index}.{variable.name}"
            name = ".".join(filter(None, (layer.name.replace("-", "."), suffix)))
            kind = next((kind for kind in type(layer).__mro__ if kind in AXES), None)
            axes = AXES[kind] if kind and variable.name == "kernel" else None
            axes = axes or tuple(range(len(variable.shape)))
            yield name, (variable, axes, layer)


def _compare(wanted: Any, offered: Any) -> None:
    missing, left_over = sorted(wanted - offered), sorted(offered - wanted)
    if missing or left_over:
        raise CheckpointMismatch(
            f"the checkpoint does not fit the model: {_count(missing, 'missing')}, "
            f"{_count(left_over, 'left over')}",
            hint="is it another architecture, or a form of it that zooflow does not know?",
        )


def _torch_shape(pair: Pair) -> tuple[int, ...]:
    variable, axes, _ = pair
    return tuple(variable.shape[axis] for axis in np.argsort(axes))


def _stretched(shape: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
    """Give the wanted shape where it differs by axes of length 1 alone."""
    return wanted if [n for n in shape if n > 1] == [n for n in wanted if n > 1] else shape


def _compare_shapes(wanted: dict[str, Any], offered: dict[str, tuple[int, ...]]) -> None:
    wrong = [
        f"{name} is {tuple(offered[name])}, not {expected}"
        for name in sorted(wanted)
        if tuple(offered[name]) != (expected := _torch_shape(wanted[name]))
    ]
    if wrong:
        raise CheckpointMismatch(
            f"the checkpoint does not fit the model: {len(wrong)} of {len(wanted)} tensors have "
            f"another shape; {'; '.join(wrong[:3])}"
        )


def _count(names: list[str], what: str) -> str:
    """Say how many, and the first three: '2 missing (a.weight, a.bias)'."""
    first = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return f"{len(names)} {what}" + (f" ({first})" if names else "")
