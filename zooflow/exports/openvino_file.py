"""OpenVINO's files, which its runtime runs on Intel's and other processors."""

import json
from pathlib import Path

from .serving import Ask, Serving, about
from .tensorflow_graph import frozen

FLOAT32 = {"INFERENCE_PRECISION_HINT": "f32"}  # else it computes in bfloat16 where that is faster


def write(serving: Serving, folder: Path, quantize: str | None) -> str:
    """Write model.xml and model.bin, with labels and input inside; give what loads them."""
    import openvino

    with frozen(serving) as place:
        model = openvino.convert_model(place)
        for name, fact in about(serving.run).items():
            model.set_rt_info(json.dumps(fact, ensure_ascii=False), ["zooflow", name])
        openvino.save_model(model, folder / "model.xml", compress_to_fp16=quantize == "float16")
    return f"openvino.compile_model('{{}}/model.xml', 'CPU', {{{FLOAT32}}})"


def open_file(folder: Path) -> Ask:
    """Load the files in OpenVINO, on the processor."""
    import openvino

    compiled = openvino.compile_model(folder / "model.xml", "CPU", FLOAT32)
    return lambda arrays: compiled(arrays)[0]
