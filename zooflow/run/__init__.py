"""A run: a trained model with all that is known of it, in one folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np

from .. import cards
from ..backbones.parts.initializers import hollow
from ..backend import precision
from ..bridge import load_graph
from ..cards import Card, ImageInput, TextInput
from ..checkpoints import open_checkpoint
from ..convert import pour
from ..data import HubDataset, ImageFolder, Table, Tokenizer, feed, read_examples
from ..errors import BadInput
from ..features.ask import Progress
from ..fold import fold
from ..fresh import inside, read_json
from ..judging import Scores, probabilities, score
from ..narrow import narrow
from ..recipe import TASKS, Recipe
from ..sources import local
from ..zoo import build

__all__ = ["Run", "load_run"]

MANY = 256  # inputs for which it pays to fold a model


@dataclass(frozen=True)
class Run:
    """A trained model and what it was made from.

    Args:
        folder: where it lies.
        recipe: what it was made from.
        card: of its backbone.
        labels: classes in the order of the logits.
        model: from inputs to logits, (batch, labels).
        reader: how images are read, or the tokenizer.
    """

    folder: Path
    recipe: Recipe
    card: Card
    labels: tuple[str, ...]
    model: keras.Model
    reader: ImageInput | Tokenizer

    @property
    def modality(self) -> str:
        """Say what it takes: "image" or "text"."""
        return "text" if isinstance(self.reader, Tokenizer) else "image"

    def evaluate(self, data: ImageFolder | Table | HubDataset) -> Scores:
        """Score the model on labelled data; examples of labels that it has not are left out.

        Raises:
            BadData: an example cannot be used or is not of the kind that the model takes, or none
                has a label of the model's.
        """
        examples, notes = read_examples(data, self.labels, self.card.input)
        said = self.predict(examples.inputs, hashes=examples.hashes)
        return score(said, examples.targets, self.labels, notes)

    def predict(
        self,
        inputs: Sequence[Path | str | bytes],
        *,
        hashes: tuple[str, ...] = (),
        batch: int = 32,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """Answer.

        Args:
            inputs: image files or their bytes, or texts.
            hashes: sha256 of each, for images that may be decoded and kept already.
            batch: examples at a time.
            progress: is told how many of how many are done.

        Returns:
            Probabilities, float32 (examples, labels).
        """
        given = feed(tuple(inputs), self.reader, hashes)
        batches = given.in_order(np.arange(len(inputs)), batch)
        model = self.folded if len(inputs) >= MANY else self.model
        return probabilities(ask(model, batches, len(inputs), progress))

    @cached_property
    def folded(self) -> keras.Model:
        """The model as it answers fastest: without the norms and tokens that it can spare."""
        layers = self.model.layers
        norms = any(isinstance(each, keras.layers.BatchNormalization) for each in layers)
        exact = all(each.compute_dtype == "float32" for each in layers)
        narrowed = narrow(self.model)
        return fold(narrowed) if norms and exact else narrowed


def ask(
    model: keras.Model,
    batches: Iterable[tuple[np.ndarray, Any]],
    count: int,
    progress: Progress | None = None,
) -> np.ndarray:
    """Ask a model about all examples: logits, float32 (examples, labels).

    Args:
        model: from inputs to logits.
        batches: indices of examples, and what the model takes of them.
        count: examples.
        progress: is told how many of how many are done.
    """
    out, done = np.empty((count, model.output.shape[-1]), "float32"), 0
    for indices, arrays in batches:
        out[indices] = keras.ops.convert_to_numpy(model.predict_on_batch(arrays))
        done += len(indices)
        if progress:
            progress(done, count)
    return out


def load_run(run: str | Path, *, computes: str | None = None) -> Run:
    """Load a run: the same logits as when it was saved, to the bit on one machine.

    Args:
        run: the folder that `zooflow finetune` wrote, or "hf://owner/name" that was pushed.
        computes: precision to compute in; None for the one that it was trained in.

    Raises:
        BadInput: it is not a run, or a file of it is missing or damaged.
        SourceUnavailable: it could not be had from the hub.
    """
    folder = local(run)
    model_in = inside(folder)
    config = read_json(folder, f"{model_in}config.json")
    try:
        facts = config["card"] | {"input": read_json(folder, f"{model_in}preprocessing.json")}
        card = cards.from_facts(facts)
        labels = tuple(config["labels"])
        task = TASKS[config["task"].pop("kind")](**config["task"])
        computes = str(computes or config["precision"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{folder / model_in} is damaged: its facts do not fit: {error}") from error
    with precision(computes), hollow():
        if card.family:
            model = task.attach(build(card), len(labels))
        else:  # a Keras model that the user brought
            model = load_graph(folder / model_in / "graph.json")
    with open_checkpoint(folder / model_in / "model.safetensors") as checkpoint:
        pour(checkpoint, model)
    reader = card.input
    if isinstance(card.input, TextInput):
        reader = Tokenizer.from_folder(folder / model_in, card.input)
    recipe = Recipe.from_json((folder / "recipe.json").read_text("utf-8"))
    return Run(folder, recipe, card, labels, model, reader)  # type: ignore[arg-type]
