"""Weights as they lie about: safetensors, one file or many, and both formats of torch.save.

Read without torch, without running anything that a file asks for, one tensor at a time.
"""

from contextlib import ExitStack
from pathlib import Path

from ..errors import BadCheckpoint
from .checkpoint import Checkpoint, Refusal, Tensor, refused
from .safe import safetensors_file, save_safetensors
from .sharded import sharded_file
from .torch_file import torch_file

__all__ = ["Checkpoint", "open_checkpoint", "save_safetensors"]

CHOICE = (  # in a folder the first of these that is there, and there once
    "model.safetensors",
    "model.safetensors.index.json",
    "*.safetensors",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "*.pth *.pt *.bin",
)
FOREIGN = {
    b"\x89HDF": "HDF5 (Keras or TensorFlow weights)",
    b"GGUF": "GGUF",
    b"version https://git-lfs": "a pointer of Git LFS, not the weights themselves",
    b"<": "a web page",
    b"\x1f\x8b": "gzip, which has to be unpacked first",
}


def open_checkpoint(path: Path) -> Checkpoint:
    """Open the weights in a file or folder, reading none of them yet.

    Args:
        path: a file of safetensors or by torch.save, whatever its ending; the index of a sharded
            checkpoint; or a folder that holds one of these.

    Raises:
        BadCheckpoint: nothing there can be read, or it is damaged or unsafe.
    """
    if not path.is_dir() and not path.is_file():
        raise BadCheckpoint(f"{path}: no such file or folder", "give a file or folder of weights")
    file = _choose(path) if path.is_dir() else path
    with ExitStack() as closing:
        try:
            if file.name.endswith(".json"):
                tensors = sharded_file(file, closing, _open)
            else:
                tensors = _open(file, closing)
        except (Refusal, OSError) as error:
            raise refused(file, str(error)) from None
        return Checkpoint(path, tensors, closing.pop_all())


def _open(file: Path, closing: ExitStack) -> dict[str, Tensor]:
    with file.open("rb") as opened:
        start = opened.read(24)
    if start[8:9] == b"{":
        return safetensors_file(file, closing)
    if start[:4] == b"PK\x03\x04" or start[:1] == b"\x80":
        return torch_file(file, closing)
    for magic, what in FOREIGN.items():
        if start.startswith(magic):
            raise Refusal(f"it is {what}")
    if not start:
        raise Refusal("it is empty")
    raise Refusal(f"it is neither safetensors nor by torch.save; it begins with {start[:8]!r}")


def _choose(folder: Path) -> Path:
    names = [file.name for file in folder.iterdir() if file.is_file()]
    names = [name for name in names if not name.startswith(".")]
    for choice in CHOICE:
        found = [name for name in names if any(Path(name).match(p) for p in choice.split())]
        if len(found) == 1:
            return folder / found[0]
    there = ", ".join(sorted(names)[:8]) or "nothing"
    raise BadCheckpoint(
        f"{folder}: no weights that could be meant; there is {there}{', …' * (len(names) > 8)}",
        "give the file of weights itself",
    )
