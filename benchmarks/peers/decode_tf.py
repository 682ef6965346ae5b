"""Decoding and resizing by tf.data, to the same pixels."""

from typing import Any

import tensorflow as tf
from job import Job, main
from keras_training import centre


def work(job: Job) -> dict[str, Any]:
    """Decode all photos of the training data."""
    data = tf.data.Dataset.from_tensor_slices(job.photos("train")[0])
    data = data.map(lambda path: centre(tf.io.read_file(path), 224, 0.875), tf.data.AUTOTUNE)
    for _ in data.batch(job.batch).prefetch(tf.data.AUTOTUNE):
        pass
    return {}


if __name__ == "__main__":
    main(work, "tensorflow")
