"""How TensorFlow is fed: by tf.data, but without the thread that tunes it.

Keras lets tf.data tune itself, in a thread that each pass over the data starts and has to end. When
it is told to end, TensorFlow (2.21 at least) marks it as ended only after it has woken it, so that
on busy processors it goes to sleep again, for as long as its period has grown to: the end of an
epoch, or of a validation, stood still for up to a minute. There is nothing to tune: batches come
from Python.
"""

from typing import Any

import keras

from .batches import Batches


def untuned(batches: Batches) -> Any:
    """Give what `fit` and `evaluate` are to read batches from."""
    if keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    class Untuned(PyDatasetAdapter):
        """What Keras makes of batches, and takes as it is where it is given."""

        def get_tf_dataset(self) -> tf.data.Dataset:
            options = tf.data.Options()
            options.autotune.enabled = False
            return super().get_tf_dataset().with_options(options)

    return Untuned(batches)
