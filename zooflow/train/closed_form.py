"""The head as a logistic regression on features that do not change: no rate, no order, no chance.

CLIP and DINOv2 are judged so: Radford et al., 2021, arXiv:2103.00020; Oquab et al., 2023,
arXiv:2304.07193.
"""

import warnings

import keras
import numpy as np
from keras import ops

from ..data.feed import slices
from .batches import Batches
from .tf_data import untuned
from .watch import Watch

FIRST = 1e-3  # of the inverse strengths of the ridge that are tried; the next is tenfold
STEPS = 300  # most of L-BFGS


def fit(tail: keras.Model, train: Batches, check: Batches, watch: Watch, epochs: range) -> None:
    """Fit the head, in each epoch with a ridge a tenth as strong as in the one before.

    Args:
        tail: dropout, if any, and a dense layer on features, (batch, width); compiled.
        train: examples to learn from, in all their views.
        check: examples to validate with.
        watch: is told of each epoch, as Keras tells it.
        epochs: to do.
    """
    features, truth, counts = _all(train)
    learned, checked = untuned(train), untuned(check)
    watch.set_model(tail)
    watch.set_params({"epochs": epochs.stop, "steps": 1})
    watch.on_train_begin()
    for epoch in epochs:
        watch.on_epoch_begin(epoch)
        kernel, bias = solve(features, truth, counts, FIRST * 10**epoch)
        *_, dense = tail.layers
        dense.kernel.assign(kernel)
        dense.bias.assign(bias)
        tail.optimizer.iterations.assign_add(1)
        told = {**tail.evaluate(learned, verbose=0, return_dict=True)}
        watch.on_train_batch_end(0, told)
        validated = tail.evaluate(checked, verbose=0, return_dict=True)
        watch.on_epoch_end(epoch, told | {f"val_{name}": each for name, each in validated.items()})
        if tail.stop_training:
            break


def solve(
    features: np.ndarray, truth: np.ndarray, counts: np.ndarray, inverse: float
) -> tuple[np.ndarray, np.ndarray]:
    """Solve a logistic regression on standardised features, and undo the standardising.

    Args:
        features: (examples, width).
        truth: probabilities of the labels, (examples, labels).
        counts: how much each example counts, (examples,).
        inverse: of the strength of the ridge, above 0.

    Returns:
        A dense layer's kernel, (width, labels), and bias, (labels,).
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread == 0] = 1
    rows, labels = np.nonzero(truth)  # what is partly two labels counts partly for each
    model = LogisticRegression(C=inverse, max_iter=STEPS)
    with warnings.catch_warnings():  # so near the end, its answers no longer change
        warnings.simplefilter("ignore", ConvergenceWarning)
        standard = ((features - mean) / spread)[rows]
        model.fit(standard, labels, truth[rows, labels] * counts[rows])
    kernel = np.zeros((features.shape[1], truth.shape[1]), "float32")
    bias = np.zeros(truth.shape[1], "float32")
    slopes, offsets = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # for which it gives how much the second is ahead
        slopes, offsets = np.vstack([-slopes, slopes]) / 2, np.hstack([-offsets, offsets]) / 2
    kernel[:, model.classes_] = slopes.T / spread[:, None]
    bias[model.classes_] = offsets - mean @ kernel[:, model.classes_]
    return kernel, bias


def _all(train: Batches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give features, truth and weights of all examples in all views."""
    every = slices(np.arange(train.count * max(1, train.views)), train.batch)
    parts = [(train.fetch(some), *train.tell(some)) for some in every]
    features, truth, counts = (np.concatenate(each) for each in zip(*parts, strict=True))
    return ops.convert_to_numpy(features).astype("float32"), truth, counts
