"""A LiteRT file, formerly TensorFlow Lite, for phones and small devices."""

import zipfile
from pathlib import Path

from .serving import OUTPUT, Ask, Serving
from .tensorflow_graph import frozen


def write(serving: Serving, folder: Path, quantize: str | None) -> str:
    """Write model.tflite, with labels.txt attached as LiteRT's metadata are; give what loads it."""
    import tensorflow as tf

    with frozen(serving, quantize=quantize) as place:
        converter = tf.lite.TFLiteConverter.from_saved_model(place)
        if quantize:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        file = folder / "model.tflite"
        file.write_bytes(converter.convert())
    with zipfile.ZipFile(file, "a") as attached:
        attached.write(folder / "labels.txt", "labels.txt")
    return "ai_edge_litert.interpreter.Interpreter('{}/model.tflite')"


def open_file(folder: Path) -> Ask:
    """Load the file in LiteRT's interpreter."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(folder / "model.tflite"))
    serve = interpreter.get_signature_runner("serving_default")
    return lambda arrays: serve(**arrays)[OUTPUT]
