"""What is exported: a graph with all that is known of it."""

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..cards import Card, ImageInput
from ..convert import drain
from ..data import Tokenizer
from ..errors import BadInput
from ..fresh import is_run
from ..run import Run, load_run
from ..zoo import Backbone, load, numbers
from ..zoo.families import family


@dataclass(frozen=True)
class Network:
    """A trained graph on its way out.

    Args:
        card: of its backbone.
        tensors: those of the backbone with its pooling, under zooflow's names.
        classifier: weight (labels, width) and bias (labels,); None for a backbone alone.
        labels: classes in the order of the logits; none for a backbone alone.
        width: of the pooled features.
        stem: name of the first convolution, as its tensor's; "" where there is none.
        tokenizer: of texts.
    """

    card: Card
    tensors: dict[str, np.ndarray]
    classifier: tuple[np.ndarray, np.ndarray] | None
    labels: tuple[str, ...]
    width: int
    stem: str
    tokenizer: Tokenizer | None

    @property
    def head(self) -> str:
        """The family's own name for the layer that classifies."""
        return family(self.card.family).HEAD

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that the graph was traced with, the family's defaults too."""
        return {**defaults(self.card.family), **numbers(self.card)}


def defaults(kind: str) -> dict[str, Any]:
    """Give the arguments that a family's function has when nothing is said."""
    parameters = inspect.signature(getattr(family(kind), kind)).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


def opened(what: Run | Backbone | str | Path) -> Network:
    """Load what shall be exported.

    Raises:
        UnknownName: no such run or backbone.
        BadInput: it was built on a Keras model, which no other library names.
    """
    if isinstance(what, str | Path):
        what = load_run(what) if is_run(Path(what).expanduser()) else load(str(what))
    card = what.card
    if not card.family:
        raise BadInput(
            f"{card.name} is a Keras model of yours, which no other library names",
            hint="run.model.export and run.model.save are Keras's own ways",
        )
    graph = what.whole if isinstance(what, Backbone) else what.model
    tensors = drain(graph)
    if isinstance(what, Backbone):
        tokenizer = None
        if not isinstance(card.input, ImageInput) and what.files:
            tokenizer = Tokenizer.from_folder(what.files.folder, card.input)
        classifier, labels, width = None, (), what.pooled.shape[-1]
    else:
        tokenizer = what.reader if isinstance(what.reader, Tokenizer) else None
        head = family(card.family).HEAD
        classifier = tensors.pop(f"{head}.weight"), tensors.pop(f"{head}.bias")
        labels, width = what.labels, classifier[0].shape[1]
    return Network(card, tensors, classifier, labels, width, _stem(graph), tokenizer)


def _stem(graph: keras.Model) -> str:
    kinds = keras.layers.Conv2D, keras.layers.DepthwiseConv2D
    names = (layer.name for layer in graph.layers if isinstance(layer, kinds))
    return next(names, "").replace("-", ".")
