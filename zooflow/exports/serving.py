"""The graph that runtimes serve: from pixels or tokens to probabilities, in float32."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from ..backbones.parts.batch_norm import BatchNorm
from ..backbones.parts.depthwise import DepthwiseConv
from ..backbones.parts.initializers import Draw
from ..backend import without
from ..data import Tokenizer
from ..errors import BadInput
from ..fold import current_weights
from ..fresh import is_run
from ..narrow import narrow
from ..run import Run, load_run
from ..zoo import Backbone

Arrays = dict[str, np.ndarray]
Ask = Callable[[Arrays], np.ndarray]
OUTPUT = "probabilities"
PLAIN = {BatchNorm: layers.BatchNormalization, DepthwiseConv: layers.DepthwiseConv2D}


@dataclasses.dataclass(frozen=True)
class Serving:
    """A run on its way into a runtime.

    Args:
        run: in float32.
        model: what is served: from inputs to probabilities, (batch, labels).
    """

    run: Run
    model: keras.Model

    @property
    def inputs(self) -> tuple[str, ...]:
        """Name the inputs: "images"; or of "input_ids" and its like those that are read."""
        return tuple(each.name for each in self.model.inputs)

    @property
    def head(self) -> layers.Dense:
        """The layer that classifies, below the softmax."""
        return self.model.layers[-2]

    def given(self, batch: Any) -> Arrays:
        """Name the arrays of a batch as the inputs are."""
        return {name: batch[name] if isinstance(batch, dict) else batch for name in self.inputs}


def asked(model: keras.Model, arrays: Arrays) -> np.ndarray:
    """Ask a model of Keras: float32 (batch, labels)."""
    return ops.convert_to_numpy(model.predict_on_batch(arrays.get("images", arrays)))


def serving(what: Run | Backbone | str | Path) -> Serving:
    """Make the graph of a run that runtimes serve.

    Raises:
        BadInput: it is a backbone alone.
    """
    if isinstance(what, str | Path) and is_run(Path(what).expanduser()):
        what = load_run(what, computes="float32")
    if not isinstance(what, Run):
        name = what.card.name if isinstance(what, Backbone) else what
        raise BadInput(
            f"{name} is a backbone alone, and runtimes are given what answers with labels",
            hint="zooflow finetune it first; --to timm and --to transformers take a backbone",
        )
    if any(layer.compute_dtype != "float32" for layer in what.model.layers):
        what = dataclasses.replace(what, model=load_run(what.folder, computes="float32").model)
    return Serving(what, _served(narrow(what.model)))


def _served(model: keras.Model) -> keras.Model:
    """Copy a graph with the softmax behind it: of Keras's own layers where it has such."""
    copies: list[tuple[Any, Any]] = []

    def copy(layer: Any) -> Any:
        if not isinstance(layer, layers.Layer):
            return layer
        settings = {**layer.get_config(), "dtype": "float32"}
        settings.pop("lora_rank", None)
        for name, setting in settings.items():
            if isinstance(setting, dict) and setting.get("class_name") == Draw.__name__:
                settings[name] = "zeros"
        copies.append((layer, PLAIN.get(type(layer), type(layer)).from_config(settings)))
        return copies[-1][1]

    with without("tensorflow"):
        cloned = keras.models.clone_model(model, clone_function=copy)
    for layer, copied in copies:
        copied.set_weights(current_weights(layer))
    answer = layers.Softmax(name=OUTPUT)(cloned.output)
    return keras.Model(cloned.input, answer, name=model.name, trainable=False)


def modules(model: keras.Model) -> list[str]:
    """List the modules whose layers and functions a graph has beside Keras's own."""
    found: set[str] = set()

    def see(facts: Any) -> None:
        for each in facts.values() if isinstance(facts, dict) else facts:
            if isinstance(each, dict | list | tuple):
                see(each)
        if isinstance(facts, dict) and ">" in (facts.get("registered_name") or ""):
            found.add(facts["module"])

    see(model.get_config())
    return sorted(found)


def about(run: Run) -> dict[str, Any]:
    """Say what an artefact takes and gives, for those who prepare its inputs."""
    if isinstance(run.reader, Tokenizer):
        takes: dict[str, Any] = {
            "kind": "texts",
            "tokenizer": "tokenizer.json",
            "length": run.reader.length,
            "padding": "on the right, with the token id below where attention_mask is 0",
            "pad_token_id": run.reader.pad,
            "dtype": "int32",
        }
    else:
        takes = {
            "kind": "images",
            **dataclasses.asdict(run.reader),
            "pixels": "RGB, 0 to 255, (batch, height, width, 3)",
            "outside": "decode, resize to size / crop with Pillow's filter, and crop",
            "inside": "normalisation by mean and std, and the softmax",
        }
    return {"labels": list(run.labels), "takes": takes, "gives": OUTPUT}
