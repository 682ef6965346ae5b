"""What zooflow export writes for runtimes: which backend, packages and quantisations each takes.

Imports no ML library, so that misuse is told at once.
"""

from dataclasses import dataclass
from importlib.util import find_spec

from .errors import BadInput, UnknownName

LIBRARIES = ("timm", "transformers", "sentence-transformers")


@dataclass(frozen=True)
class Format:
    """A kind of file that a runtime loads.

    Args:
        backend: of Keras, that writes it; "" where any does.
        needs: modules that write and run it, beyond those that zooflow always brings.
        quantize: narrower numbers that it can hold.
    """

    backend: str = ""
    needs: tuple[str, ...] = ()
    quantize: tuple[str, ...] = ()


FORMATS = {
    "keras": Format(),
    "savedmodel": Format("tensorflow"),
    "onnx": Format("tensorflow", ("onnx", "onnxruntime", "tf2onnx"), ("float16", "int8")),
    "litert": Format("tensorflow", ("ai_edge_litert",), ("float16", "int8")),
    "openvino": Format("tensorflow", ("openvino",), ("float16",)),
    "safetensors": Format(),
}
QUANTIZE = tuple(sorted({each for form in FORMATS.values() for each in form.quantize}))


def check_format(to: str, quantize: str | None = None) -> str | None:
    """Refuse what cannot be written: an unknown format, numbers it does not hold, no runtime.

    Args:
        to: a name of `LIBRARIES` or `FORMATS`.
        quantize: one of `QUANTIZE`; None for float32.

    Returns:
        The backend of Keras that must write it; None where any does.

    Raises:
        UnknownName: there is no such format.
        BadInput: it does not hold such numbers, or what writes or runs it is not installed.
    """
    known = [*LIBRARIES, *FORMATS]
    if to not in known:
        raise UnknownName("library or format to export to", to, known, hint=", ".join(known))
    form = FORMATS.get(to, Format())
    if quantize and quantize not in form.quantize:
        able = [name for name, each in FORMATS.items() if quantize in each.quantize]
        raise BadInput(
            f"{to} is not written in {quantize!r}",
            hint=f"--quantize {quantize} goes with --to {' or '.join(able)}" if able else "",
        )
    missing = [module for module in (form.backend, *form.needs) if module and not find_spec(module)]
    if missing:
        raise BadInput(
            f"{missing[0]}, which {to} needs, is not installed",
            hint=f'pip install "zooflow[{to}]"' if form.needs else f"pip install {missing[0]}",
        )
    return form.backend or None
