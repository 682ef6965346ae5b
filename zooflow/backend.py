"""Which of Keras's backends computes, on which devices, in which precision."""

import gc
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from .errors import BadInput

BACKENDS = ("tensorflow", "jax", "torch")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def choose_backend(name: str | None = None) -> str:
    """Settle the backend before Keras is imported, and ask it for deterministic kernels.

    Args:
        name: one of `BACKENDS`; None takes $KERAS_BACKEND, then Keras's own settings file, then the
            first that is installed.

    Returns:
        The backend's name.

    Raises:
        BadInput: no such backend, or it is not installed.
    """
    wanted = name or os.environ.get("KERAS_BACKEND") or _configured()
    installed = [backend for backend in BACKENDS if find_spec(backend)]
    if not wanted:
        if not installed:
            raise BadInput("no backend is installed", hint="pip install tensorflow")
        wanted = installed[0]
    if wanted not in BACKENDS:
        raise BadInput(
            f"{wanted!r} is no backend of Keras that zooflow knows",
            hint=f"one of {', '.join(BACKENDS)}",
        )
    if wanted not in installed:
        raise BadInput(
            f"the backend {wanted!r} is not installed",
            hint=f"pip install {wanted}, or choose another with --backend",
        )
    os.environ["KERAS_BACKEND"] = wanted
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of every shape it compiles
    return wanted


def start() -> None:
    """Import Keras and find the devices, without the greetings that TensorFlow cannot keep in."""
    with hushed():
        devices()
        gc.freeze()  # what is imported now stays: a full collection takes 0.3 s to go through it


@contextmanager
def hushed() -> Iterator[None]:
    """Keep in what libraries write to stderr past Python."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def seed(number: int) -> None:
    """Seed all chance."""
    import keras

    with without("tensorflow"):
        keras.utils.set_random_seed(number)


@contextmanager
def without(backend: str) -> Iterator[None]:
    """Keep a backend out that is not in use, and that some libraries import all the same."""
    hide = backend not in sys.modules
    if hide:
        sys.modules[backend] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hide:
            del sys.modules[backend]


@contextmanager
def precision(name: str) -> Iterator[None]:
    """Build what is built inside in a precision: one of `PRECISIONS`."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def devices() -> list[str]:
    """Name the devices that the backend sees: "CPU:0", "GPU:0"."""
    import keras

    if keras.backend.backend() == "torch":  # for which Keras does not list them
        return [str(keras.ops.zeros(()).device).upper()]  # type: ignore[attr-defined]
    return [device.upper() for device in keras.distribution.list_devices()] or ["CPU:0"]


def _configured() -> str:
    """Read the backend out of Keras's settings file, where there is one."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        settings = json.loads((home / "keras.json").read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    backend = settings.get("backend", "")
    return backend if backend != "tensorflow" or find_spec("tensorflow") else ""


def out_of_memory(error: Exception) -> bool:
    """Tell whether a backend says that its memory is spent: each has a type of its own for it."""
    kind = type(error).__name__
    spent = kind in ("MemoryError", "OutOfMemoryError", "ResourceExhaustedError")
    said = str(error)  # of JAX, and of PyTorch on a processor
    return spent or "RESOURCE_EXHAUSTED" in said or "can't allocate memory" in said


def fast_dtype() -> str:
    """Say in which type the device multiplies fastest: "bfloat16" or "float32"."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":  # whose bfloat16 on processors is slower than its float32
        import jax

        fast = float(getattr(jax.devices()[0], "compute_capability", 0)) >= 8
    elif devices()[0].startswith("CPU"):
        fast = _multiplies_bfloat16()
    elif backend == "torch":
        import torch

        fast = torch.cuda.is_available() and torch.cuda.get_device_capability() >= (8, 0)
    else:
        fast = False
    return "bfloat16" if fast else "float32"


def _multiplies_bfloat16() -> bool:
    """Say whether the processor does, as far as Linux tells."""
    try:
        about = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(about.split())
