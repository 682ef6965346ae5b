"""Out of the house: a run, or a backbone alone, as a folder that others load."""

from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

import keras

from .. import __version__
from ..backend import hushed
from ..data import Tokenizer
from ..errors import BadInput, ZooflowError
from ..formats import check_format
from ..fresh import check_free
from ..run import Run
from ..run.folder import new_folder, write_json
from ..zoo import Backbone
from . import (
    keras_file,
    litert_file,
    onnx_file,
    openvino_file,
    safetensors_folder,
    saved_model,
)
from .check import Check, check
from .network import opened
from .sentence import write_sentence
from .serving import Serving, about, serving
from .timm_folder import write_timm
from .transformers_folder import write_transformers

__all__ = ["Exported", "export", "export_and_tell"]

WRITERS = {
    "timm": write_timm,
    "transformers": write_transformers,
    "sentence-transformers": write_sentence,
}
RUNTIMES: dict[str, ModuleType] = {
    "keras": keras_file,
    "savedmodel": saved_model,
    "onnx": onnx_file,
    "litert": litert_file,
    "openvino": openvino_file,
    "safetensors": safetensors_folder,
}


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        folder: where.
        loads: the Python that loads it, `{}` its place.
        check: how it compares with the run; None of what other libraries load.
    """

    folder: Path
    loads: str
    check: Check | None = None


def export(
    what: Run | Backbone | str | Path, to: str, folder: str | Path, *, quantize: str | None = None
) -> Path:
    """Write a folder that another library or a runtime loads, with no code but its own.

    A library's folder gives the logits of zooflow, or its features where `what` is a backbone
    alone. A runtime's file takes pixels or tokens and gives probabilities; it is asked about the
    run's validation examples, and gone where it answers otherwise than the run. Adapters of low
    rank are merged into the weights.

    Args:
        what: a run or its folder; or a backbone, or what `zooflow.load` takes.
        to: "timm" for `timm.create_model("local-dir:FOLDER", pretrained=True)`; "transformers" for
            `from_pretrained` of its auto classes; "sentence-transformers" for texts,
            `SentenceTransformer(FOLDER).encode` gives the logits or the pooled features; "keras",
            "savedmodel", "onnx", "litert", "openvino" or "safetensors" for runtimes.
        folder: to write; must not exist.
        quantize: "float16" or "int8", where the runtime has it; None for float32.

    Returns:
        The folder.

    Raises:
        UnknownName: no such library, format, run or backbone.
        BadInput: the library has no such network; Keras computes by a backend that cannot write
            the format; or the folder exists.
        ZooflowError: the file does not answer as the run does.
    """
    return export_and_tell(what, to, folder, quantize=quantize).folder


def export_and_tell(
    what: Run | Backbone | str | Path, to: str, folder: str | Path, *, quantize: str | None = None
) -> Exported:
    """Export as `export` does, and tell how it went."""
    backend = check_format(to, quantize)
    if backend and backend != keras.backend.backend():
        raise BadInput(
            f"{to} is written by {backend}, and Keras computes by {keras.backend.backend()} here",
            hint=f"zooflow export RUN --to {to}; or set KERAS_BACKEND={backend} first",
        )
    folder = Path(folder).expanduser()
    check_free(folder)
    if to in RUNTIMES:
        return _export_file(serving(what), to, folder, quantize)
    network = opened(what)
    with new_folder(folder) as partial:
        return Exported(folder, WRITERS[to](network, partial))


def _export_file(given: Serving, to: str, folder: Path, quantize: str | None) -> Exported:
    """Write a runtime's file with what belongs to it, and ask it."""
    run, runtime = given.run, RUNTIMES[to]
    with new_folder(folder) as partial:
        (partial / "labels.txt").write_text("\n".join(run.labels) + "\n", "utf-8")
        with hushed():
            try:
                loads = runtime.write(given, partial, quantize)
            except Exception as error:  # converters raise anything on what they do not know
                first = str(error).partition("\n")[0]
                raise ZooflowError(
                    f"{run.card.name} cannot be written as {to}: {first:.200}"
                ) from error
            found = check(given, runtime.open_file(partial), partial, to=to, quantize=quantize)
        if isinstance(run.reader, Tokenizer) and to != "safetensors":  # which has them in model/
            run.reader.save(partial)
        facts = {
            "format": to,
            "loads": loads.format("FOLDER"),
            **about(run),
            "precision": quantize or "float32",
            "backbone": run.card.name,
            "license": run.card.license,
            "zooflow": __version__,
            "check": asdict(found),
        }
        write_json(partial / "zooflow.json", facts)
    return Exported(folder, loads, found)
