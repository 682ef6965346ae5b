"""A SavedModel, which TensorFlow and its servers load."""

from pathlib import Path

import numpy as np

from .serving import OUTPUT, Arrays, Ask, Serving
from .tensorflow_graph import save, traced


def write(serving: Serving, folder: Path, quantize: str | None) -> str:
    """Write saved_model.pb, its variables, and the labels as an asset; give what loads it."""
    import tensorflow as tf

    module = traced(serving)
    module.labels = tf.saved_model.Asset(str(folder / "labels.txt"))
    save(module, folder)
    return "tf.saved_model.load('{}').signatures['serving_default']"


def open_file(folder: Path) -> Ask:
    """Load the file in TensorFlow."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))
    serve = loaded.signatures["serving_default"]

    def ask(arrays: Arrays) -> np.ndarray:
        return serve(**{name: tf.constant(array) for name, array in arrays.items()})[OUTPUT].numpy()

    ask.loaded = loaded  # which owns the variables
    return ask
