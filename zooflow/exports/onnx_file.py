"""An ONNX file, which onnxruntime runs."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from .serving import Ask, Serving, about
from .tensorflow_graph import traced

OPSET = 18
MATRICES = ("MatMul", "Gemm", "Gather")
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
        model = _float16(model)
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


def _float16(model: Any) -> Any:
    """Keep tables and kernels in two bytes a number; what reads them computes in float32."""
    from onnx import TensorProto, numpy_helper

    graph = model.graph
    read = {
        name for node in graph.node if node.op_type in (*MATRICES, "Conv") for name in node.input
    }
    for tensor in [each for each in graph.initializer if each.name in read]:
        if tensor.data_type == TensorProto.FLOAT:
            narrow = numpy_helper.to_array(tensor).astype("float16")
            _narrowed(graph, tensor, [narrow], "Cast", {"to": TensorProto.FLOAT})
    return model


def _int8(model: Any, file: Path) -> Any:
    """Keep weights in a byte each: of matrix products, which then compute so, and other ones.

    Convolutions compute in float32: quantised as they come, activations of EfficientNet-Lite0 left
    a run a fifth of its labels.
    """
    import onnx
    from onnx import numpy_helper
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(model, file, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True)
    graph = (model := onnx.load(file)).graph
    tensors = {each.name: each for each in graph.initializer}
    read = {
        each for node in graph.node if node.op_type in ("Conv", "Gather") for each in node.input
    }
    for name in sorted(read & tensors.keys()):
        values = numpy_helper.to_array(tensors[name])  # (filters, channels, …), or (rows, width)
        if values.ndim > 1 and values.shape[1] > THIN and values.dtype == np.float32:
            axes = tuple(range(1, values.ndim))
            most = np.abs(values).max(axis=axes, keepdims=True)
            scale = np.where(most > 0, most, 1) / np.float32(127)
            parts = [np.round(values / scale).astype("int8"), scale.ravel()]
            _narrowed(graph, tensors[name], parts, "DequantizeLinear", {"axis": 0})
    return model


def _narrowed(
    graph: Any, tensor: Any, parts: list[np.ndarray], step: str, settings: dict[str, Any]
) -> None:
    """Hold a tensor as narrower ones, of which a step makes it again."""
    from onnx import helper, numpy_helper

    names = [f"{tensor.name}_{i}" for i in range(len(parts))]
    graph.initializer.remove(tensor)
    graph.initializer.extend(map(numpy_helper.from_array, parts, names))
    graph.node.insert(0, helper.make_node(step, names, [tensor.name], **settings))
