"""An ONNX file, which onnxruntime runs."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from .serving import Ask, Serving, about
from .tensorflow_graph import traced

OPSET = 18
THIN = 3  # channels, of a first or a depthwise convolution: small, and worth its numbers


def write(serving: Serving, folder: Path, quantize: str | None) -> str:
    """Write model.onnx, with labels and input in its metadata; give what loads it."""
    import onnx
    import tf2onnx

    serve = traced(serving, quantize=quantize).serve
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
    """Keep weights in a byte each: of matrix products, which then compute so, and convolutions.

    Convolutions compute in float32: quantised as they come, activations of EfficientNet-Lite0 left
    a run a fifth of its labels.
    """
    import onnx
    from onnx import numpy_helper
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(model, file, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True)
    graph = (model := onnx.load(file)).graph
    weights = {each.name: each for each in graph.initializer}
    kernels = {node.input[1] for node in graph.node if node.op_type == "Conv"} & weights.keys()
    for name in kernels:
        values = numpy_helper.to_array(weights[name])  # (filters, channels, height, width)
        if values.shape[1] <= THIN:
            continue
        most = np.abs(values).max(axis=(1, 2, 3), keepdims=True)
        scale = np.where(most > 0, most, 1) / np.float32(127)
        parts = np.round(values / scale).astype("int8"), scale.ravel()
        names = [f"{name}_int8", f"{name}_scale"]
        graph.initializer.remove(weights[name])
        graph.initializer.extend(map(numpy_helper.from_array, parts, names))
        wide = onnx.helper.make_node("DequantizeLinear", names, [name], axis=0)
        graph.node.insert(0, wide)
    return model
