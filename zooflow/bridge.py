"""Any Keras model as a backbone: of keras.applications, of keras_hub, or one's own."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
from keras import KerasTensor, layers

from .backbones.parts import normalize
from .backbones.parts.attention import MaskedMean
from .cards import Card, ImageInput, TextInput
from .errors import BadInput, UnknownName
from .graph import steps
from .sources import Fetched
from .zoo import Backbone

TOKENS = ("input_ids", "attention_mask", "token_type_ids")


def from_keras(
    model: keras.Model,
    *,
    input: ImageInput | TextInput,
    blocks: Sequence[str] | None = None,
    name: str = "",
    tokenizer: str | Path | None = None,
) -> Backbone:
    """Make a backbone of a Keras model that gives features.

    The backbone has layers and weights of its own; the model stays as it is.

    Args:
        model: Functional or Sequential, from images (batch, height, width, 3), or from any of
            "input_ids", "attention_mask" and "token_type_ids", to one tensor of features: a map
            (batch, height, width, channels), tokens (batch, length, channels), or a vector
            (batch, channels).
        input: how images are read and what their pixels, 0 to 255, are turned to: a model that
            takes them from -1 to 1 has mean and std 0.5; one that takes them as they are mean 0
            and std 1 / 255. For texts, the most tokens.
        blocks: names of layers from bottom to top, each the last of a step in which a phase
            freezes; by default every layer through which all that lies above sees all below.
        name: of the backbone; by default the model's own.
        tokenizer: folder of the tokenizer's files, for texts.

    Raises:
        BadInput: the model has no graph, or takes or gives something else.
        UnknownName: a block that is no layer.
    """
    name = name or model.name
    _check(model, input, name, tokenizer)
    if isinstance(input, ImageInput):
        inputs: Any = keras.Input((*input.size, 3), name="images")
        features = _traced(model, [normalize(inputs, input.mean, input.std)])
    else:
        inputs = {token: keras.Input((None,), dtype="int32", name=token) for token in TOKENS}
        features = _traced(model, [inputs[each.name] for each in model.inputs])
    pooled = _pooled(features, None if isinstance(input, ImageInput) else inputs["attention_mask"])
    graph = keras.Model(inputs, features, name=model.name)
    if unknown := [each for each in blocks or () if each not in {one.name for one in graph.layers}]:
        raise UnknownName("layer", unknown[0], [layer.name for layer in graph.layers])
    card = Card(
        name=name,
        title=f"{model.name}, a Keras model",
        family="",
        variant="",
        source="keras",
        input=input,
        parameters=graph.count_params(),
        features=tuple(features.shape[1:]),
        blocks=tuple(blocks or _narrows(graph)),
    )
    files = Fetched(Path(tokenizer), "", {}) if tokenizer else None
    return Backbone(card, graph, pooled, card.blocks, files)


def save_graph(model: keras.Model, file: Path) -> None:
    """Write the graph of a model, without its weights."""
    facts = keras.saving.serialize_keras_object(model)
    file.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


def load_graph(file: Path) -> keras.Model:
    """Trace the graph of a model anew, its weights at random; runs nothing that the file brings.

    Raises:
        BadInput: it is damaged, or holds layers that Keras does not know.
    """
    try:
        facts = json.loads(file.read_text("utf-8"))
        return keras.saving.deserialize_keras_object(facts, safe_mode=True)
    except FileNotFoundError:
        raise BadInput(f"{file} does not exist") from None
    except Exception as error:  # Keras raises whatever its layers raise
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(
            f"{file} is no graph that Keras can trace: {first:.200}",
            hint="import the package whose layers it has, and load the run then",
        ) from error


def _check(
    model: keras.Model, input: ImageInput | TextInput, name: str, tokenizer: str | Path | None
) -> None:
    if not _is_graph(model):
        raise BadInput(
            f"{name} has no graph of layers",
            hint="build it Functional or Sequential, with a keras.Input",
        )
    inside = {id(layer): layer.name for each in _graphs(model) for layer in each.layers}
    if twice := [each for each, count in Counter(inside.values()).items() if count > 1]:
        raise BadInput(
            f"{name} has two layers named {twice[0]!r}, and zooflow tells layers by their names"
        )
    if not model.weights:
        raise BadInput(f"{name} has no weights", hint="nothing of it could learn or has learned")
    if len(model.outputs) != 1:
        raise BadInput(
            f"{name} gives {len(model.outputs)} tensors; a backbone gives one",
            hint="keras.Model(model.input, one of model.output)",
        )
    if isinstance(input, TextInput):
        if strange := [each.name for each in model.inputs if each.name not in TOKENS]:
            raise BadInput(f"{name} takes {strange[0]!r}; texts come as {', '.join(TOKENS)}")
        if not tokenizer:
            raise BadInput(f"{name} takes texts and has no tokenizer", hint="tokenizer=FOLDER")
        return
    takes = [tuple(each.shape[1:]) for each in model.inputs]
    given = (*input.size, 3)
    if (
        len(takes) != 1
        or len(takes[0]) != 3
        or any(side not in (None, wanted) for side, wanted in zip(takes[0], given, strict=True))
    ):
        raise BadInput(f"{name} takes {' and '.join(map(str, takes))}, and its input is {given}")


def _traced(model: Any, inputs: list[KerasTensor]) -> KerasTensor:
    """Trace a model anew on other tensors, with copies of its layers and those of models in it."""
    copies: dict[int, tuple[keras.Layer, keras.Layer]] = {}

    def step(layer: Any) -> Any:
        if not isinstance(layer, keras.Layer):
            return layer
        if _is_graph(layer):
            return lambda *given, **_: _graph(layer)._run_through_graph(given, operation_fn=step)
        if id(layer) not in copies:
            copies[id(layer)] = layer, type(layer).from_config(layer.get_config())
        return copies[id(layer)][1]

    found = _graph(model)._run_through_graph(inputs, operation_fn=step)  # no public way does so
    for layer, copy in copies.values():
        copy.set_weights(layer.get_weights())
    return keras.tree.flatten(found)[0]


def _graphs(model: Any) -> Iterator[Any]:
    """List a model and those in it."""
    yield model
    for layer in model.layers:
        if _is_graph(layer):
            yield from _graphs(layer)


def _is_graph(layer: Any) -> bool:
    return hasattr(_graph(layer), "_run_through_graph")


def _graph(model: Any) -> Any:
    return getattr(model, "_functional", model)  # a Sequential holds its graph


def _pooled(features: KerasTensor, present: KerasTensor | None) -> KerasTensor:
    if len(features.shape) == 4:
        return layers.GlobalAveragePooling2D(name="zooflow_pool")(features)
    if len(features.shape) == 3 and present is None:
        return layers.GlobalAveragePooling1D(name="zooflow_pool")(features)
    if len(features.shape) == 3:
        return MaskedMean(name="zooflow_pool")(features, present)
    if len(features.shape) == 2:
        return features
    raise BadInput(f"features of shape {tuple(features.shape)} are no map, tokens or vector")


def _narrows(graph: keras.Model) -> list[str]:
    """Name the layers whose output is all that the layers above see of weights below."""
    nodes = steps(graph)
    last = {id(tensor): i for i, node in enumerate(nodes) for tensor in node.input_tensors}
    last |= {id(tensor): len(nodes) for tensor in graph.outputs}
    names, seen, weighed, fresh = [], set(), set(), False
    for i, node in enumerate(nodes):
        gives = {id(tensor) for tensor in node.outputs}
        weights = getattr(node.operation, "weights", ())
        if weights or any(id(tensor) in weighed for tensor in node.input_tensors):
            weighed |= gives
            seen |= gives
            fresh = fresh or bool(weights)
        seen = {tensor for tensor in seen if last[tensor] > i}
        if fresh and seen == gives and isinstance(node.operation, keras.Layer):
            names.append(node.operation.name)
            fresh = False
    return names
