"""One vector of a text: how the tokens are pooled, and what follows.

Paper: Reimers and Gurevych, Sentence-BERT, 2019. arXiv:1908.10084
Names: sentence-transformers', which writes the steps after pooling into folders of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from keras import KerasTensor, layers, ops

from ...errors import BadInput, UnknownName
from . import activation, dense, registered
from .attention import MaskedMean, Token

Pool = str | Sequence[str | Mapping[str, Any]]
Pooler = tuple[str, str, str]  # its dense layer, its activation's layer, and the activation
POOLER: Pooler = ("pooler-dense", "pooler", "tanh")


def vector(
    x: KerasTensor, present: KerasTensor, pool: Pool, *, pooler: Pooler | None = POOLER
) -> KerasTensor:
    """Pool the tokens of a text.

    Args:
        x: (batch, length, width).
        present: (batch, length), 1 for a token, 0 for padding.
        pool: how, in a word: "pooler" takes the first token through the checkpoint's dense layer;
            "token" takes it as it is; "last" takes the last one; "mean", "max" and "sqrt" (the
            sum, divided by the root of their number) treat all tokens alike; "weighted" is a mean
            in which the second token counts twice, the third three times, and so on. Words joined
            by "+" are laid side by side. What follows comes after it in a list: "normalize"
            brings vectors to length 1, and a table of `name`, `width`, `bias` and `activation` is
            a dense layer.
        pooler: names of the checkpoint's own; None where the family has none.

    Returns:
        (batch, width).

    Raises:
        BadInput: the family has no "pooler".
        UnknownName: no such word.
    """
    first, *steps = [pool] if isinstance(pool, str) else pool
    words = str(first).split("+")
    parts = [_pooled(x, present, word, pooler, name=f"pool-{word}") for word in words]
    y = layers.Concatenate(name="pool")(parts) if len(parts) > 1 else parts[0]
    for step in steps:
        if step == "normalize":
            y = layers.UnitNormalization(name="pool-normalize")(y)
        elif isinstance(step, Mapping):
            name = f"{step['name']}-linear"
            y = dense(y, step["width"], bias=step["bias"], name=name)
            y = activation(y, step["activation"], name=f"{name}-act")
        else:
            raise UnknownName("step after pooling", str(step), ["normalize"])
    return y


def _pooled(
    x: KerasTensor, present: KerasTensor, word: str, pooler: Pooler | None, *, name: str
) -> KerasTensor:
    if word == "token":
        return Token(name=name)(x)
    if word == "mean":
        return MaskedMean(name=name)(x, present)
    if word in SUMS:
        return Sum(word, name=name)(x, present)
    if word != "pooler":
        raise UnknownName("way to pool", word, ["pooler", "token", "mean", *SUMS])
    if pooler is None:
        raise BadInput("this family has no pooler", hint="choose 'token' or 'mean'")
    linear, act, function = pooler
    y = dense(Token(name=name)(x), x.shape[-1], name=linear)
    return activation(y, function, name=act)


@registered
class Sum(layers.Layer):
    """Pool the tokens that are there, each with its weight.

    Args:
        word: "max", "sqrt", "weighted" or "last".
    """

    def __init__(self, word: str, **settings: Any):
        super().__init__(**settings)
        self.word = word

    def call(self, x: KerasTensor, present: KerasTensor) -> KerasTensor:
        """Pool x, (batch, length, width), where present, (batch, length), is 1."""
        y, there = ops.cast(x, "float32"), ops.cast(present, "float32")
        return ops.cast(SUMS[self.word](y, there), x.dtype)

    def compute_output_shape(self, x_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Give (batch, width)."""
        return x_shape[0], x_shape[2]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "word": self.word}


def _weighed(weights: KerasTensor, x: KerasTensor, power: float) -> KerasTensor:
    total = ops.sum(x * weights[:, :, None], axis=1)
    return total / ops.maximum(ops.sum(weights, axis=1, keepdims=True), 1e-9) ** power


def _most(x: KerasTensor, there: KerasTensor) -> KerasTensor:
    return ops.max(ops.where(there[:, :, None] > 0, x, -1e9), axis=1)


def _rising(x: KerasTensor, there: KerasTensor) -> KerasTensor:
    return _weighed(there * (1 + ops.arange(ops.shape(x)[1], dtype="float32")), x, 1)


def _last(x: KerasTensor, there: KerasTensor) -> KerasTensor:
    places = there * (1 + ops.arange(ops.shape(x)[1], dtype="float32"))
    last = places >= ops.maximum(ops.max(places, axis=1, keepdims=True), 1)
    return _weighed(ops.cast(last, "float32"), x, 1)


def _root(x: KerasTensor, there: KerasTensor) -> KerasTensor:
    return _weighed(there, x, 0.5)


SUMS = {"max": _most, "sqrt": _root, "weighted": _rising, "last": _last}
