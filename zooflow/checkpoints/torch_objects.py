"""The few things that a torch pickle may build here: inert values, each checked.

Storage and View stand for torch's storage and tensor and hold no data. Of the functions that a
pickle may ask for, those in `call` are the only ones, and none of them is torch's or Python's.
"""

from dataclasses import dataclass
from math import prod

import ml_dtypes
import numpy as np

from .checkpoint import Refusal

STORAGES = {
    "torch.storage.UntypedStorage": np.dtype(np.uint8),
    "torch.BoolStorage": np.dtype(bool),
    "torch.ByteStorage": np.dtype(np.uint8),
    "torch.CharStorage": np.dtype(np.int8),
    "torch.ShortStorage": np.dtype(np.int16),
    "torch.IntStorage": np.dtype(np.int32),
    "torch.LongStorage": np.dtype(np.int64),
    "torch.HalfStorage": np.dtype(np.float16),
    "torch.BFloat16Storage": np.dtype(ml_dtypes.bfloat16),
    "torch.FloatStorage": np.dtype(np.float32),
    "torch.DoubleStorage": np.dtype(np.float64),
    "torch.ComplexFloatStorage": np.dtype(np.complex64),
    "torch.ComplexDoubleStorage": np.dtype(np.complex128),
}
DTYPES = {  # those for which torch has no storage class of their own
    "torch.uint16": np.dtype(np.uint16),
    "torch.uint32": np.dtype(np.uint32),
    "torch.uint64": np.dtype(np.uint64),
}
CALLS = {
    "collections.OrderedDict",
    "torch.Size",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
}
ADMITTED = CALLS | STORAGES.keys() | DTYPES.keys()
MOST = 2**48  # elements, bytes: beyond any file, far from overflow
AXES = 32  # what numpy 1 allows


@dataclass(frozen=True)
class Name:
    """A global name that a pickle spoke: only a name, nothing is looked up."""

    full: str


@dataclass(frozen=True)
class Storage:
    """A run of numbers in the file, as the pickle describes it."""

    key: str
    dtype: np.dtype
    numel: int

    @property
    def nbytes(self) -> int:
        """Its length in bytes."""
        return self.numel * self.dtype.itemsize


@dataclass(frozen=True)
class Place:
    """Where a storage's bytes lie in the file: its first byte, and how many."""

    start: int
    size: int


@dataclass(frozen=True)
class View:
    """A tensor: a strided view that lies wholly inside its storage.

    Args:
        storage: where its numbers lie.
        dtype: its numbers.
        shape: its axes.
        strides: the step along each axis, in elements.
        offset: its first element, in elements from the storage's start.
        span: the elements from its first to its last, both counted.
    """

    storage: Storage
    dtype: np.dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    span: int


def storage(saved_id: object) -> Storage:
    """Read a persistent id, by which a torch pickle points to a storage."""
    match saved_id:
        case ("storage", Name(kind), str(key), str(), numel) | (
            "storage",
            Name(kind),
            str(key),
            str(),
            numel,
            None,
        ) if isinstance(saved_id, tuple) and kind in STORAGES:
            return Storage(key, STORAGES[kind], _count(numel, f"the length of storage {key!r:.40}"))
    raise Refusal("it points outside itself with a persistent id that is no storage")


def call(name: str, args: tuple) -> object:
    """Do what the pickle asks for, in the one inert sense that it has here."""
    match name, args:
        case "collections.OrderedDict", ():
            return {}
        case "collections.OrderedDict", (list(pairs),):
            return _ordered(pairs)
        case "torch.Size", (tuple(shape),):
            return shape
        case "torch._utils._rebuild_parameter", (View() as view, bool(), {} as hooks) if not hooks:
            return view
        case "torch._utils._rebuild_tensor", (Storage() as where, offset, shape, strides):
            return _view(where, where.dtype, offset, shape, strides)
        case (
            "torch._utils._rebuild_tensor_v2",
            (Storage() as where, offset, shape, strides, bool(), {} as hooks, *more),
        ) if not hooks and _nothing(more):
            return _view(where, where.dtype, offset, shape, strides)
        case (
            "torch._utils._rebuild_tensor_v3",
            (Storage() as where, offset, shape, strides, bool(), {} as hooks, Name(kind), *more),
        ) if not hooks and _nothing(more) and kind in DTYPES:
            return _view(where, DTYPES[kind], offset, shape, strides)
    raise Refusal(f"it calls {name} as torch.save never does")


def put(entries: dict, key: object, value: object) -> None:
    """Enter a value under a key, which must be new, and a string or a small int."""
    # Only these: the hash of a deep tuple overflows C's stack, big ints can be made to collide.
    if not isinstance(key, str) and not (isinstance(key, int) and abs(key) < 2**31):
        raise Refusal(f"it has a dictionary with a key of type {type(key).__name__}")
    if key in entries:
        raise Refusal(f"it has {key!r:.80} twice in one dictionary")
    entries[key] = value


def readable(name: str) -> str:
    """Return a name that a file made up, fit to be printed in a sentence."""
    return name if name.isprintable() and len(name) <= 120 else ascii(name[:120])


def _ordered(pairs: list) -> dict:
    entries = {}
    for pair in pairs:  # Python 2 wrote its OrderedDict so
        match pair:
            case (key, value):
                put(entries, key, value)
            case _:
                raise Refusal("it calls collections.OrderedDict as torch.save never does")
    return entries


def _nothing(more: list) -> bool:
    return not more or (len(more) == 1 and (more[0] is None or more[0] == {}))


def _view(where: Storage, dtype: np.dtype, offset: object, shape: object, strides: object) -> View:
    name = f"a tensor in storage {where.key!r:.40}"
    if not isinstance(shape, tuple) or not isinstance(strides, tuple):
        raise Refusal(f"{name} has no shape")
    if len(shape) != len(strides) or len(shape) > AXES:
        raise Refusal(f"{name} has {len(shape)} axes and {len(strides)} strides")
    start = _count(offset, f"the offset of {name}")
    sizes = tuple(_count(size, f"an axis of {name}") for size in shape)
    steps = tuple(_count(step, f"a stride of {name}") for step in strides)
    _count(prod(max(size, 1) for size in sizes), f"the size of {name}")
    span = 1 + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
    if 0 in sizes:
        return View(where, dtype, sizes, steps, 0, 0)
    if start + span > (numel := where.nbytes // dtype.itemsize):
        raise Refusal(f"{name} reaches beyond it: element {start + span} of {numel}")
    reach = 1
    for step, size in sorted(p for p in zip(steps, sizes, strict=True) if p[1] > 1):
        if step < reach:
            raise Refusal(f"{name} has overlapping elements")
        reach += (size - 1) * step
    return View(where, dtype, sizes, steps, start, span)


def _count(value: object, what: str) -> int:
    if type(value) is not int or not 0 <= value < MOST:
        shown = value if type(value) is int and abs(value) < 2**64 else f"a {type(value).__name__}"
        raise Refusal(f"{what} is {shown}, not a count below 2**48")
    return value
