"""The best weights so far, and their average."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

Tensors = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Kept:
    """The weights of an epoch.

    Args:
        epoch: its number among those of all phases, from 1.
        row: of metrics.jsonl.
        weights: by path.
    """

    epoch: int
    row: dict[str, Any]
    weights: Tensors


class Best:
    """The best epochs so far, over all phases: by validation accuracy, then by loss.

    Args:
        layers: that the phases change.
        most: epochs to keep.
    """

    def __init__(self, layers: Sequence[keras.Layer], most: int = 1):
        self.layers, self.most = layers, most
        self.kept: list[Kept] = []  # the best one first

    @property
    def row(self) -> dict[str, Any]:
        """The row of the best epoch."""
        return self.kept[0].row

    def offer(self, row: dict[str, Any], epoch: int) -> None:
        """Keep the weights if the row of an epoch is among the best."""
        if len(self.kept) < self.most or score(row) > score(self.kept[-1].row):
            weights = {each.path: ops.convert_to_numpy(each) for each in self._variables}
            self.kept.append(Kept(epoch, row, weights))
            self.kept.sort(key=lambda each: score(each.row), reverse=True)
            del self.kept[self.most :]

    def restore(self) -> None:
        """Put the best weights back."""
        self._put(self.kept[0].weights)

    def average(self, judge: Callable[[], Mapping[str, float]]) -> tuple[dict[str, Any], list[int]]:
        """Put the average of the best weights in place, each where validation is no worse for it.

        Paper: Wortsman et al., Model soups, 2022. arXiv:2203.05482 (the greedy one)

        Args:
            judge: gives "val_accuracy" and "val_loss" of the weights in place.

        Returns:
            The best row with what the average comes to, and the epochs that are in it.
        """
        first, *others = self.kept
        mean, row, epochs = first.weights, first.row, [first.epoch]
        for each in others:
            tried = _mean(mean, each.weights, len(epochs))
            self._put(tried)
            told = judge()
            if score(told) >= score(row):
                mean, row, epochs = tried, {**row, **told}, [*epochs, each.epoch]
        self._put(mean)
        return row, epochs

    def _put(self, weights: Tensors) -> None:
        for variable in self._variables:  # a pair of LoRA that came later says nothing
            blank = np.zeros(variable.shape, "float32")
            variable.assign(weights.get(variable.path, blank))

    @property
    def _variables(self) -> list[keras.Variable]:
        return [variable for layer in self.layers for variable in layer.weights]


def _mean(mean: Tensors, other: Tensors, count: int) -> Tensors:
    """Let weights go into the average of some; those of one alone, and whole numbers, stay."""
    both = {path for path in mean if path in other and mean[path].dtype.kind != "i"}
    return {
        path: array + (other[path] - array) / (count + 1) if path in both else array
        for path, array in mean.items()
    }


def score(row: Mapping[str, Any]) -> tuple[float, float]:
    """Give what epochs are compared by: validation accuracy, then loss."""
    return row["val_accuracy"], -row["val_loss"]
