"""The served graph as TensorFlow's, from which the files of other runtimes are made."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .serving import OUTPUT, Serving


def traced(serving: Serving, *, quantize: str | None = None) -> Any:
    """Trace the graph: a `tf.Module` whose `serve` takes uint8 pixels, or int32 tokens.

    Args:
        serving: the run.
        quantize: spells the classifier as a product and a sum, which most converters leave in
            float32: its large weights cancel each other, and rounded they would not.
    """
    import keras
    import tensorflow as tf

    model, images = serving.model, serving.run.modality == "image"
    head = serving.head if quantize else None
    if head:
        model = keras.Model(model.input, head.input)
    dtype = tf.uint8 if images else tf.int32
    specs = [tf.TensorSpec(each.shape, dtype, name=each.name) for each in model.inputs]

    def serve(*arrays: Any) -> dict[str, Any]:
        tokens = dict(zip(serving.inputs, arrays, strict=True))
        taken = tf.cast(arrays[0], tf.float32) if images else tokens
        given = model(taken, training=False)
        if head:
            products = given[:, :, None] * tf.convert_to_tensor(head.kernel)
            given = tf.nn.softmax(tf.reduce_sum(products, axis=1) + head.bias)
        return {OUTPUT: given}

    module: Any = tf.Module()
    module.model = serving.model  # so that its variables go along
    module.serve = tf.function(serve, input_signature=specs)
    return module


@contextmanager
def frozen(serving: Serving, *, quantize: str | None = None) -> Iterator[str]:
    """Give the folder of a SavedModel with constants for variables.

    LiteRT's converter reads Keras's variables as NaN there, and OpenVINO's does not find them.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    serve = traced(serving, quantize=quantize).serve
    constant = convert_variables_to_constants_v2(serve.get_concrete_function())
    module: Any = tf.Module()
    module.serve = tf.function(
        lambda *arrays: {OUTPUT: constant(*arrays)[0]}, input_signature=serve.input_signature
    )
    with tempfile.TemporaryDirectory() as folder:
        save(module, Path(folder))
        yield folder


def save(module: Any, folder: Path) -> None:
    """Write a SavedModel whose signature is the module's `serve`."""
    import tensorflow as tf

    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)  # it only answers
    signature = module.serve.get_concrete_function()
    tf.saved_model.save(module, str(folder), signatures=signature, options=options)
