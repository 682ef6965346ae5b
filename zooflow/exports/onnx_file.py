"""An ONNX file, which onnxruntime runs."""

import json
from pathlib import Path
from typing import Any

from .serving import Ask, Serving, about
from .tensorflow_graph import traced

OPSET = 18


def write(serving: Serving, folder: Path, quantize: str | None) -> str:
    """Write model.onnx, with labels and input in its metadata; give what loads it."""
    import onnx
    import tf2onnx

    serve = traced(serving).serve
    model, _ = tf2onnx.convert.from_function(
        serve, input_signature=serve.input_signature, opset=OPSET
    )
    file = folder / "model.onnx"
    if quantize == "float16":
        from onnxruntime.transformers.float16 import convert_float_to_float16

        model = convert_float_to_float16(model, keep_io_types=True)
    elif quantize == "int8":
        model = _int8(model, file)
    onnx.helper.set_model_props(
        model,
        {name: json.dumps(fact, ensure_ascii=False) for name, fact in about(serving.run).items()},
    )
    onnx.save(model, file)
    return "onnxruntime.InferenceSession('{}/model.onnx')"


def open_file(folder: Path) -> Ask:
    """Load the file in onnxruntime, on the processor."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    return lambda arrays: session.run(None, arrays)[0]


def _int8(model: Any, file: Path) -> Any:
    """Keep the weights of matrix products in a byte each, and quantise activations as they come."""
    import onnx
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(model, file)
    return onnx.load(file)
