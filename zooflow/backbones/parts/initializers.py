"""How weights start: drawn at random, or left blank where a checkpoint brings them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras
from keras import initializers, ops

_hollow = ContextVar("hollow", default=False)


@contextmanager
def hollow() -> Iterator[None]:
    """Leave blank the large weights of what is built here: drawing takes as long as pouring."""
    token = _hollow.set(True)
    try:
        yield
    finally:
        _hollow.reset(token)


@keras.saving.register_keras_serializable("zooflow")
class Draw(initializers.GlorotUniform):
    """Draw weights of a size that keeps signals alive, unless they are left blank.

    Paper: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks, 2010.
    """

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> Any:
        """Draw a tensor of a shape."""
        return ops.empty(shape, dtype) if _hollow.get() else super().__call__(shape, dtype)
